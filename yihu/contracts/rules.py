"""The arithmetic of contracts and offtake. Quantities stand in their contract's own unit.

万立方米 and 吨 are never added: every sum here is of one unit and one direction.
"""

from calendar import isleap, monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

QUANTITY = Decimal("0.0001")
PERCENT = Decimal("0.1")
EXPIRY_NOTICE_DAYS = 90
NOT_EARLY = date.max
"""What a row of a ledger says in place of a day of ending to take an early ending back."""
ZERO = Decimal(0)


class Standing(models.TextChoices):
    FUTURE = "future", _("未生效")
    RUNNING = "running", _("履行中")
    ENDING = "ending", _("即将到期")
    ENDED = "ended", _("已到期")
    TERMINATED = "terminated", _("提前终止")


@dataclass(frozen=True, slots=True)
class Term:
    """The days of a contract, both ends included."""

    effective_on: date
    ends_on: date
    terminated_on: date | None = None

    @property
    def last_day(self) -> date:
        """The end, or the day on which it was ended early."""
        return self.ends_on if self.terminated_on is None else min(self.ends_on, self.terminated_on)

    def standing(self, today: date) -> Standing:
        """What the contract is on that day; the last 90 days count as ending."""
        if today < self.effective_on:
            return Standing.FUTURE
        if today > self.last_day:
            return Standing.TERMINATED if self.last_day < self.ends_on else Standing.ENDED
        ending = (self.last_day - today).days <= EXPIRY_NOTICE_DAYS
        return Standing.ENDING if ending else Standing.RUNNING

    def within(self, year: int) -> tuple[date, date] | None:
        """First and last day of the contract year: the calendar year as far as the term goes."""
        first = max(self.effective_on, date(year, 1, 1))
        last = min(self.last_day, date(year, 12, 31))
        return (first, last) if first <= last else None


@dataclass(frozen=True, slots=True)
class Month:
    """One month of one contract; `month` is its first day, money in yuan."""

    month: date
    planned: Decimal | None
    actual: Decimal
    price_yuan: Decimal | None
    amount_yuan: Decimal | None = None
    paid_yuan: Decimal | None = None


