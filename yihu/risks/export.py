"""The register as a workbook: rows in, bytes out (§5.5)."""

import io
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from yihu.exports.rules import Stamp
from yihu.kit.sheet import new_workbook
from yihu.risks.models import Remark

MOST = 20_000
"""Lines of one workbook."""
WIDTHS = (14, 32, 22, 16, 8, 8, 12, 12, 20, 60, 16, 12, 40, 10, 12, 18)


def heads() -> list[str]:
    """The columns, in the order of `line`."""
    return [
        _("备注编号"),
        _("客户"),
        _("统一社会信用代码"),
        _("类别"),
        _("等级"),
        _("状态"),
        _("发生日"),
        _("发现日"),
        _("发现方式"),
        _("事实"),
        _("损失（元）"),
        _("核实人"),
        _("措施"),
        _("责任人"),
        _("下次复核日"),
        _("单位"),
    ]


def line(remark: Remark) -> list[str | date | Decimal | None]:
    """One remark as a row; dates as dates, money as a number."""
    return [
        remark.number,
        remark.dossier.name_full,
        remark.dossier.credit_code,
        str(remark.get_kind_display()),
        str(remark.get_level_display()),
        str(remark.get_state_display()),
        remark.happened_on,
        remark.found_on,
        remark.found_how,
        remark.facts,
        remark.loss_yuan,
        remark.verified_by,
        remark.measures,
        remark.owner.name,
        remark.next_check_on,
        remark.unit.name,
    ]


def workbook(remarks: Iterable[Remark], *, stamp: Stamp) -> tuple[bytes, int]:
    """The rows as .xlsx, and how many; the last line names who took it."""
    out = io.BytesIO()
    book = new_workbook(out)
    sheet = book.add_worksheet(_("风险备注"))
    bold = book.add_format({"bold": True, "bg_color": "#E6F1F5", "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    money = book.add_format({"num_format": "#,##0.00"})
    for column, (head, width) in enumerate(zip(heads(), WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, head, bold)
    count = 0
    for count, remark in enumerate(remarks, 1):
        for column, value in enumerate(line(remark)):
            if isinstance(value, date):
                sheet.write_datetime(count, column, value, day)
            elif isinstance(value, Decimal):
                sheet.write_number(count, column, value, money)
            elif value:
                sheet.write_string(count, column, value)
    sheet.write_string(count + 2, 0, stamp.line(count))
    sheet.freeze_panes(1, 2)
    if count:
        sheet.autofilter(0, 0, count, len(WIDTHS) - 1)
    sheet.set_header(stamp.header())
    sheet.set_footer("&R&P / &N")
    book.close()
    return out.getvalue(), count
