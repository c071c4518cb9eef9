"""A list as a file that may leave the house: one query in, a finished file out (§5.5)."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import ScopedQuerySet
from yihu.audit import actions as audit
from yihu.desk.desks import desk_of
from yihu.desk.queries import dossier_line
from yihu.dossiers.models import NEVER

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
CHUNK = 2000


@transaction.atomic
def export_dossiers(
    by: User, rows: ScopedQuerySet, *, as_kind: str, at: datetime, conditions: dict[str, str]
) -> IO[bytes]:
    """The files as `xlsx` or `csv`, in the order of `rows`; the reader closes the result.

    The last line names who took it and when. Raises: Denied.
    """
    require(desk_of(by).exports, _("导出档案列表的"))
    trace = _("导出人：%(who)s　时间：%(when)s　仅供内部使用，不得外传（§5.5）") % {
        "who": by,
        "when": f"{at:%Y-%m-%d %H:%M}",
    }
    target = TemporaryFile()  # noqa: SIM115  # the response that sends it closes it
    count = WRITERS[as_kind](target, _heads(), _lines(rows, at.date()), trace)
    target.seek(0)
    audit.record(
        by,
        "dossiers.exported",
        "dossiers.dossier",
        data={"rows": count, "kind": as_kind, "conditions": conditions},
    )
    return target


def _heads() -> list[str]:
    return [
        _("档案编号"),
        _("客户名称"),
        _("统一社会信用代码"),
        _("客户分类"),
        _("区域"),
        _("用气类型"),
        _("所属单位"),
        _("填报人"),
        _("状态"),
        _("建档日期"),
        _("下次截止"),
    ]


def _lines(rows: ScopedQuerySet, today: date) -> Iterator[list[str | date | None]]:
    for file in rows.iterator(chunk_size=CHUNK):
        line = dossier_line(file, None if file.next_due_on == NEVER else file.next_due_on, today)
        yield [
            file.number,
            file.name_full,
            file.credit_code,
            file.get_klass_display() if file.klass else _("未分类"),
            line.region,
            line.uses,
            file.unit.name,
            file.filler.name if file.filler is not None else "",
            file.get_state_display(),
            file.opened_on,
            None if line.due is None else line.due.on,
        ]


def _write_xlsx(
    target: IO[bytes], heads: list[str], lines: Iterable[list[str | date | None]], trace: str
) -> int:
    book = xlsxwriter.Workbook(
        target,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    sheet = book.add_worksheet(_("客户档案"))
    bold = book.add_format({"bold": True, "bg_color": "#E6F1F5", "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for column, width in enumerate((16, 32, 22, 11, 18, 20, 18, 10, 8, 12, 12)):
        sheet.set_column(column, column, width)
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, bold)
    count = 0
    for count, line in enumerate(lines, 1):
        for column, value in enumerate(line):
            if isinstance(value, date):
                sheet.write_datetime(count, column, value, day)
            elif value:
                sheet.write_string(count, column, value)
    sheet.write_string(count + 2, 0, trace)
    sheet.freeze_panes(1, 2)
    if count:
        sheet.autofilter(0, 0, count, len(heads) - 1)
    sheet.set_footer("&R&P / &N")
    book.close()
    return count


def _write_csv(
    target: IO[bytes], heads: list[str], lines: Iterable[list[str | date | None]], trace: str
) -> int:
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(heads)
    count = 0
    for line in lines:
        writer.writerow([inert(value) for value in line])
        count += 1
    writer.writerow([trace])
    text.detach()
    return count


def inert(value: str | date | None) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


WRITERS: dict[str, Callable[[IO[bytes], list[str], Any, str], int]] = {
    "xlsx": _write_xlsx,
    "csv": _write_csv,
}
