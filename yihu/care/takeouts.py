"""A segment's customers and the page before a visit on their way out (§5.5)."""

from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import ScopedQuerySet, reach
from yihu.care import actions, brief, queries
from yihu.care.export import MOST, heads, paper, workbook
from yihu.care.filters import MemberFilter
from yihu.care.models import Segment
from yihu.care.policy import may_evaluate, may_take_out
from yihu.care.queries import Member
from yihu.care.rules import known
from yihu.dossiers.models import Dossier
from yihu.dossiers.policy import may_take_out as may_print
from yihu.dossiers.queries import highest_mark
from yihu.exports.kinds import (
    CHUNK,
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
from yihu.exports.rules import Level, Purpose, highest
from yihu.kit.clock import today


def _segment(by: User, asked: Asked) -> tuple[Segment, ScopedQuerySet]:
    """The segment and its customers under the list's filters. Raises: Denied, Unanswerable."""
    require(may_take_out(by), _("导出客群名单的"))
    segment = queries.one(by, UUID(asked.args["pk"]))
    require(may_evaluate(by, known(segment.conditions)), _("按隐去的内容筛选客户的"))
    chosen = MemberFilter(asked.chosen, user=by)
    if not chosen.is_valid():
        raise Unanswerable(*chosen.problems())
    order = chosen.order
    sign = "-" if order.descending else ""
    rows = queries.members(by, segment, chosen.cleaned_data, today())
    return segment, rows.order_by(f"{sign}{order.field}", f"{sign}pk")


def _measure(by: User, asked: Asked) -> Size:
    segment, rows = _segment(by, asked)
    count = rows.count()
    if count > MOST:
        message = _("一次最多导出 %(most)d 户，请用筛选条件缩小范围后再试。")
        raise Unanswerable(message % {"most": MOST})
    level = highest([Level.ORDINARY, *rows.order_by().values_list("secrecy", flat=True).distinct()])
    title = _("客群名单：%(name)s") % {"name": segment.name}
    return Size(
        title,
        count,
        level,
        units_in(rows),
        heads(queries.shown_facts(segment)),
        mark=highest_mark(Dossier.objects.filter(pk__in=rows.order_by().values("pk"))),
    )


def _members(work: Work, segment: Segment, rows: ScopedQuerySet) -> Iterator[Member]:
    watched = work.watched(rows[:MOST])
    while some := list(islice(watched, CHUNK)):
        yield from queries.cared(segment, some, work.today)


def _workbook(work: Work) -> Made:
    segment, rows = _segment(work.by, work.asked)
    stamp = work.stamp
    content, count = workbook(
        _("客群名单"), queries.shown_facts(segment), _members(work, segment, rows), stamp=stamp
    )
    actions.hand_out(work.by, segment, rows=count, trace=work.stamp.trace)
    name = _("客群-%(name)s-%(day)s.xlsx") % {
        "name": _safe(segment.name), "day": f"{localtime(work.at):%Y%m%d-%H%M}",
    }  # fmt: skip
    return Made(content, name, XLSX, count)


def _dossier(by: User, asked: Asked) -> Dossier:
    """Raises: Unreachable, Denied."""
    found: Dossier = reach(brief.dossiers(), by, pk=UUID(asked.args["pk"]))
    require(may_print(by, found.unit_id), _("打印客户档案的"))
    return found


def _measure_brief(by: User, asked: Asked) -> Size:
    file = _dossier(by, asked)
    title = _("访前一页 %(name)s") % {"name": file.name_full}
    return Size(title, 1, Level(file.secrecy), [file.unit_id], (), file.pk, file.mark)


@override("zh-hans")
def _print_brief(work: Work) -> Made:
    file = _dossier(work.by, work.asked)
    found = brief.brief_of(work.by, file, at=work.at, today=work.today)
    stamp = work.stamp
    content = paper(file, found, stamp=stamp, today=work.today)
    told: dict[str, Any] = {"trace": stamp.trace, "bytes": len(content), "secrecy": stamp.secrecy}
    actions.hand_out_brief(work.by, file, facts=told)
    name = f"{file.number}-{_safe(file.name_full)}-{localtime(work.at):%Y%m%d}.pdf"
    return Made(content, name, PDF, 1)


def _safe(name: str) -> str:
    return "".join(letter for letter in name if letter not in '\\/:*?"<>|\n')[:60]


def contribute_all() -> None:
    """Both."""
    contribute(Kind("care.segment", gettext_lazy("导出客群名单"), _measure, _workbook))
    contribute(
        Kind(
            "care.brief",
            gettext_lazy("打印访前一页"),
            _measure_brief,
            _print_brief,
            purpose=Purpose.NEGOTIATE,
        )
    )
