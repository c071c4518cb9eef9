"""The scores of a round on their way out: a core secret, so somebody else agrees (§5.5)."""

from uuid import UUID

from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import ScopedQuerySet
from yihu.audit import actions as audit
from yihu.dossiers.queries import mark_borne
from yihu.exports.kinds import XLSX, Asked, Kind, Made, Size, Unanswerable, Work, contribute
from yihu.exports.queries import units_in
from yihu.exports.rules import Level
from yihu.ratings import actions, queries
from yihu.ratings.export import MOST, heads, workbook
from yihu.ratings.filters import score_filter
from yihu.ratings.models import RatingRound
from yihu.ratings.policy import may_rate
from yihu.ratings.rules import Definition, parse


def _rows(by: User, asked: Asked) -> tuple[RatingRound, Definition, ScopedQuerySet]:
    """Raises: Denied, Http404, Unanswerable."""
    require(may_rate(by), _("导出评级得分的"))
    found = queries.round_of(UUID(asked.args["rating"]))
    definition = parse(found.scheme.definition)
    chosen = score_filter(asked.chosen, by, found, definition)
    if not chosen.is_valid():
        raise Unanswerable(*chosen.problems(), back=reverse("ratings:scores", args=[found.pk]))
    order = chosen.order
    sign = "-" if order.descending else ""
    rows = queries.scores(by, found, chosen.cleaned_data, definition)
    rows = rows.select_related("round")
    return found, definition, rows.order_by(f"{sign}{order.field}", f"{sign}pk")


def _measure(by: User, asked: Asked) -> Size:
    found, definition, rows = _rows(by, asked)
    count = rows.count()
    if count > MOST:
        message = _("一次最多导出 %(most)d 行，请用筛选条件缩小范围后再试。")
        back = reverse("ratings:scores", args=[found.pk])
        raise Unanswerable(message % {"most": MOST}, back=back)
    title = _("%(year)d 年评级得分") % {"year": found.year}
    return Size(title, count, Level.CORE, units_in(rows), heads(definition), mark=mark_borne(rows))


def _workbook(work: Work) -> Made:
    found, definition, rows = _rows(work.by, work.asked)
    content, count = workbook(work.watched(rows[:MOST]), definition, stamp=work.stamp)
    conditions = audit.conditions(work.asked.chosen.dict())
    actions.hand_out(work.by, found, rows=count, conditions=conditions, trace=work.stamp.trace)
    name = _("评级得分-%(year)d-%(day)s.xlsx") % {
        "year": found.year,
        "day": f"{localtime(work.at):%Y%m%d-%H%M}",
    }
    return Made(content, name, XLSX, count)


def contribute_all() -> None:
    """The one way."""
    contribute(Kind("ratings.xlsx", gettext_lazy("评级得分"), _measure, _workbook))
