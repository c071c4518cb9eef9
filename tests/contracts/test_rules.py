"""Hand-computed figures of contracts and offtake."""

from datetime import date
from decimal import Decimal

import pytest

from yihu.contracts.rules import (
    Month,
    MonthSum,
    Standing,
    TakeOrPay,
    Term,
    average_price,
    completion_percent,
    months_until,
    plain,
    sum_month,
    take_or_pay,
    year_quantity,
)

D = Decimal
YEAR_2026 = Term(date(2026, 1, 1), date(2026, 12, 31))
LONG = Term(date(2024, 7, 1), date(2029, 6, 30))


def month(number: int, actual: str, *, year: int = 2026, price: str | None = "3") -> Month:
    return Month(date(year, number, 1), D("100"), D(actual), D(price) if price else None)


@pytest.mark.parametrize(
    ("actual", "planned", "percent"),
    [
        ("95", "100", "95.0"),
        ("696.88", "833.33", "83.6"),
        ("0", "100", "0.0"),
        ("120", "100", "120.0"),
        ("1", "3", "33.3"),
        ("2", "3", "66.7"),
        ("10", "0", None),
        ("10", None, None),
    ],
)
def test_completion_percent(actual: str, planned: str | None, percent: str | None) -> None:
    found = completion_percent(D(actual), D(planned) if planned is not None else None)
    assert found == (D(percent) if percent is not None else None)


@pytest.mark.parametrize(
    ("term", "year", "quantity"),
    [
        (YEAR_2026, 2026, "3650"),
        (YEAR_2026, 2025, "0"),
        (LONG, 2024, "1834.9727"),  # 184 of 366 days: 3650 × 184 / 366
        (LONG, 2025, "3650"),
        (LONG, 2028, "3650"),
        (LONG, 2029, "1810"),  # 181 of 365 days
        (Term(date(2026, 1, 1), date(2026, 12, 31), date(2026, 1, 31)), 2026, "310"),
        (Term(date(2026, 12, 31), date(2027, 12, 30)), 2026, "10"),
    ],
)
def test_year_quantity(term: Term, year: int, quantity: str) -> None:
    assert year_quantity(D("3650"), term, year) == D(quantity)


def test_take_or_pay_of_a_whole_year() -> None:
    """ACQ 1200 at 90 %: 1080 owed. January to October: 10 × 80 = 800, by 31 October."""
    found = take_or_pay(
        D("1200"),
        D("90"),
        YEAR_2026,
        [month(n, "80") for n in range(1, 11)],
        today=date(2026, 11, 5),
    )
    assert found == TakeOrPay(
        first_on=date(2026, 1, 1),
        last_on=date(2026, 12, 31),
        days=365,
        days_past=309,
        acq=D("1200"),
        percent=D("90"),
        obligation=D("1080.0000"),
        taken=D("800"),
        taken_through=date(2026, 10, 31),
        expected=D("914.3014"),  # 1080 × 309 / 365
        projected=D("960.5263"),  # 800 × 365 / 304
    )
    assert (
        found.still_to_take,
        found.shortfall_at_pace,
        found.taken_percent,
        found.expected_percent,
    ) == (D("280.0000"), D("119.4737"), D("74.1"), D("84.7"))


def test_take_or_pay_of_half_a_year() -> None:
    """From 1 July 184 of 365 days: 1200 × 184 / 365 = 604.9315, of it 80 % = 483.9452."""
    found = take_or_pay(
        D("1200"),
        D("80"),
        Term(date(2026, 7, 1), date(2029, 6, 30)),
        [month(7, "150"), month(8, "150"), month(9, "150"), month(10, "150")],
        today=date(2026, 11, 5),
    )
    assert found is not None
    assert (
        found.days,
        found.days_past,
        found.acq,
        found.obligation,
        found.expected,
        found.still_to_take,
        found.shortfall_at_pace,
    ) == (184, 128, D("604.9315"), D("483.9452"), D("336.6575"), D("0"), D("0"))


