"""Which periods are owed, by when, and under which edition of the policy (§6.2.1)."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yihu.customers.rules import Klass
from yihu.duties.choices import DueRule, DutyKind, PeriodKind
from yihu.duties.rules import (
    MONTHS,
    POLICY,
    POLICY_FROM,
    Line,
    PolicyEdition,
    Slot,
    slots,
)
from yihu.kit.calendar import WorkingDays, span_of

FIRST = PolicyEdition(POLICY_FROM, POLICY)
DAYS = WorkingDays()
LAST = DueRule.LAST_WORKING_DAY


def owed(kind: DutyKind, first: date, as_of: date, *, klass: str = "") -> list[tuple[str, ...]]:
    """(start, end, due) of the default policy's slots."""
    return [
        (str(slot.start), str(slot.end), str(slot.due_on))
        for slot in slots([FIRST], DAYS, first=first, as_of=as_of)
        if slot.kind == kind and slot.klass == klass
    ]


@pytest.mark.clause("6.2.1")
@pytest.mark.parametrize(
    ("klass", "months"),
    [(Klass.STRATEGIC, 1), (Klass.VIP, 3), (Klass.INTERNAL, 6), (Klass.GENERAL, 6)],
)
def test_the_default_policy_reviews_each_class_in_its_cycle(klass: Klass, months: int) -> None:
    (line,) = [each for each in POLICY if each.klass == klass]
    assert (line.kind, MONTHS[line.period], line.due_rule, line.clause) == (
        DutyKind.REVIEW,
        months,
        LAST,
        "6.2.1",
    )


@pytest.mark.clause("6.2.1")
def test_the_default_policy_owes_every_files_month() -> None:
    (line,) = [each for each in POLICY if each.kind == DutyKind.OFFTAKE]
    assert line == Line(
        DutyKind.OFFTAKE, "", PeriodKind.MONTH, DueRule.NTH_WORKING_DAY_AFTER, 10, "6.2.1"
    )


@pytest.mark.clause("6.2.1")
def test_october_2026_is_due_on_the_tenth_working_day_of_november() -> None:
    assert owed(DutyKind.OFFTAKE, date(2026, 10, 1), date(2026, 11, 5)) == [
        ("2026-10-01", "2026-10-31", "2026-11-13")
    ]


def test_september_2026_is_due_after_the_long_holiday() -> None:
    assert owed(DutyKind.OFFTAKE, date(2026, 9, 1), date(2026, 10, 31)) == [
        ("2026-09-01", "2026-09-30", "2026-10-20")
    ]


@pytest.mark.parametrize(
    ("as_of", "months"),
    [("2026-10-31", []), ("2026-11-01", ["2026-10-01"]), ("2026-11-30", ["2026-10-01"])],
)
def test_a_month_is_owed_only_once_it_is_over(as_of: str, months: list[str]) -> None:
    found = owed(DutyKind.OFFTAKE, date(2026, 10, 1), date.fromisoformat(as_of))
    assert [start for start, _, _ in found] == months


@pytest.mark.clause("6.2.1")
@pytest.mark.parametrize(
    ("klass", "expected"),
    [
        (
            Klass.STRATEGIC,
            [
                ("2026-10-01", "2026-10-31", "2026-10-30"),
                ("2026-11-01", "2026-11-30", "2026-11-30"),
            ],
        ),
        (Klass.VIP, [("2026-10-01", "2026-12-31", "2026-12-31")]),
        (Klass.INTERNAL, [("2026-07-01", "2026-12-31", "2026-12-31")]),
        (Klass.GENERAL, [("2026-07-01", "2026-12-31", "2026-12-31")]),
    ],
)
def test_a_review_is_due_on_its_periods_last_working_day(
    klass: Klass, expected: list[tuple[str, ...]]
) -> None:
    found = owed(DutyKind.REVIEW, date(2026, 10, 1), date(2026, 11, 23), klass=klass)
    assert found == expected