def completion_percent(actual: Decimal, planned: Decimal | None) -> Decimal | None:
    """Actual of planned in percent, one decimal; None without a plan."""
    if planned is None or planned <= 0:
        return None
    return (actual * 100 / planned).quantize(PERCENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class MonthSum:
    """A month of all contracts of one unit and direction; None where nothing is known.

    `price_yuan` is weighted by quantity over the rows that have a price.
    """

    month: date
    planned: Decimal | None = None
    actual: Decimal | None = None
    price_yuan: Decimal | None = None
    amount_yuan: Decimal | None = None
    paid_yuan: Decimal | None = None

    @property
    def completion_percent(self) -> Decimal | None:
        """Actual of planned in percent; None without a plan or a figure."""
        if self.actual is None:
            return None
        return completion_percent(self.actual, self.planned)


def sum_month(month: date, rows: Iterable[Month]) -> MonthSum:
    """One month's rows, of contracts in the same unit and direction, as one.

    The plan counts only if every row has one: a part of the plans against all that was
    taken would flatter.
    """
    given = list(rows)
    if not given:
        return MonthSum(month)
    plans = [row.planned for row in given if row.planned is not None]
    return MonthSum(
        month,
        planned=sum(plans, ZERO) if len(plans) == len(given) else None,
        actual=sum((row.actual for row in given), ZERO),
        price_yuan=average_price(given),
        amount_yuan=_total(row.amount_yuan for row in given),
        paid_yuan=_total(row.paid_yuan for row in given),
    )


def average_price(rows: Iterable[Month]) -> Decimal | None:
    """Yuan per unit, weighted by quantity, four decimals; None where no price is known.

    Months without any offtake have a price but no weight: they count alike among themselves.
    """
    priced = [(row.price_yuan, row.actual) for row in rows if row.price_yuan is not None]
    if not priced:
        return None
    quantity = sum((actual for _price, actual in priced), ZERO)
    if quantity == 0:
        mean = sum((price for price, _actual in priced), ZERO) / len(priced)
    else:
        mean = sum((price * actual for price, actual in priced), ZERO) / quantity
    return mean.quantize(QUANTITY, ROUND_HALF_UP)


def _total(numbers: Iterable[Decimal | None]) -> Decimal | None:
    known = [number for number in numbers if number is not None]
    return sum(known, ZERO) if known else None


def months_until(last: date, count: int) -> list[date]:
    """The first days of `count` months, ending with the month of `last`."""
    index = last.year * 12 + last.month - 1
    return [date(i // 12, i % 12 + 1, 1) for i in range(index - count + 1, index + 1)]


def month_end(month: date) -> date:
    """The last day of the month."""
    return month.replace(day=monthrange(month.year, month.month)[1])


@dataclass(frozen=True, slots=True)
class TakeOrPay:
    """照付不议 of one contract year, in the contract's unit.

    `acq`: the annual quantity, by days where the term covers part of the year;
    `obligation`: the share of it that is paid for even if not taken; `taken` is known
    through `taken_through` (None: nothing yet); `expected`: the part of the obligation
    that the days through `today` amount to; `projected`: `taken` carried on at its pace.
    """

    first_on: date
    last_on: date
    days: int
    days_past: int
    acq: Decimal
    percent: Decimal
    obligation: Decimal
    taken: Decimal
    taken_through: date | None
    expected: Decimal
    projected: Decimal | None

    @property
    def still_to_take(self) -> Decimal:
        """What is missing to the obligation; 0 when it is met."""
        return max(self.obligation - self.taken, ZERO)

    @property
    def shortfall_at_pace(self) -> Decimal | None:
        """What would be missing at the end of the year at the pace so far; None before a month."""
        return None if self.projected is None else max(self.obligation - self.projected, ZERO)

    @property
    def taken_percent(self) -> Decimal | None:
        """Taken of the obligation."""
        return completion_percent(self.taken, self.obligation)

    @property
    def expected_percent(self) -> Decimal | None:
        """The days past of the days: where `taken_percent` would stand at an even pace."""
        return completion_percent(self.expected, self.obligation)


def year_quantity(acq: Decimal, term: Term, year: int) -> Decimal:
    """The annual quantity as far as it falls in that year: by days of the term, four decimals."""
    span = term.within(year)
    if span is None:
        return ZERO
    days, all_days = (span[1] - span[0]).days + 1, 366 if isleap(year) else 365
    if days == all_days:
        return acq
    return (acq * days / all_days).quantize(QUANTITY, ROUND_HALF_UP)


def take_or_pay(
    acq: Decimal,
    percent: Decimal | None,
    term: Term,
    months: Iterable[Month],
    *,
    today: date,
) -> TakeOrPay | None:
    """The account of today's year so far; None without a share or outside the term's years."""
    span = term.within(today.year)
    if percent is None or span is None:
        return None
    first, last = span
    days = (last - first).days + 1
    rows = [row for row in months if row.month.year == today.year and row.month <= today]
    taken = sum((row.actual for row in rows), ZERO)
    through = None
    if rows:
        through = min(month_end(max(row.month for row in rows)), last, today)
    year_acq = year_quantity(acq, term, today.year)
    obligation = (year_acq * percent / 100).quantize(QUANTITY, ROUND_HALF_UP)
    days_past = _days_to(first, last, today)
    projected = None
    if through is not None and through >= first:
        projected = (taken * days / _days_to(first, last, through)).quantize(
            QUANTITY, ROUND_HALF_UP
        )
    return TakeOrPay(
        first_on=first,
        last_on=last,
        days=days,
        days_past=days_past,
        acq=year_acq,
        percent=percent,
        obligation=obligation,
        taken=taken,
        taken_through=through,
        expected=(obligation * days_past / days).quantize(QUANTITY, ROUND_HALF_UP),
        projected=projected,
    )


def _days_to(first: date, last: date, day: date) -> int:
    """Days from `first` through `day`, at least 0, at most the whole span."""
    return max((min(day, last) - first + timedelta(days=1)).days, 0)


def plain(number: Decimal) -> str:
    """A figure for a page: separators, no idle zeros behind the point: 1,200 and 3.6926."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
