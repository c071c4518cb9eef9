"""The workbook of a dossier, written: labels locked, values open, lists to choose from."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from yihu.dossiers.tables import table
from yihu.guide.rules import Cell, Definition, Field, FieldType
from yihu.intake.columns import Kind
from yihu.intake.kinds import KINDS
from yihu.intake.whole.layout import (
    CODES_ROW,
    CONTRACTS,
    DEFINED_NAME,
    FIELD_HEADS,
    FIELDS,
    FIRST_FIELD,
    FIRST_LEDGER_ROW,
    FIRST_ROW,
    HIDDEN,
    MONTHS,
    NOTES,
    Base,
    plain_fields,
    seal,
    table_sheets,
    to_cell,
)
from yihu.kit.sheet import new_workbook

SPARE_ROWS = 200
"""Empty rows under a table that are open and have their lists."""
LONGEST_LIST = 255
"""Excel takes a list of that many characters inside the cell's rule."""
_HEAD = {"bold": True, "bg_color": "#E6F1F5", "border": 1, "text_wrap": True, "valign": "vcenter"}
_LABEL = {"bg_color": "#F4F6F7", "border": 1, "text_wrap": True, "valign": "top"}
_OPEN = {
    "locked": False,
    "border": 1,
    "border_color": "#C9D2D9",
    "text_wrap": True,
    "valign": "top",
    "align": "left",
}
WIDE = frozenset({"number", "title", "credit_code", "customer_name"})


def write(
    base: Base, definition: Definition, *, name: str, notes: Sequence[str], mark: str
) -> bytes:
    """`base` as sheets. `notes`: the lines of the first sheet: whose, by whom, how to fill.

    `mark`: secrecy, person, time and trace code, at the foot of every printed page.
    """
    target = BytesIO()
    workbook = new_workbook(target)
    book = _Book(workbook, mark)
    book.notes(name, notes)
    book.fields(base, definition)
    for sheet_name, field in table_sheets(definition).items():
        book.table(sheet_name, field, base.facts.get(field.code) or [])
    book.ledger(CONTRACTS, KINDS["contracts"], contract_rows(base), ("customer_name",))
    book.ledger(MONTHS, KINDS["offtake"], month_rows(base), ("customer_name", "credit_code"))
    hidden = workbook.add_worksheet(HIDDEN)
    for at, part in enumerate(seal(base)):
        hidden.write_string(at, 0, part)
    hidden.protect()
    hidden.very_hidden()
    workbook.define_name(DEFINED_NAME, f"={HIDDEN}!$A$1")
    workbook.get_worksheet_by_name(FIELDS).activate()
    workbook.close()
    return target.getvalue()


def contract_rows(base: Base) -> Iterable[Mapping[str, Any]]:
    """The contracts by the fields of the ledger 合同台账."""
    words = _words("contracts")
    for row in base.contracts:
        unit = _unit(row.get("quantity_unit"))
        yield {**row, **_said(words, row), "unit": unit, "credit_code": base.credit_code}


def month_rows(base: Base) -> Iterable[Mapping[str, Any]]:
    """The months by the fields of the ledger 月度提气量、价."""
    for row in base.offtake:
        yield {**row, "number": row["contract"], "unit": _unit(row.get("quantity_unit"))}


def _words(code: str) -> Mapping[str, Mapping[str, Any]]:
    known = table(code)
    return known.words if known is not None else {}


def _said(words: Mapping[str, Mapping[str, Any]], row: Mapping[str, Any]) -> dict[str, str]:
    return {
        column: str(words[column].get(row[column], row[column]))
        for column in ("source", "direction")
        if column in row
    }


def _unit(code: Any) -> str:
    return str(_words("contracts").get("quantity_unit", {}).get(code, code or ""))


