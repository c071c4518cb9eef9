"""The places of a period on their way to the group's performance system (§6.4.2)."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.models import User
from yihu.access.policy import require
from yihu.assessment import actions, queries, rules
from yihu.assessment.choices import TOLD
from yihu.assessment.export import Cell, table, workbook
from yihu.assessment.models import Assessment, Line
from yihu.assessment.policy import may_assess, may_read
from yihu.assessment.rules import parse
from yihu.exports.kinds import CSV, XLSX, Asked, Kind, Made, Size, Unanswerable, Work, contribute
from yihu.exports.rules import Level

MEDIA = {"xlsx": XLSX, "csv": CSV}


def _asked(by: User, asked: Asked) -> Assessment:
    """Raises: Denied, Http404, Unanswerable (not published)."""
    require(may_read(by), _("导出单位考核的"))
    held = queries.one(by, UUID(asked.args["assessment"]))
    if held.state not in TOLD:
        raise Unanswerable(_("这次考核还没有公布；公布后才能导出。"), status=409)
    return held


def heads(held: Assessment, *, lines: bool) -> list[str]:
    """The columns, in the order of `rows_of`; the lines' for headquarters alone."""
    found = [_("名次"), _("单位代码"), _("单位"), _("得分"), _("比上期"), _("状态")]
    if lines:
        found += [line.name for line in parse(held.scheme.definition).indicators]
        found.append(_("加分"))
    return found


def rows_of(held: Assessment, *, lines: bool) -> list[list[Cell]]:
    """The best first; with the points of every line for headquarters."""
    codes = [line.code for line in parse(held.scheme.definition).indicators]
    points: dict[int, dict[str, Cell]] = {}
    if lines:
        for unit, code, value, gives in Line.objects.filter(assessment=held).values_list(
            "unit", "code", "points", "gives"
        ):
            points.setdefault(unit, {})[code] = gives if code == "bonus" else value
    found = []
    for one in queries.standings(held):
        of_unit = points.get(one.unit.pk, {})
        more: Sequence[Cell] = [of_unit.get(code) for code in [*codes, "bonus"]] if lines else []
        state = str(held.get_state_display())
        found.append([one.rank, one.unit.code, one.unit.name, one.score, one.change, state, *more])
    return found


def _measure(by: User, asked: Asked) -> Size:
    held = _asked(by, asked)
    columns = heads(held, lines=may_assess(by))
    title = _("%(period)s考核名次") % {"period": rules.label(held.year, held.period)}
    places = queries.standings(held)
    units = [one.unit.pk for one in places] if may_assess(by) else []
    return Size(title, len(places), Level.ORDINARY, units, columns)


def _produce(work: Work) -> Made:
    held, as_kind = _asked(work.by, work.asked), work.asked.args["kind"]
    lines = may_assess(work.by)
    rows = list(work.watched(rows_of(held, lines=lines)))
    write = workbook if as_kind == "xlsx" else table
    content = write(heads(held, lines=lines), rows, work.stamp)
    actions.hand_out(work.by, held, rows=len(rows), kind=as_kind, trace=work.stamp.trace)
    name = _("单位考核-%(year)d-%(period)s-%(day)s.%(kind)s") % {
        "year": held.year, "period": held.period, "day": f"{localtime(work.at):%Y%m%d-%H%M}",
        "kind": as_kind,
    }  # fmt: skip
    return Made(content, name, MEDIA[as_kind], len(rows))


def contribute_all() -> None:
    """One kind, two ways to write it; it says nothing of customers."""
    label = gettext_lazy("单位考核名次")
    contribute(Kind("assessment.places", label, _measure, _produce, free=True))
