"""Workbooks out: empty templates, the month's template, and the rejected rows to mend."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _

from yihu.exports.rules import Stamp
from yihu.intake.columns import Facts, Kind, heading
from yihu.intake.sheet import Claimed, open_ledger
from yihu.kit.sheet import Cell, Fault, new_workbook
from yihu.kit.text import shown

TEMPLATE_ROWS = 2000
ROW, WHY = "原行号", "问题说明"
"""Headers that every kind ignores, so that the workbook can be uploaded again as it is."""
_HEAD = {"bold": True, "bg_color": "#E6F1F5", "border": 1, "text_wrap": True, "valign": "vcenter"}
_BAD = {"bg_color": "#FDECEB", "font_color": "#B3261E", "border": 1, "border_color": "#B3261E"}


def template(
    kind: Kind,
    *,
    title: str,
    rows: Sequence[Mapping[str, Any]] = (),
    stamp: Stamp | None = None,
) -> bytes:
    """A workbook to fill: title, a line of notes, headers, lists to choose from, given rows.

    `stamp`: who took it, where it holds rows.
    """
    target = BytesIO()
    workbook = new_workbook(target)
    sheet = workbook.add_worksheet(_("填报"))
    head = workbook.add_format(_HEAD)
    required = workbook.add_format({**_HEAD, "font_color": "#B3261E"})
    note = workbook.add_format({"font_color": "#4A5A64", "text_wrap": True, "valign": "top"})
    formats = _formats(workbook, {})
    last = len(kind.columns) - 1
    sheet.merge_range(0, 0, 0, last, title, workbook.add_format({"bold": True, "font_size": 14}))
    sheet.merge_range(1, 0, 1, last, _notes(kind), note)
    sheet.set_row(1, 48)
    groups = {field for group in kind.one_of for field in group[:1]}
    for place, column in enumerate(kind.columns):
        needed = column.header or column.missing or column.field in groups
        sheet.write_string(2, place, column.label, required if needed else head)
        width = max(12, 2 * len(column.label) + 2, 22 if column.field in _WIDE else 0)
        sheet.set_column(place, place, width, formats[_format_of(kind, column.field)])
        if column.choices:
            sheet.data_validation(
                3,
                place,
                2 + TEMPLATE_ROWS,
                place,
                {
                    "validate": "list",
                    "source": list(map(str, column.choices)),
                    "error_type": "warning",
                    "error_title": _("不在列表内"),
                    "error_message": _("请从下拉列表中选择。"),
                },
            )
    for place, row in enumerate(rows, start=3):
        for at, column in enumerate(kind.columns):
            _write(sheet, place, at, row.get(column.field), formats)
    sheet.freeze_panes(3, 0)
    if stamp is not None:
        _stamped(workbook, sheet, stamp, len(rows))
    workbook.close()
    return target.getvalue()


def _formats(workbook: Any, look: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "text": workbook.add_format({**look, "num_format": "@"}),
        "date": workbook.add_format({**look, "num_format": "yyyy-mm-dd"}),
        "number": workbook.add_format({**look, "num_format": "General"}),
    }


_WIDE = frozenset({"credit_code", "name_full", "customer_name", "number", "title"})


def _format_of(kind: Kind, field: str) -> str:
    sql = kind.staged.get(field, "text")
    if sql == "date":
        return "text" if field == "month" else "date"
    return "number" if sql.startswith("numeric") else "text"


def _notes(kind: Kind) -> str:
    notes = [_("说明：红色表头为必填；列的顺序可变，表头文字请勿改动；合计行不会导入。")]
    notes += [f"{column.label}：{column.hint}" for column in kind.columns if column.hint]
    return "".join(notes)


def _write(sheet: Any, row: int, at: int, value: Any, formats: Mapping[str, Any]) -> None:
    match value:
        case None | "":
            return
        case bool():
            sheet.write_boolean(row, at, value, formats["number"])
        case int() | float() | Decimal():
            sheet.write_number(row, at, value, formats["number"])
        case datetime() | date():
            sheet.write_datetime(row, at, value, formats["date"])
        case Fault():
            sheet.write_string(row, at, value.text, formats["text"])
        case str():
            sheet.write_string(row, at, str(value), formats["text"])
        case _:
            sheet.write_string(row, at, shown(value), formats["text"])


def _stamped(workbook: Any, sheet: Any, stamp: Stamp, rows: int) -> None:
    """Who took it stands on a sheet of its own, so that the ledger comes in again as it is."""
    sheet.set_header(stamp.header())
    about = workbook.add_worksheet(_("导出信息"))
    about.set_column(0, 0, 110)
    about.write_string(0, 0, stamp.line(rows))
    about.set_header(stamp.header())


def rejected_rows(
    kind: Kind,
    *,
    name: str,
    content: bytes,
    problems: Sequence[Mapping[str, Any]],
    stamp: Stamp,
) -> bytes:
    """The rejected rows as they stand in the file, each bad cell red with a comment, and why.

    Mended, the workbook can be uploaded as it is. Raises: Refused.
    """
    ledger = open_ledger(content, name, kind)
    by_row: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for problem in problems:
        by_row[problem["row"]].append(problem)
    target = BytesIO()
    workbook = new_workbook(target)
    sheet = workbook.add_worksheet(_("拒收"))
    head = workbook.add_format(_HEAD)
    title = workbook.add_format({"bold": True})
    formats = _formats(workbook, {})
    bad = _formats(workbook, _BAD)
    wrapped = workbook.add_format({"text_wrap": True, "font_color": "#B3261E"})
    claimed = ledger.layout.claimed
    places = {one.header: place for place, one in enumerate(claimed, start=2)}
    sheet.write_string(0, 0, _title(kind, ledger.layout.facts), title)
    for place, label in enumerate([ROW, WHY, *map(_header, claimed)]):
        sheet.write_string(1, place, label, head)
    sheet.set_column(0, 0, 8)
    sheet.set_column(1, 1, 60)
    sheet.set_column(2, 1 + len(claimed), 18)
    line = 1
    for number, cells in ledger.layout.sheet.rows():
        found = by_row.get(number)
        if found is None:
            continue
        line += 1
        sheet.write_number(line, 0, number)
        sheet.write_string(line, 1, "\n".join(problem["message"] for problem in found), wrapped)
        wrong = defaultdict(list)
        for problem in found:
            wrong[places.get(problem["column"], 1)].append(problem["message"])
        for place, one in enumerate(claimed, start=2):
            cell: Cell = cells[one.at] if one.at < len(cells) else ""
            if place in wrong:
                sheet.write_blank(line, place, None, bad["text"])
                sheet.write_comment(line, place, "\n".join(wrong[place]), {"x_scale": 2})
            _write(sheet, line, place, cell, bad if place in wrong else formats)
    sheet.freeze_panes(2, 2)
    _stamped(workbook, sheet, stamp, line - 1)
    workbook.close()
    return target.getvalue()


def _title(kind: Kind, facts: Facts) -> str:
    """The title's month or year goes along: rows without one of their own belong to it."""
    if facts.month is not None:
        return f"{kind.title} {facts.month.year}年{facts.month.month}月"
    return f"{kind.title} {facts.year}年" if facts.year is not None else str(kind.title)


def _header(one: Claimed) -> str:
    """The header with the unit that was named above the table."""
    if one.column.money and one.unit and not heading(one.header)[1]:
        return f"{one.header}（{one.unit}）"
    return one.header
