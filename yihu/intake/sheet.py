"""Bytes of a ledger → its rows and their problems. Pure: what needs the database comes later."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import PurePath
from typing import Any

from django.utils.translation import gettext as _

from yihu.intake.columns import Column, Facts, Kind, Values, heading, heading_with_tail
from yihu.intake.rules import RANK, Bad, Problem
from yihu.kit import text
from yihu.kit.sheet import Cell, Fault, Refused, Row, Sheet, read

SEARCHED_ROWS = 30
_TOTALS = re.compile(r"(?:[本全]?[页月年季]?度?(?:合计|小计|总计|累计)|共计|总合计)(?:[:：(（].*)?")
_NOTES = re.compile(
    r"(?:注|备注|说明|附注|附|填报说明|填表说明|填写说明)\d*[:：.、]"
    r"|(?:填报人|填表人|制表人|制表|审核人|审核|复核人|复核|审批人|负责人|单位负责人|部门负责人|经办人|编制人|编制"
    r"|填报日期|填表日期|制表日期|报出日期|填报单位|联系人|联系电话|盖章)\s*(?:[:：]|[(（]|$)"
)
_MONEY_ABOVE = re.compile(r"(?:金额|货币|币)?单位[:：](千元|万元|百万元|亿元|元)")
_DATE_LINE = re.compile(r"(?:填报|填表|制表|编制|报出|打印|更新)(?:日期|时间)[:：]?\S*")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A column of the file that a field claims; `at` counts from 0."""

    at: int
    column: Column
    header: str
    unit: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the table stands in its sheet, and what its columns are."""

    sheet: Sheet
    header_row: int
    header_rows: int
    claimed: tuple[Claimed, ...]
    unknown: tuple[str, ...]
    facts: Facts
    other_sheets: tuple[str, ...]

    def header_of(self, field: str) -> str:
        """The header as it stands in the file, "" where no column claims the field."""
        for one in self.claimed:
            if one.column.field == field:
                return one.header
        return ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A row of the ledger: its staged values in the kind's order, and what is wrong with it.

    `cleared`: fields that a person emptied. A blank cell of a ledger is none of them: it leaves
    what is there.
    """

    row: int
    values: tuple[Any, ...]
    problems: tuple[Problem, ...]
    cleared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ledger:
    """A file whose header was recognised; `rows()` reads it through."""

    kind: Kind
    layout: Layout

    def warnings(self) -> list[Problem]:
        """One for each column that no field claims."""
        return [
            Problem(
                self.layout.header_row,
                header,
                "unknown_header",
                _("“%(header)s”列不在“%(kind)s”的字段内，未导入。")
                % {"header": header, "kind": self.kind.title},
            )
            for header in self.layout.unknown
        ]

    def rows(self) -> Iterator[Checked]:
        """The rows of the table. Raises: Refused, at a claimed formula without a cached value."""
        return _check(self.kind, self.layout)


def open_ledger(content: bytes, name: str, kind: Kind) -> Ledger:
    """Find the table of that kind in a workbook. Raises: Refused."""
    return find_ledger(read(content, name), name, kind)


def find_ledger(sheets: Sequence[Sheet], name: str, kind: Kind) -> Ledger:
    """Find the table of that kind among these sheets. Raises: Refused."""
    best: tuple[tuple[int, int, int], Layout, set[str]] | None = None
    seen: list[str] = []
    filled = False
    for order, sheet in enumerate(sheets):
        head = list(islice(sheet.rows(), SEARCHED_ROWS))
        filled = filled or any(_is_filled(cell) for _number, row in head for cell in row)
        found = _find_header(kind, head)
        if found is None:
            seen.extend(_widest(head))
            continue
        score, header_row, header_rows, headers = found
        layout, unclaimed = _lay_out(kind, sheet, head, header_row, header_rows, headers, name)
        rank = (score, -sheet.hidden, -order)
        if best is None or rank > best[0]:
            best = (rank, layout, unclaimed)
    if best is None:
        if not filled:
            raise Refused("unreadable_file", _("工作表是空的，没有任何内容；请核对后重新上传。"))
        raise _missing_header(kind, {kind.by_field[field].label for field in _needed(kind)}, seen)
    _rank, layout, missing = best
    if missing:
        raise _missing_header(
            kind, missing, [one.header for one in layout.claimed] + list(layout.unknown)
        )
    others = tuple(
        sheet.name for sheet in sheets if sheet.name != layout.sheet.name and not sheet.hidden
    )
    return Ledger(kind, replace(layout, other_sheets=others))


