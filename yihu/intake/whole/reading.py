"""Bytes of a dossier's workbook → what a person changed in it, and every problem. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from yihu.contracts.rules import NOT_EARLY
from yihu.guide.reading import Unstorable
from yihu.guide.rules import Cell as GuideCell
from yihu.guide.rules import Definition, Field, check, is_empty
from yihu.intake.kinds import KINDS
from yihu.intake.sheet import Checked, Ledger, find_ledger
from yihu.intake.whole.layout import (
    CODES_ROW,
    CONTRACTS,
    FIELDS,
    FIRST_FIELD,
    FIRST_ROW,
    HIDDEN,
    MONTHS,
    Base,
    Tampered,
    attachments,
    from_cell,
    plain_fields,
    table_sheets,
    unseal,
    untouched,
)
from yihu.kit.sheet import Cell, Fault, Refused, Sheet, column_letters, formulas, read
from yihu.kit.text import plain_number

MOST_PROBLEMS = 500
LEDGERS = {CONTRACTS: "contracts", MONTHS: "offtake"}
KEYS = {"contracts": ("number",), "offtake": ("number", "month")}
LEFT_OUT = frozenset({"customer_name", "credit_code"})
ENDED, DIRECTION = "terminated_on", "direction"


@dataclass(frozen=True, slots=True)
class Problem:
    """One cell that cannot be taken: where it stands, what is wrong, how to mend it."""

    sheet: str
    row: int
    column: str
    code: str
    message: str


Key = tuple[str, ...]
Plain = dict[str, str]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row of 合同 or 月度 that a person changed: `seen` {} where the workbook had none."""

    key: Key
    checked: Checked
    mine: Plain
    seen: Plain


Place = tuple[str, int, str]
"""Sheet, row as Excel counts it, letter of the column."""


@dataclass(slots=True)
class Edited:
    """What the workbook says anew: fields by code, changed rows by ledger kind.

    `places`: where a value stands, by field, row of the table (0 for the field) and column.
    `absent`: rows that the workbook had been given and that are gone from it.
    """

    base: Base
    fields: dict[str, Any] = field(default_factory=dict)
    places: dict[tuple[str, int, str], Place] = field(default_factory=dict)
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    rows: dict[str, list[LedgerRow]] = field(default_factory=dict)
    absent: int = 0
    problems: list[Problem] = field(default_factory=list)

    def complain(self, place: Place, code: str, message: str) -> None:
        """One more problem at that cell."""
        self.problems.append(Problem(*place, code, message))


def base_of(sheets: list[Sheet]) -> Base:
    """What the workbook was written from. Raises: Refused."""
    hidden = next((sheet for sheet in sheets if sheet.name == HIDDEN), None)
    try:
        if hidden is None:
            raise Tampered
        return unseal([str(cells[0]) for _number, cells in hidden.rows() if cells and cells[0]])
    except Tampered as why:
        raise Refused(
            "wrong_workbook",
            _(
                "这不是从本系统下载的档案工作簿，或其中的隐藏工作表被删改；"
                "请重新下载本档案的工作簿，把内容填进去后再上传。"
            ),
        ) from why


def open_book(content: bytes, name: str) -> tuple[Base, list[Sheet]]:
    """The workbook's sheets, and what it was written from. Raises: Refused, also for formulas."""
    sheets = read(content, name)
    base = base_of(sheets)
    found = [(sheet, address) for sheet, address in formulas(content) if sheet != HIDDEN]
    if found:
        raise Refused(
            "formula_cell",
            _("工作簿里有公式：%(cells)s；请复制后“选择性粘贴为数值”，去掉公式，保存再上传。")
            % {"cells": "、".join(f"“{sheet}”{address}" for sheet, address in found[:10])},
        )
    return base, sheets


def edited(
    base: Base, sheets: list[Sheet], definition: Definition, *, name: str, today: date
) -> Edited:
    """All that differs from what the workbook was written from. Raises: Refused."""
    found = Edited(base)
    files = attachments(base.facts, definition)
    by_name = {sheet.name: sheet for sheet in sheets}
    if FIELDS in by_name:
        _plain(by_name[FIELDS], definition, files, found)
    for sheet_name, table in table_sheets(definition).items():
        if sheet_name in by_name:
            _table(by_name[sheet_name], table, files, found)
    _check(found, definition, today)
    for sheet_name, kind in LEDGERS.items():
        if sheet_name in by_name:
            _ledger(by_name[sheet_name], kind, name, found)
    del found.problems[MOST_PROBLEMS:]
    return found


