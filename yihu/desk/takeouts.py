"""What the desk's lists let out of the house: the files, the log (§5.5)."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import ScopedQuerySet
from yihu.audit import actions as audit
from yihu.audit.models import Event
from yihu.desk import boards, queries, ready
from yihu.desk.desks import desk_of
from yihu.desk.export import (
    CHUNK,
    Table,
    dossier_columns,
    dossier_lines,
    dossier_rows,
    duty_columns,
    duty_lines,
    write,
)
from yihu.desk.filters import DossierFilter, DutyFilter
from yihu.desk.log import queries as log
from yihu.desk.log.export import MOST, event_columns, event_rows
from yihu.desk.log.filters import EventFilter
from yihu.dossiers.models import Dossier
from yihu.dossiers.queries import highest_mark
from yihu.exports.kinds import CSV, XLSX, Asked, Kind, Made, Size, Unanswerable, Work, contribute
from yihu.exports.queries import counted, units_in
from yihu.exports.rules import Level
from yihu.kit.clock import today

MEDIA = {"xlsx": XLSX, "csv": CSV}


def _files(by: User, asked: Asked) -> ScopedQuerySet:
    """Only files of the person's own units: what a grant opens is read and not taken away.

    Raises: Denied, Unanswerable.
    """
    desk = desk_of(by)
    require(desk.exports, _("导出档案列表的"))
    chosen = DossierFilter(asked.chosen, user=by, desk=desk)
    if not chosen.is_valid():
        raise Unanswerable(*chosen.problems())
    rows = queries.dossiers(by, chosen.cleaned_data, today())
    if not desk.scope.everything:
        rows = rows.filter(unit__in=desk.scope.own_ids)
    order = chosen.order
    sign = "-" if order.descending else ""
    found: ScopedQuerySet = rows.order_by(f"{sign}{order.field}", f"{sign}pk")
    return found


def _measure_files(by: User, asked: Asked) -> Size:
    rows = _files(by, asked)
    count, units = counted(rows)
    columns = [head for head, _width in dossier_columns()]
    return Size(
        _("客户档案列表"),
        count,
        Level.ORDINARY,
        units,
        columns,
        mark=highest_mark(rows),
    )


def _produce_files(work: Work) -> Made:
    as_kind = work.asked.args["kind"]
    rows = _files(work.by, work.asked)
    if as_kind == "csv":
        chunks = work.watched(ready.lines(work.by, rows), each=ready.ASKS)
        content, count = ready.write(dossier_columns(), chunks, work.stamp)
    else:
        files = work.watched(dossier_rows(work.by, rows))
        table = Table(_("客户档案"), dossier_columns(), dossier_lines(files), work.stamp)
        content, count = write(table, as_kind)
    data = {
        "rows": count,
        "kind": as_kind,
        "conditions": audit.conditions(work.asked.chosen.dict()),
        "trace": work.stamp.trace,
    }
    audit.record(work.by, "dossiers.exported", "dossiers.dossier", data=data)
    name = _("客户档案列表-%(day)s.%(kind)s") % {"day": _stamp(work), "kind": as_kind}
    return Made(content, name, MEDIA[as_kind], count)


def _duties(by: User, asked: Asked) -> ScopedQuerySet:
    """Raises: Denied, Unanswerable."""
    desk = desk_of(by)
    require(desk.exports, _("导出更新任务的"))
    chosen = DutyFilter(asked.chosen, user=by, desk=desk, today=today())
    if not chosen.is_valid():
        raise Unanswerable(*chosen.problems())
    order = chosen.order
    sign = "-" if order.descending else ""
    found: ScopedQuerySet = boards.duties(by, chosen.cleaned_data, today()).order_by(
        f"{sign}{order.field}", f"{sign}pk"
    )
    return found


def _measure_duties(by: User, asked: Asked) -> Size:
    rows = _duties(by, asked)
    columns = [head for head, _width in duty_columns()]
    files = Dossier.objects.filter(pk__in=rows.order_by().values("dossier"))
    return Size(
        _("更新任务列表"),
        rows.count(),
        Level.ORDINARY,
        units_in(rows),
        columns,
        mark=highest_mark(files),
    )


def _produce_duties(work: Work) -> Made:
    as_kind = work.asked.args["kind"]
    rows = _duties(work.by, work.asked)
    lines = duty_lines(work.watched(rows.iterator(chunk_size=CHUNK)), work.today)
    content, count = write(Table(_("更新任务"), duty_columns(), lines, work.stamp), as_kind)
    data = {
        "rows": count,
        "kind": as_kind,
        "conditions": audit.conditions(work.asked.chosen.dict()),
        "trace": work.stamp.trace,
    }
    audit.record(work.by, "duties.exported", "duties.duty", data=data)
    name = _("更新任务列表-%(day)s.%(kind)s") % {"day": _stamp(work), "kind": as_kind}
    return Made(content, name, MEDIA[as_kind], count)


def _events(by: User, asked: Asked) -> QuerySet[Event]:
    require(desk_of(by).audits, _("导出操作日志的"))
    chosen = EventFilter(asked.chosen)
    if not chosen.is_valid():
        raise Unanswerable(*chosen.problems())
    return log.events(chosen.cleaned_data)


def _measure_events(by: User, asked: Asked) -> Size:
    rows = _events(by, asked)
    if rows[MOST : MOST + 1].exists():
        text = _("符合条件的记录超过 %(most)d 条，请用日期或其他条件缩小范围后再导出。")
        raise Unanswerable(text % {"most": MOST})
    columns = [head for head, _width in event_columns()]
    return Size(_("操作日志"), rows.count(), Level.PERSONAL, (), columns)


def _produce_events(work: Work) -> Made:
    as_kind = work.asked.args["kind"]
    lines: Iterator[Any] = work.watched(event_rows(_events(work.by, work.asked)))
    content, count = write(Table(_("操作日志"), event_columns(), lines, work.stamp), as_kind)
    data = {
        "rows": count,
        "kind": as_kind,
        "conditions": audit.conditions(work.asked.chosen.dict()),
        "trace": work.stamp.trace,
    }
    audit.record(work.by, "events.exported", "audit.event", data=data)
    name = _("操作日志-%(day)s.%(kind)s") % {"day": _stamp(work), "kind": as_kind}
    return Made(content, name, MEDIA[as_kind], count)


def _stamp(work: Work) -> str:
    return f"{localtime(work.at):%Y%m%d-%H%M}"


def contribute_all() -> None:
    """The log says nothing of customers and its reader answers to nobody of the business side."""
    files, duties = gettext_lazy("客户档案列表"), gettext_lazy("更新任务列表")
    contribute(Kind("desk.dossiers", files, _measure_files, _produce_files, lines=True))
    contribute(Kind("desk.duties", duties, _measure_duties, _produce_duties, lines=True))
    contribute(
        Kind("desk.events", gettext_lazy("操作日志"), _measure_events, _produce_events, free=True)
    )
