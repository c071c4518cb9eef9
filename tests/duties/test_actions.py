"""What the planner leaves in the table, against the rule read aloud in plain Python (§6.2.1)."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests import plant
from tests.duties.closed import closed
from yihu.customers.rules import Klass
from yihu.dossiers.models import ClassChange, Dossier, FileVersion
from yihu.duties.actions import load_first_policy, refresh
from yihu.duties.choices import DropReason, DutyKind
from yihu.duties.models import CalendarCorrection, Duty
from yihu.guide.actions import load_first_edition
from yihu.kit.calendar import WorkingDays, span_of
from yihu.kit.clock import SHANGHAI
from yihu.org.models import OrgUnit

pytestmark = pytest.mark.django_db
NOV = date(2026, 11, 23)
MONTHS = {Klass.STRATEGIC: 1, Klass.VIP: 3, Klass.INTERNAL: 6, Klass.GENERAL: 6}


@pytest.fixture(autouse=True)
def _policy() -> None:
    load_first_policy()


def open_duties(of: Dossier, kind: DutyKind | None = None) -> list[tuple[str, str, str]]:
    """(kind, period start, due) of what stands, done or not."""
    rows = Duty.objects.filter(dossier=of, dropped_at=None).order_by("kind", "period_start")
    if kind is not None:
        rows = rows.filter(kind=kind)
    return [(y.kind, str(y.period_start), str(y.due_on)) for y in rows]


def told(of: Dossier, klass: Klass, effective_on: date, entered_on: date | None = None) -> None:
    """The file's class, from a day on."""
    change = ClassChange.objects.create(
        unit_id=of.unit_id, dossier=of, klass=klass, effective_on=effective_on, source="rating"
    )
    known = entered_on or effective_on
    ClassChange.objects.filter(pk=change.pk).update(
        entered_at=datetime(known.year, known.month, known.day, 8, tzinfo=SHANGHAI)
    )


def came(of: Dossier, on: date) -> None:
    """As if the file had come to Yihu on the day."""
    Dossier.objects.filter(pk=of.pk).update(
        opened_on=on, entered_at=datetime(on.year, on.month, on.day, 8, tzinfo=SHANGHAI)
    )


def approved(of: Dossier, at: datetime) -> None:
    """A version of the file, written as an approval leaves it."""
    FileVersion.objects.create(
        unit_id=of.unit_id,
        dossier=of,
        number=FileVersion.objects.filter(dossier=of).count() + 1,
        content={},
        sha256="0" * 64,
        edition=load_first_edition(),
        filled_by=plant.staff(of.unit),
        approved_by=plant.staff(of.unit, "演示审核员"),
        approved_at=at,
    )


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def test_a_month_is_owed_once_it_is_over_and_only_while_a_contract_runs() -> None:
    of = plant.dossier(plant.unit(live_from=date(2026, 8, 1)))
    plant.contract(of, effective_on=date(2026, 9, 30), ends_on=date(2026, 10, 1))
    refresh(date(2026, 9, 30))
    assert open_duties(of, DutyKind.OFFTAKE) == []
    refresh(date(2026, 10, 1))
    assert open_duties(of, DutyKind.OFFTAKE) == [("offtake", "2026-09-01", "2026-10-20")]
    refresh(NOV)
    assert [start for _, start, _ in open_duties(of, DutyKind.OFFTAKE)] == [
        "2026-09-01",
        "2026-10-01",
    ]


def test_twice_is_once() -> None:
    unit = plant.unit(live_from=date(2026, 7, 1))
    for klass in Klass:
        plant.contract(plant.dossier(unit, klass=klass))
    first = refresh(NOV)
    before = list(Duty.objects.order_by("pk").values())
    again = refresh(NOV)
    assert first.planned > 0
    assert (again.planned, again.dropped, again.done) == (0, 0, 0)
    assert list(Duty.objects.order_by("pk").values()) == before


def test_a_week_off_leaves_what_every_day_would_have_left() -> None:
    unit = plant.unit(live_from=date(2026, 10, 1))
    daily, late = (plant.dossier(unit, klass=Klass.STRATEGIC) for _ in range(2))
    for of in (daily, late):
        plant.contract(of)
        came(of, date(2026, 10, 1))
    day = date(2026, 10, 28)
    while day <= date(2026, 11, 6):
        refresh(day)
        day += timedelta(days=1)
    by_day = open_duties(daily)
    Duty.objects.all().delete()
    refresh(date(2026, 11, 6))
    assert open_duties(late) == by_day


def test_a_month_is_done_with_the_last_contract_s_row_and_at_that_moment() -> None:
    of = plant.dossier(plant.unit())
    first, second = plant.contract(of), plant.contract(of)
    plant.month(first, date(2026, 10, 1))
    refresh(NOV)
    duty = Duty.objects.get(dossier=of, kind=DutyKind.OFFTAKE)
    assert duty.done_at is None
    row = plant.month(second, date(2026, 10, 1))
    row.refresh_from_db()
    refresh(NOV)
    duty.refresh_from_db()
    assert (duty.done_at, duty.basis) == (row.entered_at, "offtake")


def test_a_review_is_done_by_the_first_version_since_its_period_began() -> None:
    of = plant.dossier(plant.unit(), klass=Klass.STRATEGIC)
    came(of, date(2026, 10, 1))
    approved(of, at(date(2026, 10, 31), 23, 59))
    refresh(NOV)
    october, november = Duty.objects.filter(dossier=of, kind=DutyKind.REVIEW).order_by(
        "period_start"
    )
    assert october.done_at == at(date(2026, 10, 31), 23, 59)
    assert november.done_at is None
    approved(of, at(date(2026, 11, 1), 0, 0))
    refresh(NOV)
    november.refresh_from_db()
    assert (november.done_at, november.basis) == (at(date(2026, 11, 1), 0, 0), "version")


