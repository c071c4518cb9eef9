"""The policy is data: drafted, previewed, published, never loosened by a unit (§4.3a, 6.2.1)."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from tests import plant
from tests.duties.test_actions import at, came, open_duties
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.customers.rules import Klass
from yihu.dossiers.problems import Refused, Unfit
from yihu.duties import cadence
from yihu.duties.actions import load_first_policy, refresh
from yihu.duties.choices import DutyKind
from yihu.duties.models import CadenceEdition, CadenceLine, StricterCycle
from yihu.duties.queries import counted, lines_of, published, stricter_by_unit
from yihu.duties.rules import Change, Line, changes
from yihu.org.models import OrgUnit

pytestmark = pytest.mark.django_db
NOV = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _policy() -> None:
    load_first_policy()


def values(lines: list[Line], **other: tuple[str, int]) -> dict[tuple[str, str], tuple[str, int]]:
    """What the form would send: the lines as they are, but for `other` by class or kind."""
    return {
        (x.kind.value, x.klass): other.get(x.klass or x.kind.value, (x.period.value, x.due_days))
        for x in lines
    }


def drafted(by: plant.User, effective_on: date, **other: tuple[str, int]) -> CadenceEdition:
    draft = cadence.begin_draft(by, today=NOV)
    return cadence.save_draft(
        by,
        draft,
        effective_on=effective_on,
        reason="与走访同步",
        lines=values(lines_of(draft), **other),
    )


@pytest.mark.clause("6.2.1")
def test_a_new_edition_holds_from_its_day_and_rewrites_nothing() -> None:
    of = plant.dossier(plant.unit(live_from=date(2026, 7, 1)), klass=Klass.VIP)
    came(of, date(2026, 7, 1))
    refresh(NOV)
    before = open_duties(of)
    boss = plant.person(Role.SUPERVISOR)
    draft = drafted(boss, date(2027, 1, 1), vip=("month", 0))
    cadence.publish(boss, draft, at=at(NOV), today=NOV)
    assert open_duties(of) == before
    refresh(date(2027, 2, 1))
    assert open_duties(of)[len(before) :] == [
        ("review", "2027-01-01", "2027-01-29"),
        ("review", "2027-02-01", "2027-02-26"),
    ]


def previewed(draft: CadenceEdition) -> list[Change]:
    last = published().first()
    assert last is not None
    return changes(
        lines_of(last), lines_of(draft), counted(NOV), stricter_by_unit(), on=draft.effective_on
    )


@pytest.mark.clause("6.2.1")
def test_the_preview_counts_a_year_s_duties() -> None:
    unit = plant.unit()
    for _ in range(3):
        plant.dossier(unit, klass=Klass.VIP)
    draft = drafted(
        plant.person(Role.SUPERVISOR), date(2027, 1, 1), vip=("month", 0), rating=("event", 3)
    )
    assert counted(NOV)["review", "vip"] == {unit.pk: 3}
    found = previewed(draft)
    assert [(x.after.kind, x.files, x.a_year_before, x.a_year_after, x.more) for x in found] == [
        (DutyKind.REVIEW, 3, 12, 36, 24),
        (DutyKind.RATING, 0, 0, 0, 0),
    ]


def stricter(unit: OrgUnit, since: date, until: date | None = None, **values: Any) -> StricterCycle:
    """A unit's own rule of its VIP customers: each month, unless `values` say otherwise."""
    by = plant.person(Role.STEWARD, unit)
    named = {"kind": "review", "klass": "vip", "period": "month"} | values
    return StricterCycle.objects.create(
        unit=unit, since=since, until=until, basis="细则", set_by=by, set_at=at(NOV),
        ended_by=by if until else None, **named,
    )  # fmt: skip


@pytest.mark.clause("4.3a")
def test_the_preview_counts_each_unit_from_the_cycle_that_it_keeps_already() -> None:
    monthly, plain, ends, later = (plant.unit(code) for code in ("GD", "FJ", "HN", "GX"))
    for unit in (monthly, monthly, plain, ends, later):
        plant.dossier(unit, klass=Klass.VIP)
    day = date(2027, 1, 1)
    stricter(monthly, NOV)
    stricter(ends, NOV, day)
    stricter(later, date(2027, 4, 1))
    draft = drafted(plant.person(Role.SUPERVISOR), day, vip=("month", 0))
    [change] = previewed(draft)
    assert {(x.unit_id, x.files, x.more) for x in change.shares} == {
        (unit.pk, 1, 8) for unit in (plain, ends, later)
    }
    assert (change.files, change.spared) == (3, 2)
    assert (change.a_year_before, change.a_year_after, change.more) == (12, 36, 24)


@pytest.mark.clause("4.3a")
def test_the_preview_of_a_looser_or_half_as_strict_line_counts_what_really_moves() -> None:
    half, own = plant.unit("GD"), plant.unit("FJ")
    for unit in (half, own, own):
        plant.dossier(unit, klass=Klass.GENERAL)
        plant.dossier(unit, klass=Klass.STRATEGIC)
    stricter(own, NOV, klass="general", period="quarter")
    stricter(own, NOV, klass="strategic", period="month")
    draft = drafted(
        plant.person(Role.SUPERVISOR),
        date(2027, 1, 1),
        general=("month", 0),
        strategic=("quarter", 0),
    )
    looser, tighter = previewed(draft)
    assert [(x.unit_id, x.a_year_before, x.a_year_after) for x in tighter.shares] == [
        (own.pk, 8, 24),
        (half.pk, 2, 12),
    ]
    assert [(x.unit_id, x.more) for x in looser.shares] == [(half.pk, -8)]
    assert looser.spared == 2


