"""From what a person typed to what the document stores.

What cannot be read as its type is kept as it was typed: a draft loses nothing, and the checks of
`guide.rules` say what is wrong with it before it is submitted.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from yihu.guide.rules import OPEN_END, Cell, Field, FieldType, as_text, is_empty
from yihu.kit.text import line, narrow, read_date, read_month, read_number

LONGEST = 20_000  # characters of one value
MOST_ROWS = 500
SCALES = {"万": 10_000, "亿": 100_000_000, "千": 1_000}
SAME_UNITS = {"方": "立方米", "m3": "立方米", "m³": "立方米", "t": "吨", "圆": "元"}
FOREVER = frozenset({"长期", "永久", "无固定期限", OPEN_END})
YES = frozenset({"是", "true", "1", "on", "yes", "y"})
NO = frozenset({"否", "false", "0", "no", "n"})
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_TIME = re.compile(r"(\d{1,2}):(\d{2})")


class Unstorable(ValueError):
    """Text that no field takes; the sentence says what to do."""


def read_value(cell: Cell, typed: Any) -> Any:
    """The stored value of what was typed: None for nothing, the text itself where it misfits.

    `typed`: a text; a list of texts for texts and choices; for a table a list of objects by
    column code; for an attachment {"name", "document"}. Raises: Unstorable.
    """
    if isinstance(cell, Field) and cell.type == FieldType.TABLE:
        return _read_rows(cell, typed)
    if cell.type == FieldType.FILE:
        return _read_file(cell, typed)
    if cell.type in (FieldType.TEXTS, FieldType.CHOICES):
        parts = typed if isinstance(typed, list) else _split(cell, typed)
        read = [part for part in (clean(cell, part).strip() for part in parts) if part]
        return list(dict.fromkeys(read)) or None
    if cell.type == FieldType.BOOL:
        return _read_bool(cell, typed)
    text = clean(cell, typed)
    if isinstance(cell, Field) and cell.long:
        return text.strip() or None
    text = line(text)
    if not text:
        return None
    try:
        return READERS[cell.type](cell, text) if cell.type in READERS else text
    except (ValueError, ArithmeticError):
        return text


def clean(cell: Cell, typed: Any) -> str:
    """Text as it may be stored. Raises: Unstorable: control and direction marks, too much."""
    if typed is None:
        return ""
    text = typed if isinstance(typed, str) else str(typed)
    if len(text) > LONGEST:
        message = _("“%(label)s”有 %(now)d 字，最多 %(most)d 字；请精简，或作为附件上传。")
        raise Unstorable(message % {"label": cell.label, "now": len(text), "most": LONGEST})
    if _FORBIDDEN.search(text):
        message = _("“%(label)s”含有不可见的控制字符或文字方向标记，请删去后再填。")
        raise Unstorable(message % {"label": cell.label})
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _split(cell: Cell, typed: Any) -> list[str]:
    text = clean(cell, typed)
    return re.split(r"[\n、;；,，]", text) if cell.type == FieldType.CHOICES else text.split("\n")


def _read_bool(cell: Cell, typed: Any) -> Any:
    if isinstance(typed, bool) or typed is None:
        return typed
    text = narrow(clean(cell, typed)).lower()
    return True if text in YES else False if text in NO else text or None


def _read_file(cell: Cell, typed: Any) -> Any:
    if is_empty(typed):
        return None
    if not isinstance(typed, Mapping) or set(typed) - {"name", "document"}:
        message = _("“%(label)s”应是上传的附件。")
        raise Unstorable(message % {"label": cell.label})
    return {key: clean(cell, part) for key, part in typed.items()}


def _read_rows(field: Field, typed: Any) -> Any:
    if typed is None or typed == "":
        return None
    if not isinstance(typed, list) or not all(isinstance(row, Mapping) for row in typed):
        raise Unstorable(_("“%(label)s”应是一张表。") % {"label": field.label})
    if len(typed) > MOST_ROWS:
        message = _("“%(label)s”有 %(now)d 行，最多 %(most)d 行。")
        raise Unstorable(message % {"label": field.label, "now": len(typed), "most": MOST_ROWS})
    columns = {column.code: column for column in field.columns}
    rows = []
    for number, row in enumerate(typed, 1):
        for code in row.keys() - columns.keys():
            message = _("“%(label)s”第 %(row)d 行的“%(code)s”不是填报指南里的列。")
            raise Unstorable(message % {"label": field.label, "row": number, "code": code[:40]})
        read = {code: read_value(columns[code], part) for code, part in row.items()}
        rows.append({code: part for code, part in read.items() if not is_empty(part)})
    rows = [row for row in rows if row]
    return rows or None


def _number(cell: Cell, text: str) -> str:
    """In the cell's unit: 3600 万, 0.36 亿元 and 36,000,000 元 are all 3600.00 万元."""
    number, behind = read_number(text)
    if behind:
        scale, what = _measure(behind)
        own, wanted = _measure(cell.unit)
        if what not in ("", wanted):
            raise ValueError(behind)
        number = number * scale / own
    digits = number.as_tuple().exponent
    if isinstance(digits, int) and -digits < cell.digits:
        number = number.quantize(Decimal(1).scaleb(-cell.digits))
    return as_text(number)


def _measure(unit: str) -> tuple[int, str]:
    """万元 → (10000, 元), 方 → (1, 立方米)."""
    unit = unit.strip()
    scale = SCALES.get(unit[:1], 1)
    rest = unit[1:] if unit[:1] in SCALES else unit
    return scale, SAME_UNITS.get(rest, rest)


def _date(cell: Cell, text: str) -> str:
    return OPEN_END if text in FOREVER else read_date(text).isoformat()


def _moment(cell: Cell, text: str) -> str:
    return datetime.fromisoformat(text).isoformat(timespec="minutes")


def _clock(cell: Cell, text: str) -> str:
    match = _TIME.fullmatch(narrow(text))
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(text)
    return f"{int(match[1]):02d}:{match[2]}"


def _choice(cell: Cell, text: str) -> str:
    """A code, or the label of one."""
    labels = {label: code for code, label in (cell.choices or {}).items()}
    return labels.get(text, text)


READERS = {
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.DATETIME: _moment,
    FieldType.TIME: _clock,
    FieldType.MONTH: lambda cell, text: read_month(text).isoformat()[:7],
    FieldType.CHOICE: _choice,
}
