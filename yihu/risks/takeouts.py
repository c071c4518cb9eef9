"""The register of risk remarks on its way out: a core secret, so somebody else agrees (§5.5)."""

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import ScopedQuerySet, scope_of
from yihu.audit import actions as audit
from yihu.dossiers.queries import mark_borne
from yihu.exports.kinds import XLSX, Asked, Kind, Made, Size, Unanswerable, Work, contribute
from yihu.exports.queries import units_in
from yihu.exports.rules import Level
from yihu.kit.clock import today
from yihu.risks import actions, queries
from yihu.risks.export import MOST, heads, workbook
from yihu.risks.filters import RemarkFilter
from yihu.risks.policy import may_take_out


def _rows(by: User, asked: Asked) -> ScopedQuerySet:
    """Only remarks of the person's own units: what a grant opens is read and not taken away.

    Raises: Denied, Unanswerable.
    """
    require(may_take_out(by), _("导出风险备注的"))
    scope = scope_of(by)
    chosen = RemarkFilter(asked.chosen, user=by, many_units=queries.many_units(by))
    if not chosen.is_valid():
        raise Unanswerable(*chosen.problems())
    rows = queries.register(by, chosen.cleaned_data, today())
    if not scope.everything:
        rows = rows.filter(unit__in=scope.own_ids)
    order = chosen.order
    sign = "-" if order.descending else ""
    found: ScopedQuerySet = rows.order_by(f"{sign}{order.field}", f"{sign}pk")
    return found


def _measure(by: User, asked: Asked) -> Size:
    rows = _rows(by, asked)
    count = rows.count()
    if count > MOST:
        message = _("一次最多导出 %(most)d 条，请用筛选条件缩小范围后再试。")
        raise Unanswerable(message % {"most": MOST})
    return Size(
        _("风险备注登记簿"), count, Level.CORE, units_in(rows), heads(), mark=mark_borne(rows)
    )


def _workbook(work: Work) -> Made:
    rows = _rows(work.by, work.asked)
    content, count = workbook(work.watched(rows[:MOST]), stamp=work.stamp)
    conditions = audit.conditions(work.asked.chosen.dict())
    actions.hand_out(work.by, rows=count, conditions=conditions, trace=work.stamp.trace)
    name = _("风险备注-%(day)s.xlsx") % {"day": f"{localtime(work.at):%Y%m%d-%H%M}"}
    return Made(content, name, XLSX, count)


def contribute_all() -> None:
    """The one way."""
    contribute(Kind("risks.xlsx", gettext_lazy("风险备注登记簿"), _measure, _workbook))