def test_a_class_that_rises_replans_what_is_open_and_leaves_what_is_past() -> None:
    of = plant.dossier(plant.unit(live_from=date(2026, 7, 1)), klass=Klass.VIP)
    came(of, date(2026, 7, 1))
    told(of, Klass.VIP, date(2026, 7, 1))
    refresh(date(2026, 11, 10))
    assert open_duties(of) == [
        ("review", "2026-07-01", "2026-09-30"),
        ("review", "2026-10-01", "2026-12-31"),
    ]
    told(of, Klass.STRATEGIC, date(2026, 11, 20))
    refresh(NOV)
    assert open_duties(of) == [
        ("review", "2026-07-01", "2026-09-30"),
        ("review", "2026-11-01", "2026-11-30"),
    ]
    dropped = Duty.objects.get(dossier=of, dropped_at__isnull=False)
    assert (dropped.period_start, dropped.dropped_why) == (date(2026, 10, 1), DropReason.CLASS)


def test_a_closed_file_owes_nothing_new() -> None:
    of = plant.dossier(plant.unit(), klass=Klass.STRATEGIC)
    came(of, date(2026, 10, 1))
    refresh(date(2026, 11, 2))
    closed(of, date(2026, 11, 3))
    refresh(date(2026, 11, 3))
    assert open_duties(of) == [("review", "2026-10-01", "2026-10-30")]
    assert Duty.objects.get(dossier=of, dropped_at__isnull=False).dropped_why == DropReason.CLOSED
    refresh(date(2026, 12, 20))
    assert open_duties(of) == [("review", "2026-10-01", "2026-10-30")]


def test_a_contract_that_ended_early_takes_its_months_with_it() -> None:
    of = plant.dossier(plant.unit())
    running = plant.contract(of)
    refresh(NOV)
    assert len(open_duties(of, DutyKind.OFFTAKE)) == 1
    running.terminated_on = date(2026, 9, 30)
    running.save()
    refresh(NOV)
    assert open_duties(of, DutyKind.OFFTAKE) == []
    assert Duty.objects.get(dossier=of, kind="offtake").dropped_why == DropReason.NO_CONTRACT
    running.terminated_on = None
    running.save()
    refresh(NOV)
    assert len(open_duties(of, DutyKind.OFFTAKE)) == 1


def test_a_corrected_holiday_moves_what_is_open_and_not_what_fell_due() -> None:
    of = plant.dossier(plant.unit(live_from=date(2026, 9, 1)), klass=Klass.STRATEGIC)
    came(of, date(2026, 9, 1))
    refresh(NOV)
    assert open_duties(of)[-1] == ("review", "2026-11-01", "2026-11-30")
    CalendarCorrection.objects.create(day=date(2026, 11, 30), working=False)
    CalendarCorrection.objects.create(day=date(2026, 9, 30), working=False)
    refresh(NOV)
    assert [due for _, _, due in open_duties(of)] == ["2026-09-30", "2026-10-30", "2026-11-27"]


def test_one_unit_s_refresh_leaves_the_other_alone() -> None:
    here, there = plant.unit("GD"), plant.unit("FJ", region="350000")
    mine, theirs = plant.dossier(here), plant.dossier(there, region="350100")
    for of in (mine, theirs):
        plant.contract(of)
    refresh(NOV, unit_id=here.pk)
    assert open_duties(mine)
    assert open_duties(theirs) == []


def test_a_unit_that_is_not_live_owes_nothing() -> None:
    unit = plant.unit()
    OrgUnit.objects.filter(pk=unit.pk).update(live_from=None)
    of = plant.dossier(unit)
    plant.contract(of)
    refresh(NOV)
    assert open_duties(of) == []


def test_the_file_carries_its_soonest_open_day() -> None:
    of = plant.dossier(plant.unit(), klass=Klass.STRATEGIC)
    came(of, date(2026, 10, 1))
    refresh(NOV)
    of.refresh_from_db()
    assert of.next_due_on == date(2026, 10, 30)
    approved(of, at(date(2026, 11, 20)))
    refresh(NOV)
    of.refresh_from_db()
    assert of.next_due_on == date(9999, 12, 31)


def expected(klass: Klass, live: date, here: date, as_of: date) -> set[tuple[date, date]]:
    """§6.2.1 read aloud: each period of the class since the file came, by its last working day."""
    days, owed, day = WorkingDays(), set(), live.replace(day=1)
    while day <= as_of:
        span = span_of(MONTHS[klass], day)
        due = days.on_or_before(span.end)
        if span.end >= live and min(span.end, due) >= here:
            owed.add((span.start, due))
        day = span.end + timedelta(days=1)
    return owed


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    klass=st.sampled_from(list(Klass)),
    live=st.dates(date(2025, 1, 1), date(2026, 11, 1)).map(lambda d: d.replace(day=1)),
    came_on=st.dates(date(2024, 6, 1), date(2026, 11, 22)),
    as_of=st.dates(date(2025, 6, 1), date(2027, 3, 31)),
)
def test_every_plan_is_the_rule_s(klass: Klass, live: date, came_on: date, as_of: date) -> None:
    assume(live <= as_of)
    unit = plant.unit()
    OrgUnit.objects.filter(pk=unit.pk).update(live_from=live)
    of = plant.dossier(unit, klass=klass)
    came(of, came_on)
    told(of, klass, min(came_on, live))
    refresh(as_of)
    planned = Duty.objects.filter(dossier=of, kind=DutyKind.REVIEW, dropped_at=None)
    assert {(y.period_start, y.due_on) for y in planned} == expected(klass, live, came_on, as_of)
    Duty.objects.filter(dossier=of).delete()
