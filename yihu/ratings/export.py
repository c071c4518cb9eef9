"""A round's scores as a workbook: rows in, bytes out (§5.5)."""

import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from yihu.exports.rules import Stamp
from yihu.kit.sheet import new_workbook
from yihu.ratings.models import RatingScore
from yihu.ratings.rules import Definition

MOST = 20_000
"""Lines of one workbook."""


def heads(definition: Definition) -> list[str]:
    """The columns, in the order of `_line`: two of each indicator."""
    found = [
        _("客户"), _("统一社会信用代码"), _("单位"), _("得分"), _("等级"), _("上次得分"),
        _("上次等级"), _("客户得分"), _("现分类"), _("建议分类"),
    ]  # fmt: skip
    for line in definition.indicators:
        found += [
            _("%(name)s：数值") % {"name": line.name},
            _("%(name)s：得分") % {"name": line.name},
        ]
    return found


def workbook(
    scores: Iterable[RatingScore], definition: Definition, *, stamp: Stamp
) -> tuple[bytes, int]:
    """The rows as .xlsx, with input and points of every indicator, and how many; the last line
    names who took it."""
    out = io.BytesIO()
    book = new_workbook(out)
    sheet = book.add_worksheet(_("评级得分"))
    bold = book.add_format({"bold": True, "bg_color": "#E6F1F5", "bottom": 1, "text_wrap": True})
    two = book.add_format({"num_format": "0.00"})
    four = book.add_format({"num_format": "#,##0.00##"})
    for column, head in enumerate(heads(definition)):
        sheet.write_string(0, column, head, bold)
        sheet.set_column(column, column, 26 if column == 0 else 20 if column == 1 else 11)
    row = 0
    for row, score in enumerate(scores, start=1):
        for column, value in enumerate(_line(score, definition)):
            if isinstance(value, Decimal):
                sheet.write_number(
                    row, column, value, two if value.as_tuple().exponent == -2 else four
                )
            elif value:
                sheet.write_string(row, column, value)
    sheet.write_string(row + 2, 0, stamp.line(row))
    sheet.freeze_panes(1, 1)
    sheet.set_header(stamp.header())
    sheet.set_footer("&R&P / &N")
    book.close()
    return out.getvalue(), row


def _line(score: RatingScore, definition: Definition) -> Sequence[str | Decimal | None]:
    details = [
        Decimal(said) if (said := score.details.get(line.code, {}).get(key)) else None
        for line in definition.indicators
        for key in ("input", "points")
    ]
    return [
        score.dossier.name_full,
        score.dossier.credit_code,
        score.unit.name,
        score.score,
        score.grade,
        score.score_before,
        score.grade_before,
        score.joined,
        str(score.get_klass_now_display()),
        str(score.get_klass_display()),
        *details,
    ]
