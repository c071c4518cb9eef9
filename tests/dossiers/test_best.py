"""The search box's few, and a list's first, are the first of the search, however many there are."""

import pytest
from django.db import connection

from tests import plant
from tests.audit.ledger import owner
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier
from yihu.dossiers.queries import best, first_found, search
from yihu.dossiers.text import pinyin_of
from yihu.org.models import OrgUnit

FEW, FAR = 8, 500
PLANT = """
WITH made AS (
    SELECT n, 'T' || lpad(n::text, 17, '0') AS code,
           (%(cities)s::text[])[1 + n %% 7] || (%(names)s::text[])[1 + n %% 5] || n
           || '燃气有限公司' AS name,
           (%(sounds)s::text[])[1 + n %% 7] || n AS sound,
           (%(initials)s::text[])[1 + n %% 7] || 'rq' AS initials
    FROM generate_series(1, %(files)s) AS n
), known AS (
    INSERT INTO customers_customer (credit_code, name, klass)
    SELECT code, name, '' FROM made RETURNING id, credit_code
)
INSERT INTO dossiers_dossier (unit_id, customer_id, credit_code, number, name_full, short_name,
    pinyin, initials, search_text, klass, region_code, gas_uses, opened_on)
SELECT (%(units)s::bigint[])[1 + n %% 2], known.id, code, 'T-' || n, name,
       CASE WHEN n %% 3 = 0 THEN '凯燃' || n ELSE '' END, sound, initials,
       lower(concat_ws(' ', name, CASE WHEN n %% 3 = 0 THEN '凯燃' || n END, code, sound,
                       initials)),
       'general', '440100', ARRAY['01'], date '2026-01-05'
FROM made JOIN known ON known.credit_code = made.code
"""
CITIES = ["广州", "深圳", "凯里", "佛山", "广元", "苏州", "常州"]
NAMES = ["凯能", "兴凯燃", "恒金", "绿瑞", "长天"]


WORDS = [
    "有限公司",
    "公司",
    "广州",
    "凯能",
    "凯燃",
    "凯里兴",
    "gz",
    "GZRQ",
    "燃气",
    "zhou",
    "广州凯能1",
    "苏州兴凯",
]


def planted() -> list[OrgUnit]:
    """Two units with 1,300 files each."""
    found = [plant.unit("GD"), plant.unit("FJ", region="350000")]
    given = {
        "cities": CITIES,
        "names": NAMES,
        "sounds": [pinyin_of(city)[0] for city in CITIES],
        "initials": [pinyin_of(city)[1] for city in CITIES],
        "files": 2600,
        "units": [unit.pk for unit in found],
    }
    with connection.cursor() as cursor:
        cursor.execute(PLANT, given)
    return found


def compare(user: User, words: str) -> None:
    """The few and the first are what the whole search says."""
    every = search(user, words)
    found = list(every[:FEW])
    assert found, words
    assert best(user, words, FEW) == found, words
    first = first_found(user, words, FEW, FAR)
    assert first is not None, "it serves whoever's regions do not bound them"
    rows, hits = first
    assert hits == min(every.count(), FAR), words
    assert list(rows.order_by("pinyin", "id")) == list(every.order_by("pinyin", "id")[:FEW]), words


@pytest.mark.django_db
def test_the_few_are_the_first_of_all() -> None:
    user = plant.person(Role.FILLER, planted()[0])
    for words in ("有限公司", "广州", "凯能", "凯燃", "gz"):
        compare(user, words)


def test_so_they_are_where_the_server_knows_how_many_there_are(own_database: None) -> None:
    units = planted()
    with owner() as connection_:
        connection_.execute("ANALYZE dossiers_dossier")
        asked = "SELECT vault.gram_share(%s) > 0.99, vault.hits_on_the_way(%s, NULL, 500)"
        for words, known in (
            ("公司", (True, 500)),
            ("有限公司", (False, None)),
            ("凯", (False, None)),
        ):
            assert connection_.execute(asked, [words, words]).fetchone() == known
    for user in (plant.person(Role.FILLER, units[0]), plant.person(Role.SUPERVISOR)):
        for words in WORDS:
            compare(user, words)


@pytest.mark.django_db
def test_of_words_that_few_hold_all_are_told() -> None:
    planted()
    wanted = Dossier.objects.get(number="T-77")
    assert best(plant.person(Role.SUPERVISOR), wanted.name_full, FEW) == [wanted]
