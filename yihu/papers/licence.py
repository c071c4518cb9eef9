"""What a business licence says, from its recognised text: rows of cells parted by tabs. Pure.

The layout is that of the licences of 2019: name, kind, legal representative and scope on the
left, capital, dates and address on the right; older ones have one column.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from yihu.customers.credit_code import BadCreditCode, is_valid
from yihu.customers.credit_code import read as read_code
from yihu.kit import text

LABELS = {  # as printed, without spaces → what it is
    "统一社会信用代码": "credit_code",
    "名称": "name_full",
    "类型": "kind",
    "法定代表人": "legal_rep",
    "负责人": "legal_rep",
    "注册资本": "reg_capital",
    "成立日期": "established_on",
    "营业期限": "term_to",
    "住所": "reg_addr",
    "营业场所": "reg_addr",
    "经营范围": "business_scope",
    "登记机关": "",
}
TAKEN = ("name_full", "legal_rep", "reg_capital", "established_on", "term_to", "reg_addr",
         "business_scope")  # fmt: skip
"""The guide's fields that are taken over, in the order of the page; the code only compared."""
FOR_EVER = date(9999, 12, 31)
_LABEL = re.compile("|".join(r"\s*".join(word) for word in sorted(LABELS, key=len, reverse=True)))
_CODE = re.compile(r"[0-9A-Z]{18}")
_DAY = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_DIGITS = {
    **dict(zip("零壹贰叁肆伍陆柒捌玖", range(10), strict=True)),
    **dict(zip("〇一二三四五六七八九", range(10), strict=True)),
    "两": 2,
}
_STEPS = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}


def read_licence(recognised: str) -> dict[str, str]:
    """Field code → value as one would type it; what cannot be read is left out.

    `credit_code` only where its check character agrees; capital in 万元; dates ISO.
    """
    found: dict[str, str] = {}
    for label, value in _cells(recognised):
        if value and label not in found:
            read = READERS.get(label, _plain)(value)
            if read:
                found[label] = read
    if "credit_code" not in found:
        for match in _CODE.finditer(text.code(recognised)):
            if is_valid(match.group()):
                found["credit_code"] = match.group()
                break
    found.pop("kind", None)
    return found


def _cells(recognised: str) -> Iterator[tuple[str, str]]:
    """Each label with what stands after it in its row, up to the next label."""
    for row in recognised.split("\n"):
        cells = [cell for cell in re.split(r"\t", row) if cell.strip()]
        label = ""
        parts: list[str] = []
        for cell in cells:
            match = _LABEL.match(cell.strip())
            if match is None:
                parts.append(cell)
                continue
            if label:
                yield label, "".join(parts).strip()
            label = LABELS[re.sub(r"\s", "", match.group())]
            parts = [cell.strip()[match.end() :].lstrip(" ：:")]
        if label:
            yield label, "".join(parts).strip()


def _plain(value: str) -> str:
    return text.line(value)


def _code(value: str) -> str:
    try:
        return read_code(value)
    except BadCreditCode:
        return ""


def _date(value: str) -> str:
    match = _DAY.search(value)
    if match is None:
        return ""
    try:
        return date(*(int(part) for part in match.groups())).isoformat()
    except ValueError:
        return ""


def _term(value: str) -> str:
    """The end of the term: after 至; 长期 and no end are for ever."""
    if re.search("长期|永久|无固定期限", value):
        return FOR_EVER.isoformat()
    return _date(value.split("至", 1)[1]) if "至" in value else ""


def _capital(value: str) -> str:
    """万元, from figures or capital numerals; "" for another currency."""
    plain = re.sub(r"人民币|元|整|圆|[\s,，（）()]", "", value)
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(万|亿)?", plain)
    if match:
        amount = Decimal(match.group(1)) * {"万": 10_000, "亿": 10**8, None: 1}[match.group(2)]
    else:
        counted = chinese_number(plain)
        if counted is None:
            return ""
        amount = Decimal(counted)
    return f"{amount / 10_000:.2f}"


def chinese_number(numeral: str) -> int | None:
    """叁仟伍佰万 → 35000000; None for what is no numeral."""
    total = section = digit = 0
    if not numeral:
        return None
    for character in numeral:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _STEPS:
            section += (digit or 1) * _STEPS[character]
            digit = 0
        elif character == "万":
            total, section, digit = total + (section + digit) * 10_000, 0, 0
        elif character == "亿":
            total, section, digit = (total + section + digit) * 10**8, 0, 0
        else:
            return None
    return total + section + digit


READERS = {
    "credit_code": _code,
    "reg_capital": _capital,
    "established_on": _date,
    "term_to": _term,
}
