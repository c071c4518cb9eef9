"""The search box's few are the first of the search, however many files hold the words."""

import pytest
from django.db import connection

from tests import plant
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier
from yihu.dossiers.queries import best, search
from yihu.dossiers.text import pinyin_of
from yihu.org.models import OrgUnit

pytestmark = pytest.mark.django_db

FEW = 8
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


@pytest.fixture
def units() -> list[OrgUnit]:
    found = [plant.unit("GD"), plant.unit("FJ", region="350000")]
    given = {
        "cities": CITIES,
        "names": NAMES,
        "sounds": [pinyin_of(city)[0] for city in CITIES],
        "initials": [pinyin_of(city)[1] for city in CITIES],
        "files": 2400,
        "units": [unit.pk for unit in found],
    }
    with connection.cursor() as cursor:
        cursor.execute(PLANT, given)
    return found


@pytest.mark.parametrize(
    "words",
    [
        "有限公司",
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
    ],
)
def test_the_few_are_the_first_of_all(units: list[OrgUnit], words: str) -> None:
    one, all_units = plant.person(Role.FILLER, units[0]), plant.person(Role.SUPERVISOR)
    for user in (one, all_units):
        found = list(search(user, words)[:FEW])
        assert found, words
        assert best(user, words, FEW) == found
    assert search(all_units, words).count() >= len(best(all_units, words, FEW))


def test_of_words_that_few_hold_all_are_told(units: list[OrgUnit]) -> None:
    wanted = Dossier.objects.get(number="T-77")
    assert best(plant.person(Role.SUPERVISOR), wanted.name_full, FEW) == [wanted]