# Fields ------------------------------------------------------------------------------------------


def _plain(sheet: Sheet, definition: Definition, files: Mapping[str, Any], found: Edited) -> None:
    known = {one.code: one for one in plain_fields(definition)}
    for number, cells in sheet.rows():
        if number < FIRST_FIELD or not any(not _blank(cell) for cell in cells):
            continue
        code = str(_at(cells, 0)).strip()
        place = (sheet.name, number, "D")
        if code not in known:
            text = _("这一行不是本工作簿的栏目；请删去这一行，新的内容填到已有栏目里。")
            found.complain((sheet.name, number, "A"), "unknown_row", text)
            continue
        if (code, 0, "") in found.places:
            text = _("“%(label)s”出现了两次；请只留一行。")
            found.complain(place, "duplicate_row", text % {"label": known[code].label})
            continue
        found.places[code, 0, ""] = place
        raw, seen = _at(cells, 3), found.base.facts.get(code)
        if untouched(known[code], raw, seen):
            continue
        value = _value(found, place, known[code], raw, files)
        if value is not UNREAD and not _same(value, seen):
            found.fields[code] = value


def _table(sheet: Sheet, table: Field, files: Mapping[str, Any], found: Edited) -> None:
    columns = {column.code: column for column in table.columns}
    seen = found.base.facts.get(table.code) or []
    codes: list[str] = []
    rows: list[dict[str, Any]] = []
    read_all = True
    for number, cells in sheet.rows():
        if number == CODES_ROW:
            codes = [str(cell).strip() for cell in cells]
            while codes and not codes[-1]:
                codes.pop()
        if number < FIRST_ROW or not any(not _blank(cell) for cell in cells):
            continue
        row: dict[str, Any] = {}
        before = seen[number - FIRST_ROW] if number - FIRST_ROW < len(seen) else {}
        for at, raw in enumerate(cells):
            if _blank(raw):
                continue
            place = (sheet.name, number, column_letters(at + 1))
            code = codes[at] if at < len(codes) else ""
            if code not in columns:
                text = _("表头以外的内容；请把它移到有表头的列里，或删去。")
                found.complain(place, "unknown_column", text)
                continue
            found.places[table.code, len(rows) + 1, code] = place
            if untouched(columns[code], raw, before.get(code)):
                value = before.get(code)
            else:
                value = _value(found, place, columns[code], raw, files)
            if value is UNREAD:
                read_all = False
            elif not is_empty(value):
                row[code] = value
        if row:
            rows.append(row)
    if sorted(codes) != sorted(columns):
        raise Refused(
            "missing_header",
            _("工作表“%(sheet)s”的表头被改动；请重新下载工作簿，把内容填进去后再上传。")
            % {"sheet": sheet.name},
        )
    found.places[table.code, 0, ""] = (sheet.name, FIRST_ROW, "A")
    if read_all and not _same(rows, seen):
        found.fields[table.code] = rows or None


UNREAD = object()


def _value(
    found: Edited, place: Place, cell: GuideCell, raw: Cell, files: Mapping[str, Any]
) -> Any:
    """The value of a cell, or UNREAD with its problem."""
    if isinstance(raw, Fault):
        text = _("“%(label)s”是公式错误 %(value)s；请改成正确的内容。")
        found.complain(place, "formula_cell", text % {"label": cell.label, "value": raw.text})
        return UNREAD
    try:
        return from_cell(cell, raw, files)
    except Unstorable as why:
        found.complain(place, "unstorable", str(why))
    except KeyError:
        text = _("“%(label)s”只能写本档案已有的附件；新的附件请在网页上上传。")
        found.complain(place, "unknown_file", text % {"label": cell.label})
    return UNREAD


def _check(found: Edited, definition: Definition, today: date) -> None:
    """What the guide says against the changed values, at their cells."""
    values = {**found.base.facts, **found.fields}
    for code, value in found.fields.items():
        known = definition[code]
        if not known.columns:
            for problem, message in [] if is_empty(value) else check(known, value, values, today):
                found.complain(found.places[code, 0, ""], problem, message)
            continue
        for number, row in enumerate(value or [], start=1):
            for column in known.columns:
                if is_empty(row.get(column.code)):
                    continue
                for problem, message in check(column, row[column.code], values, today):
                    found.complain(found.places[code, number, column.code], problem, message)


def _same(one: Any, other: Any) -> bool:
    return one == other or (is_empty(one) and is_empty(other))


def _at(cells: list[Cell], place: int) -> Cell:
    return cells[place] if place < len(cells) else ""