def _needed(kind: Kind) -> list[str]:
    return [column.field for column in kind.columns if column.header] + [
        group[0] for group in kind.one_of
    ]


def _missing_header(kind: Kind, missing: set[str], seen: list[str]) -> Refused:
    return Refused(
        "missing_header",
        _(
            "不是“%(kind)s”的表头：缺少必需的列 %(missing)s。"
            "文件中的表头有：%(seen)s。请对照模板补上缺少的列后再上传。"
        )
        % {
            "kind": kind.title,
            "missing": "、".join(column.label for column in kind.columns if column.label in missing)
            or "、".join(sorted(missing)),
            "seen": "、".join(dict.fromkeys(text.shown(one, 20) for one in seen[:40]))
            or _("（无）"),
        },
    )


def _is_filled(cell: Cell) -> bool:
    return cell != "" and not (isinstance(cell, str) and not text.line(cell))


def _widest(head: list[Row]) -> list[str]:
    """The texts of the row that looks most like a header."""
    rows = [[cell for cell in row if isinstance(cell, str) and text.line(cell)] for _n, row in head]
    return max(rows, key=len, default=[])


# --- the header -------------------------------------------------------------------------------


def _find_header(kind: Kind, head: list[Row]) -> tuple[int, int, int, list[str]] | None:
    """The best there is: fields recognised, row number, rows of header, texts by column.

    Two rows go before one where they name more fields or more units.
    """
    best: tuple[tuple[int, int, int], int, int, list[str]] | None = None
    for place, (number, row) in enumerate(head):
        candidates = [(1, _one_row(row))]
        if place + 1 < len(head):
            candidates.append((2, _two_rows(kind, row, head[place + 1][1])))
        for rows, headers in candidates:
            named = [header for header in headers if _column_of(kind, header) is not None]
            score = len({_column_of(kind, header) for header in named})
            rank = (score, sum(1 for header in named if heading(header)[1]), -rows)
            if score >= 2 and (best is None or rank > best[0]):
                best = (rank, number, rows, headers)
    return None if best is None else (best[0][0], *best[1:])


def _one_row(row: list[Cell]) -> list[str]:
    return [
        text.line(cell) if isinstance(cell, str) else text.shown(cell) if cell != "" else ""
        for cell in row
    ]


def _two_rows(kind: Kind, above: list[Cell], below: list[Cell]) -> list[str]:
    """Texts of a header of two rows; a merged cell above stretches to the right."""
    upper, lower = _one_row(above), _one_row(below)
    width = max(len(upper), len(lower))
    upper += [""] * (width - len(upper))
    lower += [""] * (width - len(lower))
    headers, group = [], ""
    for parent, child in zip(upper, lower, strict=True):
        if parent:
            group = parent
        if not child:
            headers.append(parent)
            continue
        joined = group + child
        for candidate in (joined, child, parent):
            if candidate and _column_of(kind, candidate) is not None:
                headers.append(_with_unit(candidate, group))
                break
        else:
            headers.append(joined if group != child else child)
    return headers


def _with_unit(header: str, group: str) -> str:
    """The group's unit counts for a column that names none itself."""
    unit = heading(group)[1]
    return f"{header}（{unit}）" if unit and not heading(header)[1] else header


