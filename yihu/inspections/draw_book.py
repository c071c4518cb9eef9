"""The draw as a workbook: method, seed, digests and the whole population, for whoever redraws."""

import io
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yihu.exports.rules import Stamp
from yihu.inspections.choices import Method
from yihu.inspections.models import Inspection
from yihu.kit.sheet import new_workbook

WIDTHS = (10, 40, 8, 68, 8)


def heads() -> list[str]:
    """The columns of the population."""
    return [_("单位"), _("档案标识"), _("权重"), _("抽签数"), _("抽中")]


def method_said(inspection: Inspection) -> list[tuple[str, str]]:
    """What the draw hangs on, label and value."""
    return [
        (_("抽样方式"), str(inspection.get_method_display())),
        (_("比例或数量"), _amount(inspection)),
        (_("每单位最少"), _files(inspection.minimum)),
        (_("加权"), _("是") if inspection.weighted else _("否")),
        (_("抽样种子"), inspection.seed),
        (_("总体"), _files(inspection.population)),
        (_("抽中"), _files(inspection.drawn)),
        (_("总体摘要"), inspection.population_sha256),
        (_("样本摘要"), inspection.draw_sha256),
    ]


def _amount(inspection: Inspection) -> str:
    """A share of the files or so many of them, whichever the method takes; all take neither."""
    if inspection.method == Method.ALL:
        return "—"
    if inspection.method == Method.SHARE:
        return f"{inspection.amount}%"
    return _files(inspection.amount)


def _files(n: int) -> str:
    return ngettext("%(n)s 份", "%(n)s 份", n) % {"n": f"{n:,}"}


def recipe() -> str:
    """How to draw it again."""
    return _(
        "重抽方法：对每份档案按“种子:档案标识:序号”（序号 1 至权重）取 SHA-256，最小者为抽签数；"
        "各单位按抽签数从小到大取够数量。"
    )


def workbook(
    inspection: Inspection, rows: Iterable[tuple[str, str, int, str, bool]], *, stamp: Stamp
) -> tuple[bytes, int]:
    """The book, and how many files are in it."""
    out = io.BytesIO()
    book = new_workbook(out)
    bold = book.add_format({"bold": True, "bg_color": "#E6F1F5", "bottom": 1})
    about = book.add_worksheet(_("方法"))
    about.set_column(0, 0, 14)
    about.set_column(1, 1, 70)
    about.write_string(0, 0, str(inspection), bold)
    for place, (label, value) in enumerate(method_said(inspection), 1):
        about.write_string(place, 0, label)
        about.write_string(place, 1, value)
    about.write_string(place + 2, 0, recipe())
    sheet = book.add_worksheet(_("总体"))
    for column, (head, width) in enumerate(zip(heads(), WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, head, bold)
    count = 0
    for count, (unit, key, weight, lot, drawn) in enumerate(rows, 1):
        sheet.write_string(count, 0, unit)
        sheet.write_string(count, 1, key)
        sheet.write_number(count, 2, weight)
        sheet.write_string(count, 3, lot)
        sheet.write_string(count, 4, _("是") if drawn else "")
    sheet.freeze_panes(1, 0)
    about.write_string(place + 4, 0, stamp.line(count))
    for page in (about, sheet):
        page.set_header(stamp.header())
    book.close()
    return out.getvalue(), count
