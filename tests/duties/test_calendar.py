"""The real calendar, 2024 to 2027, and what it makes of the cadence (§6.2.1).

The facts are entered by hand from the State Council's notices on holidays (国办发明电〔2023〕7号,
〔2024〕12号, 〔2025〕7号): which weekdays are free, and which days of a weekend are worked.
"""

from bisect import bisect
from datetime import date, datetime, time, timedelta

import pytest

from tests import plant
from tests.duties.test_actions import approved, came
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.duties.actions import load_first_policy, refresh
from yihu.duties.choices import DueRule, DutyKind, PeriodKind
from yihu.duties.models import Duty
from yihu.duties.rules import POLICY, POLICY_FROM, Line, PolicyEdition, slots
from yihu.guide.actions import load_first_edition
from yihu.kit.calendar import WorkingDays, announced, ledger
from yihu.kit.clock import SHANGHAI
from yihu.org.models import OrgUnit

pytestmark = pytest.mark.clause("6.2.1")
DAYS = WorkingDays()
FIRST = PolicyEdition(POLICY_FROM, POLICY)
FREE = {  # Monday to Friday
    2024: "01-01 02-12 02-13 02-14 02-15 02-16 04-04 04-05 05-01 05-02 05-03 06-10 09-16 09-17 "
    "10-01 10-02 10-03 10-04 10-07",
    2025: "01-01 01-28 01-29 01-30 01-31 02-03 02-04 04-04 05-01 05-02 05-05 06-02 10-01 10-02 "
    "10-03 10-06 10-07 10-08",
    2026: "01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25 "
    "10-01 10-02 10-05 10-06 10-07",
    2027: "01-01 10-01",  # not announced: only what the law fixes, where it is no weekend
}
MADE_UP = {  # Saturday and Sunday
    2024: "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
    2027: "",
}


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize("year", FREE)
def test_every_day_of_the_year_is_what_the_state_council_announced(year: int) -> None:
    free = [f"{day:%m-%d}" for day in days_of(year) if day.weekday() < 5 and not worked(day)]
    made_up = [f"{day:%m-%d}" for day in days_of(year) if day.weekday() >= 5 and worked(day)]
    assert (free, made_up) == (FREE[year].split(), MADE_UP[year].split())


def worked(day: date) -> bool:
    return DAYS.is_working(day)


def test_2027_is_not_announced_and_its_facts_are_asked_for_once_it_is() -> None:
    """A library that knows 2027 fails here: enter the year above, in full, as announced."""
    assert [announced(year) for year in (2024, 2025, 2026, 2027)] == [True, True, True, False]


def test_the_database_s_arithmetic_is_the_calendar_s_on_every_day() -> None:
    first, last = date(2024, 1, 1), date(2027, 12, 31)
    corrections = {date(2026, 11, 16): False, date(2026, 11, 15): True}
    for given in ({}, corrections):
        known = ledger(first, last + timedelta(days=90), frozenset(given.items()))
        days = WorkingDays(given)
        following = [
            day for day in days_from(first, last + timedelta(days=90)) if days.is_working(day)
        ]
        at = 0
        for place, day in enumerate(days_from(first, last)):
            while following[at] <= day:
                at += 1
            for number in (1, 3, 5, 10, 20):
                reached = known.worked[bisect(known.worked, place) + number - 1]
                assert first + timedelta(days=reached) == following[at + number - 1]


def days_from(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def due(kind: DutyKind, klass: str, start: str) -> str:
    """When the period that begins on the day is due, by the first policy."""
    begins = date.fromisoformat(start)
    found = slots([FIRST], DAYS, first=begins, as_of=begins + timedelta(days=200))
    (slot,) = [s for s in found if (s.kind, s.klass, s.start) == (kind, klass, begins)]
    return str(slot.due_on)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2024-01-01", "2024-06-28"),  # 30 June is a Sunday
        ("2024-07-01", "2024-12-31"),
        ("2025-01-01", "2025-06-30"),
        ("2025-07-01", "2025-12-31"),
        ("2026-01-01", "2026-06-30"),
        ("2026-07-01", "2026-12-31"),
        ("2027-01-01", "2027-06-30"),
        ("2027-07-01", "2027-12-31"),
    ],
)
def test_half_years_end_on_the_last_working_day_of_june_and_december(
    start: str, expected: str
) -> None:
    for klass in (Klass.GENERAL, Klass.INTERNAL):
        assert due(DutyKind.REVIEW, klass, start) == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2024-02-01", "2024-02-29"),  # the leap day, a Thursday
        ("2024-03-01", "2024-03-29"),
        ("2024-09-01", "2024-09-30"),
        ("2025-02-01", "2025-02-28"),
        ("2025-05-01", "2025-05-30"),  # 31 May is 端午
        ("2026-01-01", "2026-01-30"),
        ("2026-02-01", "2026-02-28"),  # a Saturday made up for 春节
        ("2027-02-01", "2027-02-26"),
        ("2027-10-01", "2027-10-29"),
    ],
)
def test_a_strategic_customer_s_month_ends_on_its_last_working_day(
    start: str, expected: str
) -> None:
    assert due(DutyKind.REVIEW, Klass.STRATEGIC, start) == expected


