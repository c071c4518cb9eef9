"""China's working days and the calendar's periods (§6.2.1)."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yihu.kit.calendar import Span, WorkingDays, announced, span_of, spans

DAYS = WorkingDays()
ANY_DAY = st.dates(date(2004, 1, 1), date(2032, 12, 31))
ANNOUNCED = st.dates(date(2024, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2024-02-04", True),  # Sunday, made up for 春节
        ("2024-02-09", True),  # the eve, a holiday by law only since 2025
        ("2024-02-12", False),
        ("2024-02-17", False),
        ("2024-02-18", True),
        ("2024-02-29", True),  # leap day, a Thursday
        ("2024-04-04", False),  # 清明
        ("2024-05-11", True),
        ("2024-09-14", True),
        ("2024-10-07", False),
        ("2024-10-12", True),
        ("2025-01-26", True),
        ("2025-01-28", False),  # the eve, a holiday by law since 2025
        ("2025-02-08", True),
        ("2025-05-02", False),
        ("2025-05-05", False),
        ("2025-10-08", False),
        ("2025-10-11", True),
        ("2026-01-01", False),
        ("2026-01-04", True),
        ("2026-02-14", True),
        ("2026-02-23", False),
        ("2026-02-28", True),
        ("2026-05-09", True),
        ("2026-06-19", False),  # 端午
        ("2026-09-20", True),
        ("2026-09-25", False),  # 中秋
        ("2026-10-07", False),
        ("2026-10-08", True),
        ("2026-10-10", True),  # Saturday, made up for 国庆
        ("2026-10-11", False),
        ("2026-11-13", True),
        ("2026-11-14", False),
    ],
)
def test_holidays_and_days_made_up_are_the_state_councils(day: str, worked: bool) -> None:
    assert DAYS.is_working(date.fromisoformat(day)) is worked


def test_a_correction_wins_over_the_library_both_ways() -> None:
    days = WorkingDays({date(2026, 10, 10): False, date(2026, 11, 14): True})
    assert not days.is_working(date(2026, 10, 10))
    assert days.is_working(date(2026, 11, 14))
    assert days.is_working(date(2026, 11, 13))


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2031-01-01", False),  # Wednesday
        ("2031-01-02", True),
        ("2031-05-01", False),
        ("2031-05-02", False),
        ("2031-05-03", False),  # Saturday
        ("2031-05-05", True),
        ("2031-10-01", False),
        ("2031-10-02", False),
        ("2031-10-03", False),
        ("2031-10-06", True),
        ("2032-02-29", False),  # leap day, a Sunday
        ("2003-03-03", True),
    ],
)
def test_a_year_not_announced_has_its_weekends_and_fixed_holidays(day: str, worked: bool) -> None:
    assert not announced(int(day[:4]))
    assert DAYS.is_working(date.fromisoformat(day)) is worked


def test_a_correction_wins_in_a_year_not_announced() -> None:
    days = WorkingDays({date(2031, 10, 6): False, date(2031, 10, 1): True})
    assert not days.is_working(date(2031, 10, 6))
    assert days.is_working(date(2031, 10, 1))


def test_the_library_knows_the_years_that_the_tables_here_name() -> None:
    assert [announced(year) for year in (2024, 2025, 2026)] == [True, True, True]


@pytest.mark.parametrize(
    ("day", "number", "expected"),
    [
        ("2026-10-31", 0, "2026-10-31"),  # the day itself, worked or not
        ("2026-10-31", 1, "2026-11-02"),
        ("2026-10-31", 10, "2026-11-13"),
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-09-30", 3, "2026-10-10"),  # over the holidays, onto a Saturday made up
        ("2026-09-30", 10, "2026-10-20"),
        ("2026-12-31", 1, "2027-01-04"),  # whether 2027 is announced or not
    ],
)
def test_nth_after(day: str, number: int, expected: str) -> None:
    assert DAYS.nth_after(date.fromisoformat(day), number) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-10-31", "2026-10-30"),
        ("2026-11-30", "2026-11-30"),
        ("2026-10-07", "2026-09-30"),
        ("2026-10-11", "2026-10-10"),
        ("2026-02-28", "2026-02-28"),  # a Saturday made up
        ("2024-06-30", "2024-06-28"),
        ("2024-03-31", "2024-03-29"),
    ],
)
def test_on_or_before(day: str, expected: str) -> None:
    assert DAYS.on_or_before(date.fromisoformat(day)) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("months", "day", "start", "end"),
    [
        (1, "2026-10-31", "2026-10-01", "2026-10-31"),
        (1, "2024-02-29", "2024-02-01", "2024-02-29"),
        (1, "2026-02-01", "2026-02-01", "2026-02-28"),
        (1, "2026-12-31", "2026-12-01", "2026-12-31"),
        (3, "2026-03-31", "2026-01-01", "2026-03-31"),
        (3, "2026-04-01", "2026-04-01", "2026-06-30"),
        (3, "2026-12-31", "2026-10-01", "2026-12-31"),
        (6, "2026-06-30", "2026-01-01", "2026-06-30"),
        (6, "2026-07-01", "2026-07-01", "2026-12-31"),
        (6, "2024-02-29", "2024-01-01", "2024-06-30"),
    ],
)
def test_a_day_lies_in_one_period(months: int, day: str, start: str, end: str) -> None:
    expected = Span(date.fromisoformat(start), date.fromisoformat(end))
    assert span_of(months, date.fromisoformat(day)) == expected


def test_spans_run_from_the_first_days_through_the_last_days() -> None:
    assert spans(3, date(2026, 9, 30), date(2027, 1, 1)) == [
        Span(date(2026, 7, 1), date(2026, 9, 30)),
        Span(date(2026, 10, 1), date(2026, 12, 31)),
        Span(date(2027, 1, 1), date(2027, 3, 31)),
    ]
    assert spans(1, date(2026, 11, 23), date(2026, 11, 1)) == [
        Span(date(2026, 11, 1), date(2026, 11, 30))
    ]


@given(ANY_DAY, st.integers(1, 15))
def test_the_nth_day_is_worked_and_exactly_n_days_were(day: date, number: int) -> None:
    found = DAYS.nth_after(day, number)
    between = (day + timedelta(days=step) for step in range(1, (found - day).days + 1))
    assert DAYS.is_working(found)
    assert sum(map(DAYS.is_working, between)) == number


@given(ANNOUNCED)
def test_nothing_is_worked_between_the_last_working_day_and_the_day(day: date) -> None:
    found = DAYS.on_or_before(day)
    between = (found + timedelta(days=step) for step in range(1, (day - found).days + 1))
    assert DAYS.is_working(found)
    assert not any(map(DAYS.is_working, between))
    assert DAYS.nth_after(found, 1) > day


@given(ANY_DAY, st.integers(0, 900), st.sampled_from([1, 3, 6]))
def test_spans_cover_every_day_once(first: date, length: int, months: int) -> None:
    last = first + timedelta(days=length)
    found = spans(months, first, last)
    assert found[0].start <= first <= found[0].end
    assert found[-1].start <= last <= found[-1].end
    for before, after in pairwise(found):
        assert after.start == before.end + timedelta(days=1)
    assert {span_of(months, span.end) for span in found} == set(found)
