"""The reading policies that ask one function mean what the nested ones meant (§5.5, 6.3.1)."""

import random
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from tests import plant
from tests.flows.rows import of_every_table
from yihu.access.entering import for_person
from yihu.access.models import RoleAssignment, User
from yihu.access.rows import BOUNDS
from yihu.access.rules import Role
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.dossiers.queries import counted
from yihu.grants.models import Grant
from yihu.grants.rules import Section, State
from yihu.kit.clock import now, today
from yihu.org.models import OrgUnit, UnitRegion

pytestmark = pytest.mark.django_db

PEOPLE, SEED = 24, 20_241_125
OPENED = {
    **dict.fromkeys(
        ("contracts_contract", "contracts_contractamendment", "contracts_offtake",
         "ratings_ratingresult"), "performance",
    ),
    **dict.fromkeys(
        ("visits_visit", "visits_participant", "visits_followup", "visits_progress", "visits_need",
         "visits_revision"), "interviews",
    ),
}  # fmt: skip
"""The section whose grant opens a table's rows; of the other tables none does."""
BOUND = re.compile(r"(\w+) IN \( SELECT (scope_\w+)\('(\w*)'")
FILE = """(s.everything OR t.unit_id = ANY (s.units) AND (t.unit_id = ANY (s.whole) OR (
    t.credit_code IS DISTINCT FROM s.avoid AND coalesce(s.avoid, '') <> ALL (t.former_codes)
    AND ARRAY[t.unit_id || ':', t.unit_id || ':' || left(t.region_code, 2),
        t.unit_id || ':' || left(t.region_code, 4), t.unit_id || ':' || t.region_code]
        && s.regions)))"""
CHILD = """(s.everything OR t.unit_id = ANY (s.own) AND (t.unit_id = ANY (s.whole) OR {there}))
    OR (t.unit_id || ':{opened}' = ANY (s.opened) AND {there})"""
STRICTER = {
    "risks_remark", "risks_proposal", "ratings_ratingscore", "disclosure_reveal", "disclosure_seal",
}  # fmt: skip
"""By a rule of their own: who may know of a risk, a final score, a look behind a mask, a seal."""
NESTS = {
    "customers_customer", "customers_customerclass", "handover_line", "handover_signature",
    "exports_takeoutfile", "care_segmentversion", "inspections_inspection",
    "inspections_inspection_inspectors",
}  # fmt: skip
"""Read by way of another table still: each of few rows a page, and none hangs on a file."""


