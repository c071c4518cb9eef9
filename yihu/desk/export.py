"""A list as a file that may leave the house: one query in, a finished file out (§5.5)."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.customers.rules import Klass
from yihu.desk import boards
from yihu.desk.queries import GAS_USE
from yihu.dossiers import marks
from yihu.dossiers.models import NEVER
from yihu.dossiers.rules import State
from yihu.exports.rules import Stamp
from yihu.org.regions import name_of

FORMULA_STARTS = frozenset("=+-@\t\r\n\0＝＋－＠")
CHUNK = 2000
Cell = str | int | Decimal | date | None
"""A number stays one: it can be added up in the workbook."""


@dataclass(frozen=True, slots=True)
class Table:
    """What goes into a file: columns with their widths, lines, and who took it."""

    title: str
    columns: Sequence[tuple[str, int]]
    lines: Iterable[Sequence[Cell]]
    stamp: Stamp


def dossier_columns() -> list[tuple[str, int]]:
    return [
        (_("档案编号"), 16),
        (_("客户名称"), 32),
        (_("统一社会信用代码"), 22),
        (_("客户分类"), 11),
        (_("区域"), 18),
        (_("用气类型"), 20),
        (_("所属单位"), 18),
        (_("填报人"), 10),
        (_("状态"), 8),
        (_("建档日期"), 12),
        (_("下次截止"), 12),
        (_("风险"), 8),
    ]


@dataclass(slots=True)
class FileRow:
    """What the line of a file is made of; no more of it is read (a whole file costs ten times)."""

    pk: UUID
    number: str
    name: str
    credit_code: str
    klass: str
    region_code: str
    gas_uses: Sequence[str]
    unit: str
    filler: str | None
    state: str
    opened_on: date
    due_on: date
    risk: marks.Mark | None = None


FIELDS = (
    "pk", "number", "name_full", "credit_code", "klass", "region_code", "gas_uses", "unit__name",
    "filler__name", "state", "opened_on", "next_due_on",
)  # fmt: skip


def dossier_rows(by: User, rows: ScopedQuerySet) -> Iterator[FileRow]:
    """The files with their marks of risk, some at a time: one query more for each."""
    stream = rows.values_list(*FIELDS).iterator(chunk_size=CHUNK)
    while files := [FileRow(*row) for row in islice(stream, CHUNK)]:
        marks.put(by, files)
        yield from files


def dossier_lines(files: Iterable[FileRow]) -> Iterator[list[str | date | None]]:
    """A line each, codes said in words, dates as dates."""
    klasses = {code: str(label) for code, label in Klass.choices} | {"": _("未分类")}
    states = {code: str(label) for code, label in State.choices}
    region = cache(name_of)
    uses = cache(lambda codes: "、".join(str(GAS_USE.get(code, code)) for code in codes))
    for file in files:
        yield [
            file.number,
            file.name,
            file.credit_code,
            klasses[file.klass],
            region(file.region_code) if file.region_code else "",
            uses(tuple(file.gas_uses)),
            file.unit,
            file.filler or "",
            states[file.state],
            file.opened_on,
            None if file.due_on == NEVER else file.due_on,
            file.risk.label if file.risk else "",
        ]


def duty_columns() -> list[tuple[str, int]]:
    return [
        (_("客户名称"), 32),
        (_("档案编号"), 16),
        (_("任务"), 18),
        (_("周期"), 18),
        (_("客户分类"), 11),
        (_("所属单位"), 18),
        (_("填报人"), 10),
        (_("截止日"), 12),
        (_("状态"), 10),
        (_("完成日"), 12),
        (_("迟办天数"), 10),
    ]


def duty_lines(rows: Iterable[Any], today: date) -> Iterator[list[Cell]]:
    """A line each, by the same words and days as the list."""
    for row in rows:
        (line,) = boards.duty_lines([row], today)
        filler = row.dossier.filler
        yield [
            row.dossier.name_full,
            row.dossier.number,
            row.get_kind_display(),
            line.period,
            line.klass or _("未分类"),
            row.unit.name,
            "" if filler is None else filler.name,
            row.due_on,
            str(line.state.label),
            row.done_on,
            line.late_days or None,
        ]


def write(table: Table, as_kind: str) -> tuple[bytes, int]:
    """The table as `xlsx` or `csv`, and how many lines."""
    target = io.BytesIO()
    count = WRITERS[as_kind](target, table)
    return target.getvalue(), count


def _write_xlsx(target: IO[bytes], table: Table) -> int:
    from xlsxwriter import Workbook

    book = Workbook(
        target,
        {
            "constant_memory": True,
            "tmpdir": str(settings.EXPORT_TEMP),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    sheet = book.add_worksheet(table.title)
    bold = book.add_format({"bold": True, "bg_color": "#E6F1F5", "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for column, (head, width) in enumerate(table.columns):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, head, bold)
    count = 0
    for count, line in enumerate(table.lines, 1):
        for column, value in enumerate(line):
            if isinstance(value, date):
                sheet.write_datetime(count, column, value, day)
            elif isinstance(value, int | Decimal):
                sheet.write_number(count, column, float(value))
            elif value:
                sheet.write_string(count, column, value)
    sheet.write_string(count + 2, 0, table.stamp.line(count))
    sheet.freeze_panes(1, 2)
    if count:
        sheet.autofilter(0, 0, count, len(table.columns) - 1)
    sheet.set_header(table.stamp.header())
    sheet.set_footer("&R&P / &N")
    book.close()
    return count


def _write_csv(target: IO[bytes], table: Table) -> int:
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow([head for head, _width in table.columns])
    count = 0
    for line in table.lines:
        writer.writerow([inert(value) for value in line])
        count += 1
    writer.writerow([table.stamp.line(count)])
    text.detach()
    return count


def inert(value: Cell) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in FORMULA_STARTS else text


WRITERS: dict[str, Callable[[IO[bytes], Table], int]] = {
    "xlsx": _write_xlsx,
    "csv": _write_csv,
}
