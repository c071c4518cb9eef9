"""Text as people type it."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yihu.kit import text


def wide(plain: str) -> str:
    """The same in full-width characters."""
    return plain.translate({place: place + 0xFEE0 for place in range(0x21, 0x7F)})


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2025.07.27", date(2025, 7, 27)),
        ("20250823", date(2025, 8, 23)),
        (20250823.0, date(2025, 8, 23)),
        ("2025/1/8", date(2025, 1, 8)),
        ("2025年3月6日", date(2025, 3, 6)),
        (wide("2025-03-06"), date(2025, 3, 6)),
        (" 2025 年 3 月 6 日 ", date(2025, 3, 6)),
        ("2025-03-06 00:00:00", date(2025, 3, 6)),
        ("2024-5", date(2024, 5, 1)),
        (45123, date(2023, 7, 16)),
        ("45123", date(2023, 7, 16)),
        (45123.75, date(2023, 7, 16)),
        (datetime.combine(date(2026, 10, 1), time(8)), date(2026, 10, 1)),
        (date(2026, 10, 1), date(2026, 10, 1)),
    ],
)
def test_a_day_is_read_however_it_is_written(typed: object, expected: date) -> None:
    assert text.read_date(typed) == expected


def test_a_bare_month_can_mean_its_last_day() -> None:
    assert text.read_date("2024年2月", last=True) == date(2024, 2, 29)


@pytest.mark.parametrize(
    "typed",
    ["2024-02-30", "2025/13/01", "6/3/2025", "25.3.6", "长期", "", "0", 0, -1, True, None, 1e300,
     "1899-12-31", "2101-01-01", 99999999],
)  # fmt: skip
def test_what_is_no_day_is_refused(typed: object) -> None:
    with pytest.raises((ValueError, OverflowError)):
        text.read_date(typed)


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_a_day_survives_every_way_of_writing_it(day: date) -> None:
    ways = [
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        (day - text.EPOCH_1900).days,
        float((day - text.EPOCH_1900).days),
    ]
    assert {text.read_date(way) for way in ways} == {day}


@pytest.mark.parametrize(
    "typed",
    ["2026-10", "2026年10月", "202610", 202610.0, "2026/10", "2026.10", "2026年10月份",
     "2026-10-01", datetime.combine(date(2026, 10, 1), time()), wide("202610")],
)  # fmt: skip
def test_a_month_is_read_however_it_is_written(typed: object) -> None:
    assert text.read_month(typed) == date(2026, 10, 1)


def test_a_bare_month_needs_a_year() -> None:
    assert text.read_month("10月", year=2026) == date(2026, 10, 1)
    with pytest.raises(ValueError, match="no day"):
        text.read_month("10月")
    with pytest.raises(ValueError, match="month"):
        text.read_month("2026-13")


def test_titles_name_a_month_only_if_it_is_just_one() -> None:
    assert text.month_named("广东销售分公司2026年10月客户提气量、价统计表") == date(2026, 10, 1)
    assert text.month_named("统计期间：2026年10月1日—10月31日") == date(2026, 10, 1)
    assert text.month_named("2026年9月和2026年10月") is None
    assert text.year_named("依据：客户评级规则（2026版），2026年度") == 2026


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("3,600", ("3600", "")),
        ("3，600.50", ("3600.50", "")),
        ("12000万元", ("12000", "万元")),
        ("1.2 亿元", ("1.2", "亿元")),
        ("90％", ("90", "%")),
        ("(1,200)", ("-1200", "")),
        ("－5", ("-5", "")),
        ("5．5", ("5.5", "")),
        ("¥ 100", ("100", "")),
        ("1.5E+3", ("1.5E+3", "")),
        (0.1, ("0.1", "")),
        (3600.0, ("3600.0", "")),
        (7, ("7", "")),
    ],
)
def test_a_number_is_read_with_what_stands_behind_it(
    typed: object, expected: tuple[str, str]
) -> None:
    number, rest = text.read_number(typed)
    assert (number, rest) == (Decimal(expected[0]), expected[1])


@pytest.mark.parametrize(
    "typed",
    ["", "万", "3,60", "1,2345", "12.5.6", "1e309", "NaN", float("nan"), float("inf"), True, None,
     "10^3", "5-6", 1e16],
)  # fmt: skip
def test_what_is_no_number_is_refused(typed: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        text.read_number(typed)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=4))
def test_a_number_survives_being_written_with_thousands(number: Decimal) -> None:
    assert text.read_number(f"{number:,}")[0] == number
    assert Decimal(text.plain_number(number)) == number


@given(st.floats(min_value=-1e12, max_value=1e12))
def test_a_float_is_the_shortest_decimal_that_means_it(value: float) -> None:
    number, _rest = text.read_number(value)
    assert float(number) == value


@given(st.text())
def test_any_text_becomes_one_visible_line(typed: str) -> None:
    for tidy in (text.line, text.narrow, text.code, text.name):
        tidied = tidy(typed)
        assert not set(tidied) & set("\0\x01\x7f\n\r\t\u200b\u202e\ufeff")
        assert tidied == tidied.strip()
        tidied.encode("utf-8")


def test_names_and_codes_lose_their_widths_and_spaces() -> None:
    assert text.name(" 佛山 港口燃气有限公司\u3000") == "佛山港口燃气有限公司"
    assert text.name("中海油(广东) 燃气有限公司") == "中海油（广东）燃气有限公司"
    assert text.name("ABC Energy  Ltd") == "ABC Energy Ltd"
    assert text.code(f" {wide('GD-TRQ-2023-012')} ") == "GD-TRQ-2023-012"
    assert text.code("gd\u2014trq\u00a01") == "GD-TRQ1"


def test_nothing_has_many_names() -> None:
    assert all(map(text.is_nothing, ["", " ", "无", "—", "－", "N/A", "n/a", "/", "　"]))
    assert not text.is_nothing("0")
    assert not text.is_nothing("无锡")
