"""The board of timeliness as a workbook: a line a row and month, then each row's sum (§6.4.2)."""

from collections.abc import Iterator

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.desk.boards import Tally, chosen_duties
from yihu.desk.desks import Desk, desk_of
from yihu.desk.export import Cell, Table, write
from yihu.desk.timeliness.filters import TimelinessFilter
from yihu.desk.timeliness.queries import Line, board
from yihu.exports.kinds import CSV, XLSX, Asked, Kind, Made, Size, Unanswerable, Work, contribute
from yihu.exports.queries import units_in
from yihu.exports.rules import Level
from yihu.kit.clock import today

MEDIA = {"xlsx": XLSX, "csv": CSV}


def columns(of: str) -> list[tuple[str, int]]:
    """The board's figures, with numerator and denominator of the share beside it."""
    return [
        (of, 18),
        (_("所属单位"), 14),
        (_("截止月份"), 12),
        (_("应办"), 8),
        (_("按时"), 8),
        (_("迟办"), 8),
        (_("迟 1–3 天"), 10),
        (_("迟 4–10 天"), 10),
        (_("迟 10 天以上"), 12),
        (_("平均迟（天）"), 12),
        (_("最长迟（天）"), 12),
        (_("逾期"), 8),
        (_("未到期"), 8),
        (_("豁免"), 8),
        (_("及时率分子：按时"), 16),
        (_("及时率分母：按时 + 迟办 + 逾期"), 28),
        (_("及时率（%）"), 12),
    ]


def _chosen(by: User, asked: Asked) -> tuple[Desk, TimelinessFilter]:
    """Raises: Denied, Unanswerable."""
    desk = desk_of(by)
    require(desk.exports, _("导出更新及时率的"))
    chosen = TimelinessFilter(asked.chosen, user=by, desk=desk, today=today())
    if not chosen.is_valid():
        raise Unanswerable(*chosen.problems())
    return desk, chosen


def _said(line: Line, month: str, tally: Tally) -> list[Cell]:
    return [
        line.label, line.beneath, month, tally.due, tally.on_time, tally.late, tally.few,
        tally.some, tally.many, tally.late_mean, tally.late_most if tally.late else None,
        tally.overdue, tally.open, tally.waived, tally.on_time, tally.fallen, tally.percent,
    ]  # fmt: skip


def lines_of(by: User, asked: Asked) -> Iterator[list[Cell]]:
    """Months in which nothing fell due have no line."""
    desk, chosen = _chosen(by, asked)
    found = board(by, desk, chosen.cleaned_data, today())
    for line in found.lines:
        for month, tally in zip(found.months, line.months, strict=True):
            if tally.state is not None:
                yield _said(line, f"{month:%Y-%m}", tally)
        yield _said(line, _("合计"), line.whole)


def _measure(by: User, asked: Asked) -> Size:
    _desk, chosen = _chosen(by, asked)
    units = units_in(chosen_duties(by, chosen.cleaned_data, today()))
    count = sum(1 for _line in lines_of(by, asked))
    heads = [head for head, _width in columns(str(chosen.cleaned_data["by"].label))]
    return Size(_("更新及时率"), count, Level.ORDINARY, units, heads)


def _produce(work: Work) -> Made:
    as_kind = work.asked.args["kind"]
    _desk, chosen = _chosen(work.by, work.asked)
    heads = columns(str(chosen.cleaned_data["by"].label))
    lines = work.watched(lines_of(work.by, work.asked))
    content, count = write(Table(_("更新及时率"), heads, lines, work.stamp), as_kind)
    data = {
        "rows": count,
        "kind": as_kind,
        "conditions": audit.conditions(work.asked.chosen.dict()),
        "trace": work.stamp.trace,
    }
    audit.record(work.by, "timeliness.exported", "duties.duty", data=data)
    name = _("更新及时率-%(day)s.%(kind)s") % {
        "day": f"{localtime(work.at):%Y%m%d-%H%M}",
        "kind": as_kind,
    }
    return Made(content, name, MEDIA[as_kind], count)


def contribute_all() -> None:
    """One kind, two ways to write it."""
    contribute(Kind("desk.timeliness", gettext_lazy("更新及时率"), _measure, _produce, lines=True))