@pytest.mark.parametrize(
    ("month", "expected"),
    [
        ("2024-01-01", "2024-02-19"),  # over 春节 with two Sundays worked
        ("2024-02-01", "2024-03-14"),  # after 29 February
        ("2024-04-01", "2024-05-16"),  # a Saturday worked after 劳动节
        ("2024-09-01", "2024-10-18"),
        ("2025-01-01", "2025-02-17"),
        ("2025-09-01", "2025-10-21"),  # 国庆 and 中秋 together
        ("2026-01-01", "2026-02-13"),
        ("2026-09-01", "2026-10-20"),
        ("2026-12-01", "2027-01-15"),
        ("2027-01-01", "2027-02-12"),  # 春节 of 2027 is not announced
    ],
)
def test_a_month_s_offtake_is_due_on_the_tenth_working_day_after_it(
    month: str, expected: str
) -> None:
    assert due(DutyKind.OFFTAKE, "", month) == expected


def vip(period: PeriodKind) -> Line:
    return Line(DutyKind.REVIEW, Klass.VIP, period, DueRule.LAST_WORKING_DAY, 0, "6.2.1")


@pytest.mark.parametrize(
    ("effective", "quarters", "months"),
    [
        ("2024-02-15", 1, "03 04 05 06"),  # in the middle of a month and of the quarter
        ("2024-02-29", 1, "03 04 05 06"),  # the leap day
        ("2024-03-01", 1, "03 04 05 06"),  # the day on which a month begins
        ("2024-03-02", 1, "04 05 06"),
        ("2024-04-01", 1, "04 05 06"),  # the day on which the quarter begins
        ("2024-04-02", 2, "05 06"),
        ("2024-07-01", 2, ""),
    ],
)
def test_a_policy_that_changes_in_mid_period_holds_for_what_begins_under_it(
    effective: str, quarters: int, months: str
) -> None:
    editions = [
        PolicyEdition(POLICY_FROM, [vip(PeriodKind.QUARTER)]),
        PolicyEdition(date.fromisoformat(effective), [vip(PeriodKind.MONTH)]),
    ]
    found = slots(editions, DAYS, first=POLICY_FROM, as_of=date(2024, 6, 30))
    long = [slot for slot in found if slot.end - slot.start > timedelta(days=31)]
    short = [f"{slot.start:%m}" for slot in found if slot not in long]
    ends = [date(2024, 3, 29), date(2024, 6, 28)]
    assert [slot.due_on for slot in long] == ends[:quarters]
    assert short == months.split()
    assert len({(slot.start, slot.end) for slot in found}) == len(found)


# In the database -----------------------------------------------------------------------------


def file_of(unit: OrgUnit, klass: Klass, since: date) -> Dossier:
    made = plant.dossier(unit, klass=klass)
    came(made, since)
    return made


def moment(day: date, at: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(at), SHANGHAI)


@pytest.mark.django_db
def test_midnight_in_shanghai_is_the_line_between_on_time_and_late() -> None:
    load_first_edition()
    load_first_policy()
    unit = plant.unit(live_from=date(2024, 1, 1))
    last = {date(2024, 2, 29): Klass.STRATEGIC, date(2024, 6, 28): Klass.GENERAL}
    ends = {}
    for due_on, klass in last.items():
        begins = date(2024, 2, 1) if klass == Klass.STRATEGIC else date(2024, 1, 1)
        for day, at in (
            (due_on, "00:00:00"),
            (due_on, "23:59:59"),
            (due_on + timedelta(days=1), "00:00:00"),
        ):
            of = file_of(unit, klass, begins)
            approved(of, moment(day, at))
            ends[of.pk] = (due_on, day <= due_on)
    refresh(date(2024, 7, 2))
    rows = Duty.objects.filter(kind="review", due_on__in=last, dropped_at=None)
    found = {
        row.dossier_id: (row.due_on, row.done_at.astimezone(SHANGHAI).date() <= row.due_on)
        for row in rows
        if row.klass == last[row.due_on]
    }
    assert found == ends


@pytest.mark.django_db
@pytest.mark.parametrize("away", [date(2024, 2, 26), date(2024, 6, 27)])
def test_a_machine_that_was_off_for_a_week_leaves_what_one_that_ran_leaves(away: date) -> None:
    """Over the leap day, and over the end of a half-year."""
    load_first_edition()
    load_first_policy()
    back = away + timedelta(days=8)
    begins = date(away.year, 1, 1)
    ran, slept = (plant.unit(code, live_from=begins) for code in ("GD", "FJ"))
    for unit in (ran, slept):
        for klass in (Klass.STRATEGIC, Klass.GENERAL):
            of = file_of(unit, klass, begins)
            plant.contract(of, effective_on=begins, ends_on=away + timedelta(days=3))
            approved(of, moment(away + timedelta(days=2), "23:59:59"))
    for number in range(9):
        refresh(away + timedelta(days=number), unit_id=ran.pk)
    refresh(away, unit_id=slept.pk)
    refresh(back, unit_id=slept.pk)

    def left(unit: OrgUnit) -> list[tuple[object, ...]]:
        rows = Duty.objects.filter(unit=unit, dropped_at=None)
        names = ("klass", "kind", "period_start", "period_end", "due_on", "done_at")
        return sorted(rows.values_list(*names), key=str)

    assert left(ran) == left(slept)
    assert any(row[-1] is not None for row in left(ran))
