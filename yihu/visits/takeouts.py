"""Visits on their way out: lists, minutes to be signed, invitations (§5.5, 6.2.1d)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.lens import lens_of
from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import ScopedQuerySet, Unreachable, scope_of
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused
from yihu.dossiers.queries import mark_borne
from yihu.dossiers.rules import FileMark
from yihu.exports.kinds import (
    CSV,
    PDF,
    XLSX,
    Asked,
    Kind,
    Made,
    Size,
    Unanswerable,
    Work,
    contribute,
)
from yihu.exports.queries import units_in
from yihu.exports.rules import Level, Purpose
from yihu.visits import actions, export, queries
from yihu.visits.choices import State
from yihu.visits.filters import NeedFilter, VisitFilter
from yihu.visits.models import Visit
from yihu.visits.policy import may_take_out, may_write, reads_minutes

ICS = "text/calendar; charset=utf-8"


# Lists -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class List:
    """A list that leaves: what it is called, its filter, rows, columns, and what the log says."""

    title: Any
    filter: Any
    rows: Callable[[User, dict[str, Any]], ScopedQuerySet]
    heads: Callable[[], list[tuple[str, int]]]
    line: Callable[[Any], Sequence[export.Cell]]
    verb: str
    subject: str
    home: str


VISITS = List(
    gettext_lazy("客户访谈"), VisitFilter,
    lambda user, chosen: queries.exported(queries.register(user, chosen)),
    export.visit_heads, export.visit_line, "visits.exported", "visits.visit", "visits:register",
)  # fmt: skip
NEEDS = List(
    gettext_lazy("客户诉求"), NeedFilter, queries.needs,
    export.need_heads, export.need_line, "needs.exported", "visits.need", "visits:needs",
)  # fmt: skip


def _rows(by: User, asked: Asked, of: List) -> ScopedQuerySet:
    """Raises: Denied, Unanswerable."""
    require(may_take_out(by), _("导出访谈资料的"))
    scope = scope_of(by)
    many = scope.everything or len(scope.own_ids) > 1
    chosen = of.filter(asked.chosen, user=by, many_units=many)
    if not chosen.is_valid():
        raise Unanswerable(*chosen.problems(), back=reverse(of.home))
    order = chosen.order
    sign = "-" if order.descending else ""
    found: ScopedQuerySet = of.rows(by, chosen.cleaned_data).order_by(
        f"{sign}{order.field}", f"{sign}pk"
    )
    return found


def _measured(of: List) -> Callable[[User, Asked], Size]:
    def measure(by: User, asked: Asked) -> Size:
        rows = _rows(by, asked, of)
        count = rows.count()
        if count > export.MOST:
            message = _("一次最多导出 %(most)d 行，请用筛选条件缩小范围后再试。")
            raise Unanswerable(message % {"most": export.MOST}, back=reverse(of.home))
        columns = [head for head, _width in of.heads()]
        return Size(
            str(of.title), count, Level.ORDINARY, units_in(rows), columns, mark=mark_borne(rows)
        )

    return measure


def _made(of: List, ending: str) -> Callable[[Work], Made]:
    """As `xlsx` or `csv`; it bears the strictest mark among the files whose rows leave."""

    def make(work: Work) -> Made:
        rows = _rows(work.by, work.asked, of)
        stamp = work.stamp
        lines = map(of.line, work.watched(rows[: export.MOST]))
        if ending == "csv":
            content, count = export.table(of.heads(), lines, stamp)
        else:
            content, count = export.workbook(str(of.title), of.heads(), lines, stamp)
        conditions = audit.conditions(work.asked.chosen.dict())
        actions.hand_out(
            work.by, of.verb, of.subject, rows=count, conditions=conditions, trace=stamp.trace
        )
        name = f"{of.title}-{localtime(work.at):%Y%m%d-%H%M}.{ending}"
        return Made(content, name, CSV if ending == "csv" else XLSX, count)

    return make


# One visit ---------------------------------------------------------------------------------------


def _written(by: User, asked: Asked) -> Visit:
    """Minutes of the person's own units: what a grant opens is read and not taken away.

    Raises: Unreachable, Denied, Http404 (not written up yet).
    """
    visit = queries.one(by, UUID(asked.args["pk"]))
    lens = lens_of(by, visit.unit_id, visit.dossier.region_code)
    if not reads_minutes(lens):
        raise Unreachable("visits.visit", {"pk": visit.pk})
    require(may_take_out(by) and lens.whole, _("打印访谈纪要的"))
    if visit.state != State.WRITTEN:
        raise Http404
    return visit


def _measure_minutes(by: User, asked: Asked) -> Size:
    visit = _written(by, asked)
    return _size(visit, _("访谈纪要 %(number)s"), visit.dossier.mark)


def _minutes(work: Work) -> Made:
    visit = _written(work.by, work.asked)
    actions.hand_out(
        work.by, "visit.printed", visit, conditions={}, dossier_id=visit.dossier_id,
        trace=work.stamp.trace,
    )  # fmt: skip
    content = export.minutes(
        visit,
        sides=queries.sides_of(visit),
        followups=queries.followups_of(visit),
        needs=queries.needs_of(visit),
        stamp=work.stamp,
    )
    return Made(content, f"{_('访谈纪要')}-{visit.number}.pdf", PDF, 1)


def _planned(by: User, asked: Asked) -> Visit:
    """Raises: Unreachable, Denied, Unanswerable (not planned)."""
    visit = queries.one(by, UUID(asked.args["pk"]))
    require(may_write(by, visit.unit_id), _("登记客户访谈的"))
    if visit.state != State.PLANNED:
        raise _not_now(visit, _("只有已计划、尚未进行的访谈可以发出邀请。"))
    return visit


def _not_now(visit: Visit, why: str) -> Unanswerable:
    return Unanswerable(why, status=409, back=reverse("visits:show", args=[visit.pk]))


def _measure_invitation(by: User, asked: Asked) -> Size:
    return _size(_planned(by, asked), _("访谈邀请 %(number)s"), None)


def _invitation(work: Work) -> Made:
    """The invitation as an .ics file, and that it went out."""
    visit = _planned(work.by, work.asked)
    try:
        done = actions.invite(work.by, visit, trace=work.stamp.trace, at=work.at)
    except Refused as why:
        raise _not_now(visit, str(why)) from why
    content = export.invitation(done, queries.sides_of(done), stamp=work.stamp)
    return Made(content, f"{_('邀请')}-{done.number}.ics", ICS, 1)


def _size(visit: Visit, said: str, mark: FileMark | None) -> Size:
    title = said % {"number": visit.number}
    return Size(title, 1, Level.ORDINARY, [visit.unit_id], (), visit.dossier_id, mark)


def contribute_all() -> None:
    """Lists by the rule of all lists; minutes are for the paper file; inviting is the work."""
    xlsx, csv = _made(VISITS, "xlsx"), _made(VISITS, "csv")
    contribute(Kind("visits.xlsx", gettext_lazy("客户访谈"), _measured(VISITS), xlsx))
    contribute(Kind("visits.csv", gettext_lazy("客户访谈（CSV）"), _measured(VISITS), csv))
    needs = _made(NEEDS, "xlsx")
    contribute(Kind("visits.needs", gettext_lazy("客户诉求"), _measured(NEEDS), needs))
    contribute(
        Kind(
            "visits.minutes", gettext_lazy("打印访谈纪要"), _measure_minutes, _minutes,
            purpose=Purpose.FILING,
        )
    )  # fmt: skip
    contribute(
        Kind(
            "visits.invitation", gettext_lazy("访谈邀请"), _measure_invitation, _invitation,
            free=True, purpose=Purpose.NEGOTIATE, outside=True,
        )
    )  # fmt: skip
