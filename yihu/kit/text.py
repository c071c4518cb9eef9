"""Text as people type it → plain values: widths, spaces, dates, months, numbers. Pure.

Every reader raises ValueError where the text cannot be read as such; none of them guesses.
"""

import re
import unicodedata
from calendar import monthrange
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

EARLIEST, LATEST = 1900, 2100
SERIAL_DAYS = range(1, 73_051)  # 1900-01-01 to 2099-12-31
EPOCH_1900 = date(1899, 12, 30)  # Excel's 1900 system, right from 1900-03-01 on
LARGEST = Decimal(10) ** 15

_INVISIBLE = dict.fromkeys(
    [
        *range(0x09),
        *range(0x0B, 0x0D),
        *range(0x0E, 0x20),
        *range(0x7F, 0xA0),
        0xAD,
        *range(0x200B, 0x2010),  # zero width, left-to-right and right-to-left marks
        *range(0x202A, 0x202F),  # embeddings and overrides
        *range(0x2060, 0x2070),
        *range(0xD800, 0xE000),  # lone surrogates
        0xFEFF,
        *range(0xFFF0, 0xFFFC),
    ]
)
_DASHES = {0x2010: "-", 0x2011: "-", 0x2012: "-", 0x2013: "-", 0x2014: "-", 0x2212: "-"}
_BRACKETS = str.maketrans("()[]", "（）（）")
_HAN = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}（）、·]) +| +(?=[{_HAN}（）、·])")
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")


def line(text: str) -> str:
    """One visible line: no control, zero-width or direction marks; runs of space become one."""
    if _PLAIN.fullmatch(text):
        return text
    return " ".join(text.translate(_INVISIBLE).split())


def narrow(text: str) -> str:
    """`line`, and every full-width or compatibility form in its plain form (Ａ → A, ㎥ → m3)."""
    if _PLAIN.fullmatch(text):
        return text
    return line(unicodedata.normalize("NFKC", text))


@lru_cache(maxsize=16_384)  # a ledger says the same codes over and over
def code(text: str) -> str:
    """A code or number of a paper: narrow, no spaces, capitals, one kind of dash."""
    return narrow(text).translate(_DASHES).replace(" ", "").upper()


def name(text: str) -> str:
    """A name: narrow, brackets full width, no space beside a Chinese character."""
    return _BETWEEN_HAN.sub("", narrow(text)).translate(_BRACKETS)


NOTHING = frozenset(
    {
        "",
        "-",
        "--",
        "---",
        "/",
        "\\",
        "无",
        "暂无",
        "空",
        "N/A",
        "NA",
        "NULL",
        "NONE",
        "未填",
        "不详",
    }
)


def is_nothing(text: str) -> bool:
    """Whether a cell says that it says nothing: blank, 无, —, /, N/A."""
    return code(text) in NOTHING


def serial_day(number: float | int) -> date:
    """The day of an Excel serial of the 1900 system; its time of day is dropped.

    Raises: ValueError outside 1900 to 2099.
    """
    if int(number) not in SERIAL_DAYS:
        raise ValueError(f"{number!r} is no day")
    return EPOCH_1900 + timedelta(days=int(number))