def _column_of(kind: Kind, header: str) -> Column | None:
    if not header or len(header) > 60:
        return None
    return kind.by_heading.get(heading(header)[0]) or kind.by_heading.get(
        heading_with_tail(header)[0]
    )


def _lay_out(
    kind: Kind,
    sheet: Sheet,
    head: list[Row],
    header_row: int,
    header_rows: int,
    headers: list[str],
    name: str,
) -> tuple[Layout, set[str]]:
    """The layout, and the labels of required columns that nothing claims."""
    facts, money_unit = _facts(head, header_row, name)
    claimed: dict[str, Claimed] = {}
    unknown: list[str] = []
    for at, header in enumerate(headers):
        if not header:
            continue
        column = _column_of(kind, header)
        if column is None:
            if heading(header)[0] not in kind.ignored_headings:
                unknown.append(header)
            continue
        unit = heading(header)[1] or heading_with_tail(header)[1]
        if column.money and not unit:
            unit = money_unit
        if column.of_year:
            unit = str(facts.year or "")
        one = Claimed(at, column, header, unit)
        other = claimed.get(column.field)
        if other is None:
            claimed[column.field] = one
        elif (
            column.header
            or column.missing
            or (column.field in kind.staged and kind.staged[column.field] != "text")
        ):
            raise Refused(
                "missing_header",
                _(
                    "“%(one)s”和“%(other)s”两列都是“%(label)s”，无法确定用哪一列；请只留一列后再上传。"
                )
                % {"one": other.header, "other": header, "label": column.label},
            )
        else:
            unknown.append(header)
    missing = {
        column.label for column in kind.columns if column.header and column.field not in claimed
    }
    for group in kind.one_of:
        if not any(field in claimed for field in group):
            missing.add(kind.by_field[group[0]].label)
    if kind.measured and "unit" not in claimed:
        measured = claimed.get(kind.measured)
        if measured is not None and not measured.unit:
            missing.add(kind.by_field["unit"].label)
    layout = Layout(
        sheet,
        header_row,
        header_rows,
        tuple(sorted(claimed.values(), key=lambda one: one.at)),
        tuple(unknown),
        facts,
        (),
    )
    return layout, missing


def _facts(head: list[Row], header_row: int, name: str) -> tuple[Facts, str]:
    """Month and year that the title, then the file name speaks of; the unit of money above."""
    above = [
        _DATE_LINE.sub("", text.narrow(cell))
        for number, row in head
        if number < header_row
        for cell in row
        if isinstance(cell, str) and cell
    ]
    above.append(text.narrow(PurePath(name).stem))
    month = next(filter(None, map(text.month_named, above)), None)
    year = next(filter(None, map(text.year_named, above)), None) or (month.year if month else None)
    units = {unit for one in above for unit in _MONEY_ABOVE.findall(one.replace(" ", ""))}
    return Facts(month, year), units.pop() if len(units) == 1 else ""


# --- the rows ---------------------------------------------------------------------------------


def _check(kind: Kind, layout: Layout) -> Iterator[Checked]:
    claimed = [(one.at, one.column.field, one.column.read, one) for one in layout.claimed]
    required = [one for one in layout.claimed if one.column.missing]
    staged = tuple(kind.staged)
    headings = {one.at: heading(one.header)[0] for one in layout.claimed}
    keys = {one.at for one in layout.claimed if one.column.header}
    last_header = layout.header_row + layout.header_rows - 1
    nothing = text.NOTHING
    for number, cells in layout.sheet.rows():
        if number <= last_header or not any(cells):
            continue
        width = len(cells)
        values: Values = {}
        problems: list[Problem] = []
        pending: list[tuple[Claimed, Cell]] = []
        for at, field, reader, one in claimed:
            if at >= width:
                continue
            cell = cells[at]
            if cell == "":
                continue
            if isinstance(cell, str):
                if len(cell) < 8 and text.code(cell) in nothing and not _keeps(one, cell):
                    continue
            elif isinstance(cell, Fault):
                pending.append((one, cell))
                values[field] = None
                continue
            try:
                values[field] = reader(cell, one.unit)
            except Bad as error:
                values[field] = None
                problems.append(Problem(number, one.header, error.code, error.message))
        if not values or _is_aside(cells, keys, headings):
            continue
        for one, cell in pending:
            problems.append(_faulty(number, one, cell))

        for one in required:
            if one.column.field not in values:
                problems.append(_missing(number, one))
        kind.finish(values, layout.facts, _Complaints(kind, layout, number, problems))
        if len(problems) > 1:
            problems.sort(key=lambda problem: RANK[problem.code])
        yield Checked(number, tuple(map(values.get, staged)), tuple(problems))