def test_a_review_is_owed_from_its_periods_first_day() -> None:
    first = date(2026, 11, 1)
    november = ("2026-11-01", "2026-11-30", "2026-11-30")
    assert owed(DutyKind.REVIEW, first, first, klass="strategic") == [november]
    assert owed(DutyKind.REVIEW, first, date(2026, 12, 1), klass="strategic")[:1] == [november]


def test_a_corrected_day_moves_what_is_due() -> None:
    days = WorkingDays({date(2026, 11, 13): False, date(2026, 11, 30): False})
    found = slots([FIRST], days, first=date(2026, 10, 1), as_of=date(2026, 11, 23))
    due = {(slot.kind, slot.klass, slot.start): slot.due_on for slot in found}
    assert due[DutyKind.OFFTAKE, "", date(2026, 10, 1)] == date(2026, 11, 16)
    assert due[DutyKind.REVIEW, "strategic", date(2026, 11, 1)] == date(2026, 11, 27)


def test_a_period_is_judged_by_the_edition_in_force_when_it_began() -> None:
    vip_monthly = Line(DutyKind.REVIEW, Klass.VIP, PeriodKind.MONTH, LAST, 0, "6.2.1")
    vip_quarterly = Line(DutyKind.REVIEW, Klass.VIP, PeriodKind.QUARTER, LAST, 0, "6.2.1")
    editions = [  # given out of order
        PolicyEdition(date(2026, 11, 15), [vip_monthly]),
        PolicyEdition(date(2024, 1, 1), [vip_quarterly]),
    ]
    found = slots(editions, DAYS, first=date(2026, 7, 1), as_of=date(2027, 1, 10))
    assert sorted((slot.start, slot.end) for slot in found) == [
        (date(2026, 7, 1), date(2026, 9, 30)),
        (date(2026, 10, 1), date(2026, 12, 31)),  # began under the first edition
        (date(2026, 12, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 1, 31)),
    ]


def test_an_edition_changes_the_days_of_months_that_begin_under_it() -> None:
    def nth(days: int) -> Line:
        return Line(
            DutyKind.OFFTAKE, "", PeriodKind.MONTH, DueRule.NTH_WORKING_DAY_AFTER, days, "6.2.1"
        )

    editions = [
        PolicyEdition(date(2024, 1, 1), [nth(10)]),
        PolicyEdition(date(2026, 10, 1), [nth(5)]),
    ]
    found = slots(editions, DAYS, first=date(2026, 9, 1), as_of=date(2026, 11, 5))
    assert [(slot.start, slot.due_on) for slot in found] == [
        (date(2026, 9, 1), date(2026, 10, 20)),
        (date(2026, 10, 1), date(2026, 11, 6)),
    ]


def test_an_edition_yet_to_come_owes_nothing() -> None:
    later = PolicyEdition(date(2027, 1, 1), POLICY)
    now = {"first": date(2026, 10, 1), "as_of": date(2026, 11, 23)}
    assert slots([FIRST, later], DAYS, **now) == slots([FIRST], DAYS, **now)


@settings(deadline=None)  # a busy machine is no fault
@given(
    st.dates(date(2024, 1, 1), date(2026, 6, 30)).map(lambda day: day.replace(day=1)),
    st.integers(0, 700),
    st.integers(0, 700),
)
def test_later_slots_only_add_to_earlier_ones(first: date, wait: int, more: int) -> None:
    early, late = (
        slots([FIRST], DAYS, first=first, as_of=date.fromordinal(first.toordinal() + days))
        for days in (wait, wait + more)
    )
    assert [slot for slot in late if slot in early] == early
    assert len(set(late)) == len(late)
    for slot in late:
        months = MONTHS[next(x.period for x in POLICY if (x.kind, x.klass) == key(slot))]
        assert (slot.start, slot.end) == (
            span_of(months, slot.start).start,
            span_of(months, slot.start).end,
        )
        assert DAYS.is_working(slot.due_on)


def key(slot: Slot) -> tuple[str, str]:
    return slot.kind, slot.klass