_TIME = r"(?:[ T]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_YMD = re.compile(r"(\d{4}) ?(?:年|[-./]) ?(\d{1,2}) ?(?:月|[-./]) ?(\d{1,2}) ?(?:日|号)?" + _TIME)
_YM = re.compile(r"(\d{4}) ?(?:年|[-./]) ?(\d{1,2}) ?(?:月份?)?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_COMPACT_MONTH = re.compile(r"(\d{4})(\d{2})")
_MONTH_ONLY = re.compile(r"(\d{1,2}) ?月份?")


def _day(year: int, month: int, day: int) -> date:
    if not EARLIEST <= year <= LATEST:
        raise ValueError(f"{year} is out of range")
    return date(year, month, day)


def read_date(value: object, *, last: bool = False) -> date:
    """A day: 2025.07.27, 20250823, 2025/1/8, 2025年3月6日, 2024-5, a date cell, a serial.

    A bare month is its first day, or its last one when `last`. Raises: ValueError.
    """
    if isinstance(value, datetime):
        return _day(value.year, value.month, value.day)
    if isinstance(value, date):
        return _day(value.year, value.month, value.day)
    if isinstance(value, bool):
        raise ValueError("a truth value")
    if isinstance(value, int | float):
        if value != int(value) and value > 10_000_000:
            raise ValueError(f"{value!r} is no day")
        if match := _COMPACT_DAY.fullmatch(str(int(value))):
            return _day(*map(int, match.groups()))
        return serial_day(value)
    if not isinstance(value, str):
        raise ValueError("no day")
    text = narrow(value).translate(_DASHES)
    if match := _YMD.fullmatch(text) or _COMPACT_DAY.fullmatch(text):
        return _day(*map(int, match.groups()))
    if match := _YM.fullmatch(text):
        year, month = map(int, match.groups())
        first = _day(year, month, 1)
        return first.replace(day=monthrange(year, month)[1]) if last else first
    if text.isdecimal() and len(text) == 5:
        return serial_day(int(text))
    raise ValueError(f"{value!r} is no day")


def read_month(value: object, *, year: int | None = None) -> date:
    """The first day of a month: 2026-10, 2026年10月, 202610, 2026/10/01, a date cell.

    `year`: what a bare 10月 belongs to. Raises: ValueError.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value == int(value) and (match := _COMPACT_MONTH.fullmatch(str(int(value)))):
            return _day(int(match[1]), int(match[2]), 1)
        if year is not None and value in range(1, 13):
            return _day(year, int(value), 1)
        return read_date(value).replace(day=1)
    if isinstance(value, str):
        text = narrow(value).translate(_DASHES)
        if match := _YM.fullmatch(text) or _COMPACT_MONTH.fullmatch(text):
            return _day(int(match[1]), int(match[2]), 1)
        if year is not None and (match := _MONTH_ONLY.fullmatch(text)):
            return _day(year, int(match[1]), 1)
    return read_date(value).replace(day=1)


_MONTH_IN_TITLE = re.compile(r"(?<!\d)(20\d{2}) ?(?:年 ?|[-./])(1[0-2]|0?[1-9])(?!\d) ?月?(?!\d)")
_YEAR_IN_TITLE = re.compile(r"(?<!\d)(20\d{2}) ?年")


def month_named(title: str) -> date | None:
    """The month that a title or file name speaks of (2026年10月, 2026-10), if it is just one."""
    found = {
        date(int(year), int(month), 1) for year, month in _MONTH_IN_TITLE.findall(narrow(title))
    }
    return found.pop() if len(found) == 1 else None


def year_named(title: str) -> int | None:
    """The year that a title speaks of (2026年), if it is just one."""
    found = set(_YEAR_IN_TITLE.findall(narrow(title)))
    return int(found.pop()) if len(found) == 1 else None


_NUMBER = re.compile(
    r"([-+]?)[¥$]? ?(\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)(?:E([-+]?\d{1,3}))? ?(.*)"
)


def read_number(value: object) -> tuple[Decimal, str]:
    """A number and what stands behind it: "3，600" → (3600, ""), "1.2亿元" → (1.2, "亿元").

    A float is read as the shortest decimal that means it. Raises: ValueError, also for NaN,
    for marks that are no thousands (3,60) and beyond ±10¹⁵.
    """
    if isinstance(value, bool):
        raise ValueError("a truth value")
    if isinstance(value, Decimal):
        number, rest = value, ""
    elif isinstance(value, int | float):
        number, rest = Decimal(repr(value)), ""
    elif isinstance(value, str):
        number, rest = _read_number_text(value)
    else:
        raise ValueError("no number")
    if not number.is_finite() or abs(number) > LARGEST:
        raise ValueError(f"{value!r} is out of range")
    return number, rest


def _read_number_text(value: str) -> tuple[Decimal, str]:
    text = narrow(value).translate(_DASHES).replace("\u00a5", "¥")
    negative = text.startswith("(") and text.endswith(")")
    if negative:
        text = text[1:-1].strip()
    match = _NUMBER.fullmatch(text.upper())
    if match is None:
        raise ValueError(f"{value!r} is no number")
    sign, digits, exponent, _ = match.groups()
    rest = text[match.start(4) :]
    if rest and not (rest[0].isalpha() or rest[0] == "%"):
        raise ValueError(f"{value!r} is no number")
    try:
        number = Decimal(digits.replace(",", ""))
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is no number") from error
    if exponent:
        number = number.scaleb(int(exponent))
    if (sign == "-") != negative:
        number = -number
    return number, rest


def plain_number(number: Decimal) -> str:
    """A decimal without exponent or idle zeros: 3600.00 → 3600, 1E+3 → 1000."""
    if number == 0:
        return "0"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown(value: object, limit: int = 60) -> str:
    """A cell's value as a message may echo it: one line, cut, dates and numbers plain."""
    if isinstance(value, datetime):
        text = (
            value.strftime("%Y-%m-%d %H:%M")
            if value.time().isoformat() != "00:00:00"
            else (value.strftime("%Y-%m-%d"))
        )
    elif isinstance(value, bool):
        text = "TRUE" if value else "FALSE"
    elif isinstance(value, int | float):
        try:
            text = plain_number(Decimal(repr(value)))
        except InvalidOperation:
            text = repr(value)
    elif isinstance(value, Decimal):
        text = plain_number(value)
    else:
        text = line(str(value))
    return text if len(text) <= limit else text[: limit - 1] + "…"
