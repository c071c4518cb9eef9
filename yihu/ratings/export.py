"""A round's scores as a workbook: rows in, bytes out (§5.5)."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.kit.sheet import new_workbook
from yihu.ratings.models import RatingScore
from yihu.ratings.rules import Definition

MOST = 20_000
"""Lines of one workbook."""


def trace_of(by: User, at: datetime) -> str:
    """Who took it and when, as it stands in every sheet."""
    return _("导出人：%(who)s　时间：%(when)s　仅供内部使用，不得外传（§5.5）") % {
        "who": by,
        "when": f"{at:%Y-%m-%d %H:%M}",
    }


def workbook(scores: Iterable[RatingScore], definition: Definition, *, trace: str) -> bytes:
    """The rows as .xlsx, with input and points of every indicator; the last line is the trace."""
    out = io.BytesIO()
    book = new_workbook(out)
    sheet = book.add_worksheet(_("评级得分"))
    bold = book.add_format({"bold": True, "bg_color": "#E6F1F5", "bottom": 1, "text_wrap": True})
    two = book.add_format({"num_format": "0.00"})
    four = book.add_format({"num_format": "#,##0.00##"})
    heads = [
        _("客户"), _("统一社会信用代码"), _("单位"), _("得分"), _("等级"), _("上次得分"),
        _("上次等级"), _("客户得分"), _("现分类"), _("建议分类"),
    ]  # fmt: skip
    for line in definition.indicators:
        heads += [
            _("%(name)s：数值") % {"name": line.name},
            _("%(name)s：得分") % {"name": line.name},
        ]
    for column, head in enumerate(heads):
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
    sheet.write_string(row + 2, 0, trace)
    sheet.freeze_panes(1, 1)
    book.close()
    return out.getvalue()


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
