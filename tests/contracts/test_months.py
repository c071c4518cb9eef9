"""Offtake lies by months; nobody but its owner reaches a month's table."""

from datetime import date

import pytest
from django.db import ProgrammingError, connection, transaction

from tests import plant
from yihu.contracts import months
from yihu.contracts.models import Offtake

PARTITIONS = """
SELECT c.relname::text, (SELECT count(*) FROM pg_index x WHERE x.indrelid = c.oid),
    has_table_privilege('yihu_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE'),
    (SELECT count(*) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'),
    (SELECT count(*) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c')
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'contracts_offtake'::regclass ORDER BY 1
"""
MANY = """
INSERT INTO contracts_offtake (unit_id, contract_id, month, quantity_unit, actual)
SELECT %(unit)s, %(contract)s, make_date(1 + n / 12, 1 + n %% 12, 1), 'wan_m3', 1
FROM generate_series(0, 101000) AS n WHERE n / 12 NOT BETWEEN 2020 AND 2040
"""


def rows_by_table() -> dict[str, int]:
    """How many rows lie in each partition that has some."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text, count(*) FROM contracts_offtake GROUP BY 1"
        )
        return dict(cursor.fetchall())


@pytest.mark.django_db
def test_every_month_has_its_indexes_its_keys_and_no_door() -> None:
    with connection.cursor() as cursor:
        cursor.execute(PARTITIONS)
        found = cursor.fetchall()
    assert len(found) >= 1 + months.BACK + 1 + months.AHEAD
    for name, indexes, open_, keys, checks in found:
        assert (indexes, open_, keys, checks) == (3, False, 2, 2), name


@pytest.mark.django_db
def test_a_month_is_written_and_read_through_the_whole_only() -> None:
    contract = plant.contract(plant.dossier(plant.unit("GD")))
    plant.month(contract, date(2026, 10, 1))
    plant.month(contract, date(2001, 3, 1))
    assert rows_by_table() == {"contracts_offtake_202610": 1, "contracts_offtake_default": 1}
    assert Offtake.objects.count() == 2
    for table in rows_by_table():
        for statement in ("SELECT FROM", "DELETE FROM"):
            with pytest.raises(ProgrammingError, match="denied"), transaction.atomic():
                connection.cursor().execute(f"{statement} {table}")


def test_months_that_have_rows_move_one_a_call(
    own_database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = plant.contract(
        plant.dossier(plant.unit("GD")), effective_on=date(2031, 1, 1), ends_on=date(2031, 12, 31)
    )
    for month in (1, 2, 4):
        plant.month(contract, date(2031, month, 1))
    assert rows_by_table() == {"contracts_offtake_default": 3}
    monkeypatch.setattr(months, "today", lambda: date(2031, 3, 31))
    made = months.keep_months(most=0)
    assert made == months.BACK + 1 + months.AHEAD - 2  # two of three that have rows wait
    assert rows_by_table() == {"contracts_offtake_203104": 1, "contracts_offtake_default": 2}
    assert months.keep_months(most=0) == 1
    assert months.keep_months(most=0) == 1
    assert months.keep_months(most=0) == 0
    assert rows_by_table() == {f"contracts_offtake_20310{month}": 1 for month in (1, 2, 4)}
    assert Offtake.objects.filter(month=date(2031, 2, 1)).count() == 1


def test_where_much_lies_there_few_are_made_in_a_call(
    own_database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = plant.contract(plant.dossier(plant.unit("GD")))
    with connection.cursor() as cursor:
        cursor.execute(MANY, {"unit": contract.unit_id, "contract": contract.pk})
    monkeypatch.setattr(months, "today", lambda: date(2031, 3, 31))
    assert months.keep_months(most=0) == 0  # an upgrade holds nobody up
    assert months.keep_months(most=1) == 1
    assert months.keep_months(most=1) == 1
