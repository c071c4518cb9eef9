import pytest, json, time
from proof import audit_exact
@pytest.mark.usefixtures("own_database")
def test_c():
    t=time.time()
    f = audit_exact.run(60, 2)
    print(json.dumps(f, ensure_ascii=False, indent=1), time.time()-t)
    assert f["held"]