def test_take_or_pay_counts_this_year_only() -> None:
    rows = [month(12, "500", year=2025), month(1, "70"), month(12, "60")]
    found = take_or_pay(D("365"), D("100"), LONG, rows, today=date(2026, 2, 10))
    assert found is not None
    assert (found.taken, found.taken_through, found.expected, found.projected) == (
        D("70"),
        date(2026, 1, 31),
        D("41.0000"),
        D("824.1935"),
    )


def test_take_or_pay_before_the_first_figure() -> None:
    found = take_or_pay(D("365"), D("100"), YEAR_2026, [], today=date(2026, 1, 1))
    assert found is not None
    assert (found.taken_through, found.shortfall_at_pace, found.taken_percent) == (
        None,
        None,
        D("0.0"),
    )


@pytest.mark.parametrize(
    ("percent", "today"),
    [(None, date(2026, 5, 1)), (D("90"), date(2025, 12, 31)), (D("90"), date(2027, 1, 1))],
)
def test_no_take_or_pay(percent: Decimal | None, today: date) -> None:
    assert take_or_pay(D("1200"), percent, YEAR_2026, [], today=today) is None


def test_contract_that_starts_later_this_year() -> None:
    term = Term(date(2026, 12, 1), date(2027, 11, 30))
    found = take_or_pay(D("365"), D("100"), term, [], today=date(2026, 11, 5))
    assert found is not None
    assert (found.days_past, found.expected, found.acq) == (0, D("0"), D("31"))


@pytest.mark.parametrize(
    ("term", "today", "standing"),
    [
        (YEAR_2026, date(2025, 12, 31), Standing.FUTURE),
        (YEAR_2026, date(2026, 1, 1), Standing.RUNNING),
        (YEAR_2026, date(2026, 10, 1), Standing.RUNNING),
        (YEAR_2026, date(2026, 10, 2), Standing.ENDING),
        (YEAR_2026, date(2026, 12, 31), Standing.ENDING),
        (YEAR_2026, date(2027, 1, 1), Standing.ENDED),
        (Term(date(2026, 1, 1), date(2026, 12, 31), date(2026, 6, 30)), date(2026, 7, 1),
         Standing.TERMINATED),
        (Term(date(2026, 1, 1), date(2026, 12, 31), date(2027, 6, 30)), date(2027, 1, 1),
         Standing.ENDED),
    ],
)  # fmt: skip
def test_standing(term: Term, today: date, standing: Standing) -> None:
    assert term.standing(today) == standing


def test_average_price_is_weighted() -> None:
    rows = [month(1, "300", price="3"), month(1, "100", price="4"), month(1, "50", price=None)]
    assert average_price(rows) == D("3.2500")
    assert average_price([month(1, "0", price="3"), month(1, "0", price="4")]) == D("3.5000")
    assert average_price([month(1, "50", price=None)]) is None


def test_sum_month() -> None:
    first = Month(date(2026, 10, 1), D("100"), D("90"), D("3"), D("2700000"), D("2700000"))
    second = Month(date(2026, 10, 1), D("50"), D("60"), D("4"), D("2400000"), None)
    assert sum_month(date(2026, 10, 1), [first, second]) == MonthSum(
        month=date(2026, 10, 1),
        planned=D("150"),
        actual=D("150"),
        price_yuan=D("3.4000"),
        amount_yuan=D("5100000"),
        paid_yuan=D("2700000"),
    )
    assert sum_month(date(2026, 10, 1), [first, second]).completion_percent == D("100.0")


def test_a_part_of_the_plans_is_no_plan() -> None:
    planless = Month(date(2026, 10, 1), None, D("60"), None)
    found = sum_month(date(2026, 10, 1), [month(10, "90"), planless])
    assert (found.planned, found.actual, found.completion_percent) == (None, D("150"), None)


def test_months_until() -> None:
    found = months_until(date(2026, 2, 28), 4)
    assert found == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1200.0000", "1,200"),
        ("3.6926", "3.6926"),
        ("0.0000", "0"),
        ("100", "100"),
        ("5e3", "5,000"),
    ],
)
def test_plain(number: str, text: str) -> None:
    assert plain(D(number)) == text
