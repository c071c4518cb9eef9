"""China's working days, with an administrator's corrections, and the periods of the cadence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, lru_cache

ONE_DAY = timedelta(days=1)
SATURDAY = 5
FIXED_HOLIDAYS = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
"""Statutory holidays on fixed days, for years that the State Council has not announced yet.

Such a year is reckoned Monday to Friday without these; what follows the moon (春节, 清明, 端午,
中秋) and the days made up come with the announcement: by the library, or as corrections before it.
"""


@cache
def announced(year: int) -> bool:
    """Whether holidays and make-up workdays of the year are known to the library."""
    from chinese_calendar import is_workday

    try:
        is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


@lru_cache(maxsize=8192)
def _worked(day: date) -> bool:
    from chinese_calendar import is_workday

    if announced(day.year):
        return bool(is_workday(day))
    return day.weekday() < SATURDAY and (day.month, day.day) not in FIXED_HOLIDAYS


@dataclass(frozen=True)
class WorkingDays:
    """Which days are worked. `corrections`: day → worked, over the library's word."""

    corrections: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Whether people work that day; before the year is announced, Monday to Friday."""
        corrected = self.corrections.get(day)
        return _worked(day) if corrected is None else corrected

    def on_or_before(self, day: date) -> date:
        """The last working day up to and including the day."""
        while not self.is_working(day):
            day -= ONE_DAY
        return day

    def nth_after(self, day: date, number: int) -> date:
        """The number-th working day after the day; the day itself for 0."""
        while number:
            day += ONE_DAY
            number -= self.is_working(day)
        return day


@dataclass(frozen=True, slots=True)
class Ledger:
    """The working days of a stretch, for arithmetic in the database.

    `worked`: each as so many days after `first`, in order. The n-th working day after a day is then
    `worked[so many of them until that day, itself included, + n - 1]`.
    """

    first: date
    worked: tuple[int, ...]


@lru_cache(maxsize=16)
def ledger(first: date, last: date, corrections: frozenset[tuple[date, bool]]) -> Ledger:
    """The ledger from `first` through `last`, both included."""
    days = WorkingDays(dict(corrections))
    worked = (
        number
        for number in range((last - first).days + 1)
        if days.is_working(first + timedelta(days=number))
    )
    return Ledger(first, tuple(worked))


@dataclass(frozen=True, slots=True)
class Span:
    """A calendar period; both ends belong to it."""

    start: date
    end: date


def span_of(months: int, day: date) -> Span:
    """The month (1), quarter (3) or half-year (6) that the day lies in."""
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return Span(first, _add_months(first, months) - ONE_DAY)


def spans(months: int, first: date, last: date) -> list[Span]:
    """All such periods from the one of `first` through the one of `last`, in order."""
    found = [span_of(months, first)]
    while found[-1].end < last:
        found.append(span_of(months, found[-1].end + ONE_DAY))
    return found


def _add_months(first: date, months: int) -> date:
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)
