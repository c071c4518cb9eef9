"""Which sheets and columns the workbook of a dossier has; what it was written from. Pure.

Sheet names and heads are Chinese whatever the page's language: a workbook written in one language
is read in any.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core import signing

from yihu.dossiers.content import fillable
from yihu.guide.reading import read_value
from yihu.guide.rules import (
    OPEN_END,
    REGION_LIST,
    Cell,
    Definition,
    Field,
    FieldType,
    as_number,
    is_empty,
)
from yihu.kit import sheet as kit_sheet
from yihu.kit.text import line, plain_number
from yihu.org.regions import name_of

FORMAT = 1
NOTES, FIELDS, CONTRACTS, MONTHS, HIDDEN = "说明", "客户", "合同", "月度", "_yihu"
DEFINED_NAME = "yihu_dossier"
SHORT_NAMES = {"contacts": "联系人"}
FIELD_HEADS = ("栏目代码", "部分", "栏目", "内容", "填写说明")
FIRST_FIELD, FIRST_ROW, FIRST_LEDGER_ROW = 3, 4, 4
"""The first rows of values, as Excel counts them: of fields, of a table, of a ledger."""
CODES_ROW = 2
EXACT_DIGITS = 15
"""A spreadsheet keeps so many digits of a number; a longer one is written as text."""
_SALT = "yihu.intake.whole"
_CHUNK = 30_000
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_REGION = re.compile(r"\d{6}")
_PARTS = re.compile(r"[\n、;；,，]")


# What the workbook was written from ---------------------------------------------------------------


class Tampered(ValueError):
    """The hidden sheet is missing or is not as it was written."""


@dataclass(frozen=True, slots=True)
class Base:
    """The dossier, the guide's edition and every value that the workbook was written from."""

    dossier: str
    number: str
    credit_code: str
    unit: str
    edition: int
    version: int
    facts: Mapping[str, Any]
    contracts: Sequence[Mapping[str, Any]]
    offtake: Sequence[Mapping[str, Any]]


def seal(base: Base) -> list[str]:
    """The base as the texts of the hidden sheet's cells, signed."""
    whole = signing.dumps(
        {"format": FORMAT, **{name: getattr(base, name) for name in Base.__slots__}},
        salt=_SALT,
        compress=True,
    )
    return [whole[at : at + _CHUNK] for at in range(0, len(whole), _CHUNK)]


def unseal(cells: Sequence[str]) -> Base:
    """Raises: Tampered."""
    try:
        given = signing.loads("".join(cells), salt=_SALT)
        if given.pop("format") != FORMAT:
            raise Tampered
        return Base(**given)
    except (signing.BadSignature, ValueError, TypeError, KeyError, AttributeError) as why:
        raise Tampered from why


# Sheets ------------------------------------------------------------------------------------------


def plain_fields(definition: Definition) -> list[Field]:
    """What stands on the sheet 客户: a line a field that a filler states."""
    return [
        field
        for field in definition
        if fillable(field) and field.type not in (FieldType.TABLE, FieldType.FILE)
    ]


def table_sheets(definition: Definition) -> dict[str, Field]:
    """Sheet name → the table that has it to itself."""
    taken = {name.lower() for name in (NOTES, FIELDS, CONTRACTS, MONTHS, HIDDEN)}
    found: dict[str, Field] = {}
    for field in definition:
        if field.type != FieldType.TABLE or not fillable(field):
            continue
        name = (
            SHORT_NAMES.get(field.code) or _FORBIDDEN.sub("", field.label)[:28] or field.code[:28]
        )
        while name.lower() in taken:
            name = f"{name[:28]}{len(taken)}"[:31]
        taken.add(name.lower())
        found[name] = field
    return found


# Cells -------------------------------------------------------------------------------------------


def to_cell(cell: Cell, value: Any) -> str | float | date:
    """A stored value as the workbook shows it; "" for nothing."""
    if is_empty(value):
        return ""
    match cell.type:
        case FieldType.TEXTS:
            return "\n".join(map(str, value)) if isinstance(value, list) else str(value)
        case FieldType.CHOICES:
            parts = value if isinstance(value, list) else [value]
            return "、".join(_label(cell, str(part)) for part in parts)
        case FieldType.CHOICE:
            return _label(cell, str(value))
        case FieldType.BOOL:
            return "是" if value is True else "否" if value is False else str(value)
        case FieldType.NUMBER:
            return _number(value)
        case FieldType.DATE:
            return "长期" if value == OPEN_END else _date(value)
        case FieldType.FILE:
            return str(value.get("name", "")) if isinstance(value, Mapping) else str(value)
        case _:
            return str(value)


def _label(cell: Cell, code: str) -> str:
    if cell.code_list == REGION_LIST:
        return f"{code} {name_of(code)}"
    return (cell.choices or {}).get(code, code)


def _number(value: Any) -> str | float:
    number = as_number(value)
    if number is None or len(number.as_tuple().digits) > EXACT_DIGITS:
        return str(value)
    return float(number)


def _date(value: Any) -> str | date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return str(value)


def untouched(cell: Cell, raw: kit_sheet.Cell, seen: Any) -> bool:
    """Whether the cell still says what was written from the stored value."""
    return _plain(raw) == _plain(to_cell(cell, seen))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return plain_number(Decimal(repr(value)))
    if isinstance(value, datetime):
        whole = value.date() if not any((value.hour, value.minute, value.second)) else value
        return whole.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace("\r\n", "\n").replace("\r", "\n").strip()


def from_cell(cell: Cell, raw: kit_sheet.Cell, files: Mapping[str, Any]) -> Any:
    """What a person wrote, as the document stores it; `files`: the attachments by name.

    Raises: guide.reading.Unstorable; KeyError for an attachment that the dossier has not.
    """
    typed: Any = _plain(raw)
    if not typed:
        return None
    match cell.type:
        case FieldType.FILE:
            typed = files[typed]
        case FieldType.CHOICE:
            typed = _code(cell, typed)
        case FieldType.CHOICES:
            typed = [_code(cell, part.strip()) for part in _PARTS.split(typed) if part.strip()]
        case FieldType.MONTH:
            typed = typed[:7] if isinstance(raw, date) else typed
        case FieldType.DATE | FieldType.DATETIME | FieldType.TIME | FieldType.NUMBER:
            typed = line(typed)
    return read_value(cell, typed)


def _code(cell: Cell, said: str) -> str:
    if cell.code_list == REGION_LIST:
        found = _REGION.match(said)
        return found[0] if found else said
    labels = {label: code for code, label in (cell.choices or {}).items()}
    return labels.get(said, said)


def attachments(facts: Mapping[str, Any], definition: Definition) -> dict[str, Any]:
    """Every attachment that the file names, by its name: a row in the workbook may move."""
    found: dict[str, Any] = {}
    for value in _files(facts, definition):
        found.setdefault(str(value.get("name", "")).strip(), dict(value))
    return found


def _files(facts: Mapping[str, Any], definition: Definition) -> Iterator[Mapping[str, Any]]:
    for field in definition:
        columns = [column.code for column in field.columns if column.type == FieldType.FILE]
        rows = facts.get(field.code)
        if not columns or not isinstance(rows, list):
            continue
        for row in rows:
            for code in columns:
                if isinstance(row.get(code), Mapping):
                    yield row[code]