@pytest.mark.clause("6.2.1")
def test_what_cannot_be_published_says_why_and_changes_nothing() -> None:
    boss = plant.person(Role.SUPERVISOR)
    draft = drafted(boss, date(2027, 1, 1))
    with pytest.raises(Refused, match="没有差别"):
        cadence.publish(boss, draft, at=at(NOV), today=NOV)
    draft = drafted(boss, date(2026, 11, 22), vip=("month", 0))
    with pytest.raises(Refused, match="不能早于今天"):
        cadence.publish(boss, draft, at=at(NOV), today=NOV)
    with pytest.raises(Unfit, match="由制度规定"):
        drafted(boss, date(2027, 1, 1), offtake=("quarter", 10))
    with pytest.raises(Unfit, match="1 到 60"):
        drafted(boss, date(2027, 1, 1), rating=("event", 61))
    with pytest.raises(Denied):
        cadence.begin_draft(plant.person(Role.STEWARD, plant.unit()), today=NOV)
    assert published().count() == 1


def test_the_database_keeps_a_published_edition() -> None:
    for change in (
        lambda: CadenceLine.objects.filter(kind="rating").update(due_days=50),
        lambda: CadenceLine.objects.filter(kind="rating").delete(),
        lambda: CadenceEdition.objects.update(effective_on=NOV),
    ):
        with pytest.raises(DatabaseError, match="published"), transaction.atomic():
            change()


@pytest.mark.clause("4.3a")
@pytest.mark.clause("7.2")
def test_a_unit_may_be_stricter_and_the_other_unit_is_not_concerned() -> None:
    here, there = plant.unit("GD"), plant.unit("FJ", region="350000")
    mine, theirs = (plant.dossier(unit, klass=Klass.VIP) for unit in (here, there))
    for of in (mine, theirs):
        came(of, date(2026, 10, 1))
    steward = plant.person(Role.STEWARD, here)
    told = {"at": at(NOV), "today": NOV, "basis": "本单位细则第八条"}
    row = cadence.tighten(
        steward, here, key=("review", "vip"), period="month", due_days=None, since=NOV, **told
    )
    refresh(date(2026, 12, 1))
    quarter, december = (
        ("review", "2026-10-01", "2026-12-31"),
        ("review", "2026-12-01", "2026-12-31"),
    )
    assert open_duties(theirs) == [quarter]
    assert sorted(open_duties(mine)) == [quarter, december]
    cadence.end_stricter(steward, row, until=date(2026, 12, 31), today=date(2026, 12, 20))
    refresh(date(2027, 1, 5))
    assert open_duties(mine)[-1] == ("review", "2027-01-01", "2027-03-31")


@pytest.mark.clause("4.3a")
@pytest.mark.parametrize(
    ("key", "period", "days"),
    [
        (("review", "vip"), "half_year", None),
        (("review", "vip"), "quarter", None),
        (("review", "vip"), "", 3),
        (("offtake", ""), "", 10),
        (("rating", ""), "", 6),
        (("rating", ""), "month", None),
    ],
)
def test_a_unit_is_never_looser(key: tuple[str, str], period: str, days: int | None) -> None:
    unit = plant.unit()
    steward = plant.person(Role.STEWARD, unit)
    with pytest.raises(Refused, match="只能比集团更严"):
        cadence.tighten(
            steward, unit, key=key, period=period, due_days=days, since=NOV,
            basis="细则", at=at(NOV), today=NOV,
        )  # fmt: skip
    assert not StricterCycle.objects.exists()


@pytest.mark.clause("4.3a")
def test_the_database_refuses_a_looser_cycle_too() -> None:
    unit = plant.unit()
    by = plant.person(Role.STEWARD, unit)
    given = {"unit": unit, "since": NOV, "basis": "细则", "set_by": by, "set_at": at(NOV)}
    for looser in (
        {"kind": "rating", "due_days": 6},
        {"kind": "review", "klass": "vip", "period": "half_year"},
    ):
        with pytest.raises(IntegrityError, match="never looser"), transaction.atomic():
            StricterCycle.objects.create(**given, **looser)


@pytest.mark.clause("6.2.1")
def test_a_corrected_day_moves_open_duties_and_taking_it_back_moves_them_back() -> None:
    of = plant.dossier(plant.unit(), klass=Klass.STRATEGIC)
    came(of, date(2026, 11, 1))
    boss = plant.person(Role.SUPERVISOR)
    refresh(NOV)
    row = cadence.correct_day(
        boss, date(2026, 11, 30), working=False, note="停办公一天", at=at(NOV), today=NOV
    )
    assert open_duties(of) == [("review", "2026-11-01", "2026-11-27")]
    cadence.forget_day(boss, row, today=NOV)
    assert open_duties(of) == [("review", "2026-11-01", "2026-11-30")]
    with pytest.raises(Unfit, match="已经过去"):
        cadence.correct_day(
            boss, date(2026, 11, 20), working=False, note="x", at=at(NOV), today=NOV
        )
