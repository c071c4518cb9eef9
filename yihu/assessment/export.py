"""The places of a period as a workbook and as CSV: rows in, bytes out (§5.5)."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from yihu.exports.rules import Stamp
from yihu.kit.sheet import new_workbook

Cell = str | int | Decimal | None
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def workbook(heads: Sequence[str], rows: Sequence[Sequence[Cell]], stamp: Stamp) -> bytes:
    """As .xlsx, numbers as numbers; the last line names who took it."""
    out = io.BytesIO()
    book = new_workbook(out)
    sheet = book.add_worksheet(_("单位考核"))
    bold = book.add_format({"bold": True, "bg_color": "#E6F1F5", "bottom": 1, "text_wrap": True})
    two = book.add_format({"num_format": "0.00"})
    for column, head in enumerate(heads):
        sheet.set_column(column, column, 24 if column == 2 else 11)
        sheet.write_string(0, column, head, bold)
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, Decimal):
                sheet.write_number(number, column, value, two)
            elif isinstance(value, int):
                sheet.write_number(number, column, value)
            elif value:
                sheet.write_string(number, column, value)
    sheet.write_string(len(rows) + 2, 0, stamp.line(len(rows)))
    sheet.freeze_panes(1, 3)
    sheet.set_header(stamp.header())
    sheet.set_footer("&R&P / &N")
    book.close()
    return out.getvalue()


def table(heads: Sequence[str], rows: Sequence[Sequence[Cell]], stamp: Stamp) -> bytes:
    """As CSV that Excel reads as UTF-8; no text begins a formula, numbers stay as they are."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    for row in rows:
        writer.writerow([
            f"'{value}" if isinstance(value, str) and value.startswith(FORMULA)
            else "" if value is None else str(value)
            for value in row
        ])  # fmt: skip
    writer.writerow([stamp.line(len(rows))])
    return out.getvalue().encode("utf-8-sig")
