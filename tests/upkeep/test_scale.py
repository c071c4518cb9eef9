"""The schema can be spread over many machines by unit, as Citus does it (docs/scale.md)."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connections

from tests.conftest import ROOT, as_owner
from tools import citus


@pytest.fixture
def owner(own_database: None) -> Iterator[Any]:
    with as_owner(connections["owner"].settings_dict["NAME"]) as connection:
        yield connection


def test_every_table_of_units_is_spread_by_its_unit(owner: Any) -> None:
    """What stands in the way is a primary key, which is changed; nothing else may."""
    plan = citus.plan_of(owner)
    assert len(plan.spread) > 70
    assert (plan.unique, plan.across) == ([], []), (
        "Let unit_id be part of it, or say in tools/citus.py why the table is on every machine."
    )
    assert set(citus.EVERYWHERE) <= set(plan.everywhere)
    assert {"contracts_offtake", "duties_duty", "dossiers_fileversion"} <= set(plan.spread)
    assert {"org_orgunit", "guide_edition", "customers_customer"} <= set(plan.everywhere)
    assert {"audit_event", "access_session", "procrastinate_jobs"} <= set(plan.local)
    page = (ROOT / "docs" / "scale.md").read_text()
    named = set(re.findall(r"`(\w+)`", page))
    assert set(plan.everywhere) <= named, "docs/scale.md names what is on every machine."


def test_the_unit_goes_into_every_primary_key(owner: Any) -> None:
    """The statements run as they are printed, and the references go on holding."""
    before = citus.plan_of(owner)
    assert before.primary
    for statement in citus.changes(before):
        owner.execute(statement)
    after = citus.plan_of(owner)
    assert (after.primary, after.unique, after.across) == ([], [], [])
    assert (after.spread, after.everywhere) == (before.spread, before.everywhere)
    assert len(list(citus.placing(after))) == len(after.spread) + len(after.everywhere)
    owner.execute("CREATE TABLE strange (id uuid PRIMARY KEY, unit_id bigint NOT NULL UNIQUE,"
                  " file uuid REFERENCES org_staff, code text UNIQUE)")  # fmt: skip
    owner.execute("ALTER TABLE duties_duty ADD strange uuid REFERENCES strange")
    found = citus.plan_of(owner)
    assert [key.table for key in found.primary] == ["strange"]
    assert [key.columns for key in found.unique] == [["code"]]
    assert [(key.table, key.to) for key in found.across] == [("duties_duty", "strange")]
    with pytest.raises(psycopg.errors.DependentObjectsStillExist):
        owner.execute(next(citus.changes(found)))