def _blank(cell: Cell) -> bool:
    return isinstance(cell, str) and not cell.strip()


# Contracts and months ----------------------------------------------------------------------------


def _ledger(sheet: Sheet, kind_name: str, name: str, found: Edited) -> None:
    kind = KINDS[kind_name]
    ledger = find_ledger([sheet], name, kind)
    found.ledgers[kind_name] = ledger
    letters = {one.header: column_letters(one.at + 1) for one in ledger.layout.claimed}
    for header in ledger.layout.unknown:
        text = _("“%(header)s”列不在工作簿的表头内；请删去这一列。") % {"header": header}
        found.complain((sheet.name, ledger.layout.header_row, ""), "unknown_column", text)
    given = found.base.contracts if kind_name == "contracts" else found.base.offtake
    seen = {row_key(kind_name, row): row for row in plain_rows(kind_name, given)}
    changed: list[LedgerRow] = []
    keys: set[Key] = set()
    for checked in ledger.rows():
        row, foreign = _ours(checked, kind_name, found.base.credit_code)
        if foreign:
            text = _(
                "这一行是另一位客户的合同（%(code)s）；工作簿只能改本档案的内容，请删去这一行。"
            )
            place = (sheet.name, row.row, letters.get("统一社会信用代码", ""))
            found.complain(place, "wrong_customer", text % {"code": foreign})
            continue
        for problem in row.problems:
            place = (sheet.name, row.row, letters.get(problem.column, ""))
            found.complain(place, problem.code, problem.message)
        if row.problems:
            continue
        mine = _said(kind_name, row)
        key = row_key(kind_name, mine)
        if key in keys:
            text = _("“%(key)s”在表中出现了两次；请只留一行。") % {"key": " ".join(key)}
            found.complain((sheet.name, row.row, ""), "duplicate_in_file", text)
        keys.add(key)
        if mine != seen.get(key):
            before = seen.get(key, {})
            if DIRECTION in before and DIRECTION not in mine:
                text = _("“购销方向”不能清空；请写“销售”或“采购”。")
                place = (sheet.name, row.row, letters.get("购销方向", ""))
                found.complain(place, "missing_value", text)
                continue
            changed.append(LedgerRow(key, _emptied(row, kind_name, mine, before), mine, before))
    found.rows[kind_name] = changed
    found.absent += len(seen.keys() - keys)


def _ours(checked: Checked, kind: str, credit_code: str) -> tuple[Checked, str]:
    """The row as one of this dossier's customer; the other's code where it is not."""
    staged = tuple(KINDS[kind].staged)
    at = staged.index("credit_code")
    given = checked.values[at]
    if given not in (None, credit_code):
        return checked, str(given)
    values = (*checked.values[:at], credit_code, *checked.values[at + 1 :])
    problems = tuple(one for one in checked.problems if one.code != "missing_credit_code")
    return replace(checked, values=values, problems=problems), ""


def _emptied(row: Checked, kind: str, mine: Plain, seen: Plain) -> Checked:
    """The row with the fields whose cells a person has emptied, an early ending taken back."""
    emptied = seen.keys() - mine.keys()
    if ENDED in emptied:
        at = tuple(KINDS[kind].staged).index(ENDED)
        row = replace(row, values=(*row.values[:at], NOT_EARLY, *row.values[at + 1 :]))
    return replace(row, cleared=tuple(sorted(emptied - {ENDED})))


def _said(kind: str, checked: Checked) -> Plain:
    pairs = zip(KINDS[kind].staged, checked.values, strict=True)
    return {name: _text(value) for name, value in pairs if _kept(name, value)}


def plain_rows(kind: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[Plain]:
    """Rows as a version keeps them, by the fields and in the texts that a ledger's rows have."""
    staged = KINDS[kind].staged
    for row in rows:
        whole = dict(row)
        if kind == "offtake":
            whole |= {"number": row["contract"], "month": f"{row['month']}-01"}
        yield {
            name: _text(Decimal(value) if staged[name].startswith("numeric") else value)
            for name, value in whole.items()
            if name in staged and _kept(name, value)
        }


def row_key(kind: str, row: Mapping[str, str]) -> Key:
    """What makes two rows the same: the contract's number, and the month."""
    return tuple(row.get(name, "") for name in KEYS[kind])


def _kept(name: str, value: Any) -> bool:
    return name not in LEFT_OUT and value not in (None, "", NOT_EARLY)


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return plain_number(value)
    return value.isoformat() if isinstance(value, date) else str(value)