def asked(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def reading() -> dict[str, str]:
    """Every reading policy of the catalogue."""
    return dict(asked("SELECT tablename::text, qual FROM pg_policies WHERE cmd = 'SELECT'"))


def bounded() -> dict[str, str]:
    """The tables that a file bounds, and the column that leads there."""
    found = {table: BOUND.search(qual) for table, qual in reading().items()}
    return {table: hit[1] for table, hit in found.items() if hit and table not in STRICTER}


def meaning(table: str, leads: dict[str, str]) -> str:
    """When the scope `s` opens a row `t` of the table, as the nested policies said it."""
    if table not in leads:
        return FILE
    above = BOUNDS[leads[table]].table
    there = f"t.{leads[table]} IN (SELECT t.id FROM {above} t WHERE {meaning(above, leads)})"
    return CHILD.format(there=there, opened=OPENED.get(table, "none"))


@pytest.fixture
def units() -> list[OrgUnit]:
    """Three units with files in two regions each; one is a customer of the unit below it."""
    gd, below, fj = plant.unit("GD"), plant.unit("GD01"), plant.unit("FJ", region="350000")
    OrgUnit.objects.filter(pk=below.pk).update(parent=gd)
    OrgUnit.objects.filter(pk=gd.pk).update(credit_code=plant.credit_code(77))
    UnitRegion.objects.create(unit=fj, region_code="440300")
    for unit, regions in ((gd, ("440100", "110000")), (fj, ("350100", "440300"))):
        for region in regions:
            of_every_table(unit, region=region)
    now_it, once = (of_every_table(below, region=region) for region in ("440100", "440300"))
    Dossier.objects.filter(pk=now_it.pk).update(credit_code=plant.credit_code(77))
    Dossier.objects.filter(pk=once.pk).update(former_codes=[plant.credit_code(77)])
    plant.dossier(below)
    return [gd, below, fj]


def somebody(chance: random.Random, units: list[OrgUnit], others: list[User]) -> User:
    """A person of one unit with a role or two, and perhaps a grant at another."""
    home = chance.choice(units)
    roles = [Role.READER, Role.READER, Role.FILLER, Role.STEWARD, Role.CUSTODIAN]
    person = plant.person(chance.choice(roles), home)
    if chance.random() < 0.3:
        RoleAssignment.objects.create(
            user=person, role=Role.READER, unit=chance.choice(units), since=today()
        )
    for unit in chance.sample(units, chance.choice([0, 0, 1, 2])):
        Grant.objects.create(
            unit=unit, person=person, purpose="比对", level=chance.choice([1, 2, 3, 3]),
            sections=chance.sample(Section.values, chance.choice([1, 2])),
            regions=chance.choice([[], ["440000"], ["440100"], ["110000", "350100"]]),
            since=today(), until=today() + timedelta(days=9), state=State.OPENED, within=True,
            asked_at=now(), approved_by=others[0], approved_at=now(), opened_by=others[1],
            opened_at=now(), confirmed_until=today() + timedelta(days=9),
        )  # fmt: skip
    return person


def everybody(units: list[OrgUnit]) -> list[User]:
    """A supervisor, a steward, ITC, and people whose roles and grants are drawn by chance."""
    chance = random.Random(SEED)
    others = [plant.person(Role.STEWARD, units[0]), plant.person(Role.ITC)]
    drawn = [somebody(chance, units, others) for _ in range(PEOPLE)]
    return [plant.person(Role.SUPERVISOR), *others, *drawn]


@pytest.mark.clause("6.3.1")
def test_anybody_reads_the_rows_that_the_nested_policies_gave(units: list[OrgUnit]) -> None:
    people, leads = everybody(units), bounded()
    tables = ["dossiers_dossier", *leads]
    assert len(tables) > 20
    seen: dict[str, set[int]] = {table: set() for table in tables}
    for person in people:
        meant = {
            table: asked(
                f"WITH s AS (SELECT * FROM scope_for(%s)) SELECT t.ctid::text FROM {table} t, s"
                f" WHERE {meaning(table, leads)} ORDER BY t.ctid",
                person.pk,
            )
            for table in tables
        }
        with for_person(person.pk):
            for table in tables:
                there = asked(f"SELECT ctid::text FROM {table} t ORDER BY t.ctid")
                assert there == meant[table], (table, person)
                seen[table].add(len(there))
    for table, sizes in seen.items():
        assert len(sizes) > 3, f"{table}: whoever asks sees as many rows, which proves nothing"


@pytest.mark.clause("6.3.1")
def test_files_counted_at_once_are_those_that_anybody_reads(units: list[OrgUnit]) -> None:
    people = everybody(units)
    for place, file in enumerate(Dossier.objects.order_by("number")):
        klass = ("", Klass.VIP, Klass.GENERAL)[place % 3]
        Dossier.objects.filter(pk=file.pk).update(klass=klass)
    answers = []
    for person in people:
        with for_person(person.pk), transaction.atomic():
            rows = Dossier.objects.visible_to(person)
            for unit in (None, *(unit.pk for unit in units)):
                for klass in (None, "", "vip"):
                    meant = rows if unit is None else rows.filter(unit=unit)
                    meant = meant if klass is None else meant.filter(klass=klass)
                    answers.append(counted(person, unit=unit, klass=klass))
                    assert answers[-1] in (None, meant.count()), (person, unit, klass)
    assert None in answers
    assert len(set(answers)) > 4


def test_no_policy_plans_another_tables_policy() -> None:
    """Each such policy nests all that the other asks into every query; `of_file` does not."""
    tables = {name for (name,) in asked("SELECT relname::text FROM pg_class WHERE relkind = 'r'")}
    nests = {
        table for table, qual in reading().items() if tables & set(re.findall(r"FROM (\w+)", qual))
    }
    assert nests == NESTS


def test_counting_files_reads_an_index_alone() -> None:
    person = plant.person(Role.SUPERVISOR)
    plant.dossier(plant.unit("GD"))
    with for_person(person.pk):
        asked("SELECT set_config('enable_seqscan', 'off', true)")
        asked("SELECT set_config('enable_bitmapscan', 'off', true)")
        plan = "\n".join(line for (line,) in asked("EXPLAIN SELECT count(*) FROM dossiers_dossier"))
    assert "Index Only Scan using dossier_counted" in plan