@dataclass(frozen=True, slots=True)
class _Complaints:
    """What a row's cells together are wrong with goes to the row's problems."""

    kind: Kind
    layout: Layout
    row: int
    problems: list[Problem]

    def __call__(self, field: str, code: str, message: str) -> None:
        header = _header_for(self.kind, self.layout, field)
        self.problems.append(Problem(self.row, header, code, message))


def _keeps(one: Claimed, cell: str) -> bool:
    """A note may say 无; a dash in it still says nothing."""
    return one.column.field == "note" and text.code(cell) in {"无", "暂无", "空"}


def _missing(number: int, one: Claimed) -> Problem:
    return Problem(
        number,
        one.header,
        one.column.missing,
        _("“%(header)s”为空；请填写。") % {"header": one.header},
    )


def _faulty(number: int, one: Claimed, cell: Cell) -> Problem:
    """An error value in a claimed column. Raises: Refused, for a formula without a cached value."""
    assert isinstance(cell, Fault)
    if not cell.text:
        raise Refused(
            "unreadable_file",
            _(
                "单元格 %(address)s（%(header)s）是公式而没有计算结果；"
                "请在 Excel 或 WPS 中打开文件，把公式列复制后“选择性粘贴为数值”，保存再上传。"
            )
            % {"address": cell.address, "header": one.header},
        )
    field = one.column.field
    if field == "credit_code":
        code = "invalid_credit_code"
    elif field == "month":
        code = "invalid_month"
    elif field.endswith("_on"):
        code = "invalid_date"
    elif one.column.missing.startswith("missing_") and one.column.missing != "missing_value":
        code = one.column.missing
    else:
        code = "invalid_number"
    return Problem(
        number,
        one.header,
        code,
        _("单元格 %(address)s 是公式错误 %(value)s；请改成正确的数值。")
        % {"address": cell.address, "value": cell.text},
    )


def _header_for(kind: Kind, layout: Layout, field: str) -> str:
    header = layout.header_of(field)
    if header:
        return header
    for group in kind.one_of:
        if field in group:
            return next(filter(None, map(layout.header_of, group)), "")
    return ""


def _is_aside(cells: list[Cell], keys: set[int], headings: dict[int, str]) -> bool:
    """Whether the row is a total, a note under the table, or the header once more."""
    first = next((cell for cell in cells if _is_filled(cell)), "")
    if isinstance(first, str):
        opening = text.narrow(first).replace(" ", "")
        if _TOTALS.fullmatch(opening):
            return True
        if (
            _NOTES.match(opening)
            and sum(1 for at in keys if at < len(cells) and _is_filled(cells[at])) <= 1
        ):
            return True
    same = 0
    for at, name in headings.items():
        if at < len(cells) and isinstance(cells[at], str) and cells[at]:
            if heading(str(cells[at]))[0] != name:
                return False
            same += 1
    return same >= 2


def value_of(kind: Kind, checked: Checked, field: str) -> Any:
    """A staged value of a checked row by its field."""
    return checked.values[tuple(kind.staged).index(field)]