class _Book:
    """The workbook under the pen, with its formats."""

    def __init__(self, workbook: Any, mark: str) -> None:
        self.workbook = workbook
        self.mark = mark.replace("&", "&&")  # a footer takes & for a command
        add = workbook.add_format
        self.head = add(_HEAD)
        self.needed = add({**_HEAD, "font_color": "#B3261E"})
        self.title = add({"bold": True, "font_size": 14})
        self.label = add(_LABEL)
        self.muted = add({**_LABEL, "font_color": "#4A5A64"})
        self.note = add({"text_wrap": True, "valign": "top"})
        self.text = add({**_OPEN, "num_format": "@"})
        self.date = add({**_OPEN, "num_format": "yyyy-mm-dd"})
        self.number = add({**_OPEN, "num_format": "General", "align": "right"})

    def sheet(self, name: str) -> Any:
        """A sheet whose labels are locked and whose rows a person may still add and widen."""
        made = self.workbook.add_worksheet(name)
        made.protect(
            "", {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True}
        )
        made.set_landscape()
        made.set_paper(9)  # A4
        made.fit_to_pages(1, 0)
        made.set_footer(f"&L&8{self.mark}&R&8&P / &N")
        return made

    def notes(self, name: str, lines: Sequence[str]) -> None:
        sheet = self.sheet(NOTES)
        sheet.set_column(0, 0, 100)
        sheet.write_string(0, 0, name, self.title)
        for at, line in enumerate(lines, start=1):
            sheet.write_string(at, 0, line, self.note)

    def fields(self, base: Base, definition: Definition) -> None:
        sheet = self.sheet(FIELDS)
        for at, width in enumerate((4, 18, 26, 60, 48)):
            sheet.set_column(at, at, width)
        sheet.set_column(0, 0, None, None, {"hidden": True})
        sheet.write_string(0, 1, f"{base.number}　{FIELDS}", self.title)
        for at, head in enumerate(FIELD_HEADS):
            sheet.write_string(1, at, head, self.head)
        parts = {part.code: part.label for part in definition.sections}
        for row, field in enumerate(plain_fields(definition), start=FIRST_FIELD - 1):
            sheet.write_string(row, 0, field.code, self.muted)
            sheet.write_string(row, 1, parts.get(field.section, ""), self.muted)
            sheet.write_string(row, 2, field.heading, self.label)
            self.value(sheet, row, 3, field, base.facts.get(field.code))
            sheet.write_string(row, 4, _help(field), self.muted)
            self.choices(sheet, row, row, 3, field)
        sheet.freeze_panes(FIRST_FIELD - 1, 3)
        sheet.repeat_rows(FIRST_FIELD - 2)

    def table(self, name: str, field: Field, rows: Any) -> None:
        sheet = self.sheet(name)
        sheet.write_string(0, 0, field.heading, self.title)
        last = FIRST_ROW - 1 + len(rows) + SPARE_ROWS
        for at, column in enumerate(field.columns):
            width = max(12, 2 * len(column.heading) + 2)
            sheet.set_column(at, at, width, self.format_of(column))
            sheet.write_string(CODES_ROW - 1, at, column.code, self.muted)
            sheet.write_string(
                CODES_ROW, at, column.heading, self.needed if column.needed else self.head
            )
            if said := _help(column):
                sheet.write_comment(CODES_ROW, at, said, {"x_scale": 2})
            self.choices(sheet, FIRST_ROW - 1, last, at, column)
        for place, row in enumerate(rows, start=FIRST_ROW - 1):
            for at, column in enumerate(field.columns):
                self.value(sheet, place, at, column, row.get(column.code))
        sheet.set_row(CODES_ROW - 1, None, None, {"hidden": True})
        if field.help:
            sheet.write_comment(0, 0, field.help, {"x_scale": 3})
        sheet.freeze_panes(FIRST_ROW - 1, 0)
        sheet.repeat_rows(CODES_ROW)

    def ledger(
        self,
        name: str,
        kind: Kind,
        rows: Iterable[Mapping[str, Any]],
        left_out: tuple[str, ...],
    ) -> None:
        sheet = self.sheet(name)
        columns = [one for one in kind.columns if one.field not in left_out]
        sheet.write_string(0, 0, str(kind.title), self.title)
        given = list(rows)
        last = FIRST_LEDGER_ROW - 1 + len(given) + SPARE_ROWS
        for at, column in enumerate(columns):
            needed = column.header or column.missing
            width = 24 if column.field in WIDE else max(12, 2 * len(column.label) + 2)
            sheet.set_column(at, at, width, self.kind_format(kind, column.field))
            sheet.write_string(
                FIRST_LEDGER_ROW - 2, at, column.label, self.needed if needed else self.head
            )
            self.list_of(sheet, FIRST_LEDGER_ROW - 1, last, at, list(map(str, column.choices)))
        for place, row in enumerate(given, start=FIRST_LEDGER_ROW - 1):
            for at, column in enumerate(columns):
                self.put(
                    sheet,
                    place,
                    at,
                    _ledger_value(kind, column.field, row.get(column.field)),
                    self.kind_format(kind, column.field),
                )
        sheet.freeze_panes(FIRST_LEDGER_ROW - 1, 1)
        sheet.repeat_rows(FIRST_LEDGER_ROW - 2)

    def kind_format(self, kind: Kind, field: str) -> Any:
        sql = kind.staged.get(field, "text")
        if sql == "date" and field != "month":
            return self.date
        return self.number if sql.startswith("numeric") else self.text

    def format_of(self, cell: Cell) -> Any:
        formats = {FieldType.NUMBER: self.number, FieldType.DATE: self.date}
        return formats.get(cell.type, self.text)

    def value(self, sheet: Any, row: int, at: int, cell: Cell, value: Any) -> None:
        self.put(sheet, row, at, to_cell(cell, value), self.format_of(cell))

    def put(self, sheet: Any, row: int, at: int, value: Any, look: Any) -> None:
        match value:
            case None | "":
                sheet.write_blank(row, at, None, look)
            case float() | Decimal():
                sheet.write_number(row, at, value, self.number)
            case date():
                sheet.write_datetime(row, at, value, self.date)
            case _:
                sheet.write_string(row, at, str(value), self.text)

    def choices(self, sheet: Any, first: int, last: int, at: int, cell: Cell) -> None:
        if cell.type == FieldType.BOOL:
            self.list_of(sheet, first, last, at, ["是", "否"])
        elif cell.type == FieldType.CHOICE and cell.choices:
            self.list_of(sheet, first, last, at, list(cell.choices.values()))

    def list_of(self, sheet: Any, first: int, last: int, at: int, source: list[str]) -> None:
        """A list to choose from; one that Excel would not take is left to the help."""
        if not source or len(",".join(source)) > LONGEST_LIST or any("," in one for one in source):
            return
        sheet.data_validation(
            first,
            at,
            last,
            at,
            {
                "validate": "list",
                "source": source,
                "error_type": "warning",
                "error_title": "不在列表内",
                "error_message": "请从下拉列表中选择。",
            },
        )


def _ledger_value(kind: Kind, field: str, value: Any) -> Any:
    """A plain text of a version as a cell: figures as numbers, days as dates."""
    if value in (None, ""):
        return ""
    sql = kind.staged.get(field, "text")
    if sql.startswith("numeric"):
        number = Decimal(str(value))
        return number if len(number.as_tuple().digits) <= 15 else str(value)
    if sql == "date" and field != "month":
        return date.fromisoformat(str(value))
    return str(value)


def _help(cell: Cell) -> str:
    """What a person must know to fill the cell, in one line."""
    parts = [cell.help] if isinstance(cell, Field) and cell.help else []
    if cell.type in (FieldType.CHOICES, FieldType.TEXTS):
        parts.append("可填多项，用顿号或换行分开。")
    if cell.choices and (cell.type == FieldType.CHOICES or len(cell.choices) > 8):
        parts.append("可选：" + "、".join(list(cell.choices.values())[:40]) + "。")
    if cell.type == FieldType.DATE:
        parts.append("日期如 2026-10-31。")
    if cell.type == FieldType.FILE:
        parts.append("附件在网页上上传，此处只显示名称，请勿改动。")
    return "".join(parts)
