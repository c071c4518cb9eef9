"""The register as a workbook and as a printed book: rows in, bytes out (§5.5, 6.3.3)."""

import io
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

from yihu.exports.rules import Stamp
from yihu.kit.pdf import typeset
from yihu.kit.sheet import new_workbook
from yihu.letters.models import Letter

MOST = 20_000
"""Lines of one workbook."""
PRINTED_MOST = 2_000
"""Lines of one print: eighty sheets, five seconds."""
PAGE = Path(__file__).parent / "typst" / "register.typ"
WIDTHS = (13, 8, 18, 12, 26, 36, 26, 10, 12, 12, 14, 20, 10, 16)


def heads() -> list[str]:
    """The columns, in the order of `line`."""
    return [
        _("登记号"),
        _("收发"),
        _("文号"),
        _("函件日期"),
        _("对方单位"),
        _("主题"),
        _("客户"),
        _("密级"),
        _("回复期限"),
        _("回复日期"),
        _("回复"),
        _("说明"),
        _("登记人"),
        _("单位"),
    ]


def line(letter: Letter, today: date) -> list[str | date | None]:
    """One letter as a row; dates as dates."""
    return [
        letter.register_number,
        str(letter.get_direction_display()),
        letter.number,
        letter.dated_on,
        letter.counterpart,
        letter.subject,
        letter.dossier.name_full,
        str(letter.get_sensitivity_display()),
        letter.reply_due_on,
        letter.answered_on,  # type: ignore[attr-defined]  # annotated by the query
        str(letter.standing(today).label),
        letter.voided_reason or letter.waived_reason,
        letter.entered_by.name,
        letter.unit.name,
    ]


def workbook(letters: Iterable[Letter], *, today: date, stamp: Stamp) -> tuple[bytes, int]:
    """The rows as .xlsx, and how many; the last line names who took it."""
    out = io.BytesIO()
    book = new_workbook(out)
    sheet = book.add_worksheet(_("往来函件"))
    bold = book.add_format({"bold": True, "bg_color": "#E6F1F5", "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    for column, (head, width) in enumerate(zip(heads(), WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, head, bold)
    count = 0
    for count, letter in enumerate(letters, 1):
        for column, value in enumerate(line(letter, today)):
            if isinstance(value, date):
                sheet.write_datetime(count, column, value, day)
            elif value:
                sheet.write_string(count, column, value)
    sheet.write_string(count + 2, 0, stamp.line(count))
    sheet.freeze_panes(1, 1)
    if count:
        sheet.autofilter(0, 0, count, len(WIDTHS) - 1)
    sheet.set_header(stamp.header())
    sheet.set_footer("&R&P / &N")
    book.close()
    return out.getvalue(), count


def book(
    letters: Sequence[Letter], *, today: date, stamp: Stamp, about: Sequence[tuple[str, str]]
) -> bytes:
    """The rows as a PDF to be bound: A4 across, the stamp on each page, `about` at the head."""
    rows = [["" if value is None else str(value) for value in line(row, today)] for row in letters]
    return typeset(
        PAGE,
        {
            "title": _("往来函件登记簿"),
            "clause": _("依据《客户档案管理细则》§4.3c、6.3.3"),
            "secrecy": stamp.secrecy,
            "mark": stamp.mark,
            "trace": stamp.foot,
            "about": [list(pair) for pair in about],
            "heads": heads(),
            "rows": rows,
            "none": _("没有符合条件的函件。"),
        },
    )
