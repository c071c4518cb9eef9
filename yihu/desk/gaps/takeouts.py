"""A kind of gap as a list that may leave the house (§5.5)."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import ScopedQuerySet
from yihu.audit import actions as audit
from yihu.desk.desks import desk_of
from yihu.desk.export import CHUNK, Cell, Table, write
from yihu.desk.gaps import queries
from yihu.desk.gaps.choices import SINCE, Gap
from yihu.desk.gaps.filters import GapFilter
from yihu.dossiers.models import Dossier
from yihu.dossiers.queries import highest_mark
from yihu.exports.kinds import CSV, XLSX, Asked, Kind, Made, Size, Unanswerable, Work, contribute
from yihu.exports.queries import units_in
from yihu.exports.rules import Level
from yihu.kit.clock import today

MEDIA = {"xlsx": XLSX, "csv": CSV}


def columns(gap: Gap) -> list[tuple[str, int]]:
    number = {Gap.NO_FILE: _("合同编号"), Gap.STRAY: _("查无的编号或客户")}
    return [
        (_("缺口"), 24),
        (_("客户"), 32),
        (number.get(gap, _("档案编号")), 24),
        (_("档案编号或出处"), 28),
        (_("客户分类"), 11),
        (_("所属单位"), 18),
        (_("填报人"), 10),
        (str(SINCE[gap]), 12),
    ]


def _asked(by: User, asked: Asked) -> tuple[Gap, ScopedQuerySet]:
    """Only of the person's own units: what a grant opens is read and not taken away.

    Raises: Denied, Unanswerable.
    """
    desk = desk_of(by)
    require(desk.exports, _("导出档案缺口的"))
    chosen = GapFilter(asked.chosen, user=by, desk=desk)
    if not chosen.is_valid():
        raise Unanswerable(*chosen.problems())
    rows = queries.rows(by, chosen.cleaned_data, today())
    if not desk.scope.everything:
        rows = rows.filter(unit__in=desk.scope.own_ids)
    order = chosen.order
    sign = "-" if order.descending else ""
    found: ScopedQuerySet = rows.order_by(f"{sign}{order.field}", f"{sign}pk")
    return chosen.cleaned_data["kind"], found


def lines_of(by: User, gap: Gap, rows: Iterator[Any]) -> Iterator[list[Cell]]:
    """A line each; some at a time."""
    while part := list(islice(rows, CHUNK)):
        for line in queries.lines(by, gap, part, today()):
            file = line.file
            yield [
                str(gap.label),
                line.title,
                line.number,
                line.beneath,
                "" if file is None else file.get_klass_display() or _("未分类"),
                line.unit.name,
                "" if file is None or file.filler is None else file.filler.name,
                line.since,
            ]


def _measure(by: User, asked: Asked) -> Size:
    gap, rows = _asked(by, asked)
    heads = [head for head, _width in columns(gap)]
    mark = None
    if gap != Gap.STRAY:
        keys = rows.order_by().values("dossier" if gap == Gap.NO_FILE else "pk")
        mark = highest_mark(Dossier.objects.filter(pk__in=keys))
    return Size(
        _("档案缺口：%(gap)s") % {"gap": gap.label},
        rows.count(),
        Level.ORDINARY,
        units_in(rows),
        heads,
        mark=mark,
    )


def _produce(work: Work) -> Made:
    as_kind = work.asked.args["kind"]
    gap, rows = _asked(work.by, work.asked)
    watched = work.watched(rows.iterator(chunk_size=CHUNK))
    table = Table(_("档案缺口"), columns(gap), lines_of(work.by, gap, watched), work.stamp)
    content, count = write(table, as_kind)
    data = {
        "rows": count,
        "kind": as_kind,
        "conditions": audit.conditions(work.asked.chosen.dict()),
        "trace": work.stamp.trace,
    }
    audit.record(work.by, "gaps.exported", "dossiers.dossier", data=data)
    name = _("档案缺口-%(day)s.%(kind)s") % {
        "day": f"{localtime(work.at):%Y%m%d-%H%M}",
        "kind": as_kind,
    }
    return Made(content, name, MEDIA[as_kind], count)


def contribute_all() -> None:
    """One kind, two ways to write it."""
    contribute(Kind("desk.gaps", gettext_lazy("档案缺口"), _measure, _produce, lines=True))
