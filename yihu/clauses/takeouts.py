"""The map on paper: one table over A4, for the director (§6.4.2). It names no customer."""

from pathlib import Path

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from yihu.access.models import User
from yihu.clauses import actions, queries
from yihu.clauses.editions import edition, editions
from yihu.clauses.filters import MapFilter
from yihu.clauses.queries import Live
from yihu.clauses.rules import Edition
from yihu.exports.kinds import PDF, Asked, Kind, Made, Size, Unanswerable, Work, contribute
from yihu.exports.rules import Level
from yihu.kit.clock import today
from yihu.kit.pdf import typeset

PAGE = Path(__file__).parent / "typst" / "map.typ"


def _asked(by: User, asked: Asked) -> tuple[Edition, int | None, str]:
    """The edition, the unit and its name. Raises: Unanswerable."""
    chosen = MapFilter(asked.chosen, user=by)
    if not chosen.is_valid():
        raise Unanswerable(*chosen.problems())
    data = chosen.cleaned_data
    unit = int(data["unit"]) if data.get("unit") else None
    names = dict(queries.units(by))
    own = by.staff.unit.name if by.staff is not None else ""
    of = edition(data["edition"]) if data.get("edition") else editions()[0]
    return of, unit, names.get(unit or 0, _("全部单位") if names else own)


def _measure(by: User, asked: Asked) -> Size:
    of, unit, _name = _asked(by, asked)
    seen = [unit] if unit else [pk for pk, _label in queries.units(by)]
    rows = sum(1 for _clause in of)
    return Size(_("条款地图一览表"), rows, Level.ORDINARY, seen, heads())


def heads() -> list[str]:
    """The columns of the table."""
    return [
        _("条款"), _("要求"), _("类型"), _("测试"), _("指标"), _("现状"), _("上月"),
        _("11 个月前"),
    ]  # fmt: skip


@override("zh-hans")
def _print(work: Work) -> Made:
    of, unit, name = _asked(work.by, work.asked)
    day = today()
    live = queries.live(work.by, day, unit=unit)
    tests = queries.tests()
    rows = []
    for chapter in of.chapters:
        rows.append({"chapter": f"{chapter.number} {chapter.title}", "cells": []})
        for clause in chapter.clauses:
            one = live.get(clause.number)
            rows.append({"chapter": "", "cells": [
                clause.shown, str(clause.says), str(clause.kind.label),
                str(len(tests.get(clause.number, ())) or ""), _said(one), _now(one, -1),
                _now(one, -2), _now(one, 0) if one and len(one.points) == queries.MONTHS else "",
            ]})  # fmt: skip
    count = sum(1 for _clause in of)
    content = typeset(PAGE, {
        "title": _("条款地图一览表"),
        "clause": f"{of.document}，{of.code}",
        "secrecy": work.stamp.secrecy,
        "mark": work.stamp.mark,
        "trace": _("追溯码 %(trace)s") % {"trace": work.stamp.trace},
        "about": [[_("范围"), name], [_("月份"), f"{day:%Y-%m}"],
                  [_("打印"), f"{work.by} {work.stamp.when}"]],
        "heads": heads(),
        "rows": rows,
        "note": _("指标为分子 ÷ 分母；当月数据每夜更新，已过的月份封账后不再重算。"),
    })  # fmt: skip
    actions.hand_out(work.by, rows=count, trace=work.stamp.trace)
    file = _("条款地图-%(edition)s-%(day)s.pdf") % {
        "edition": of.code, "day": f"{localtime(work.at):%Y%m%d}",
    }  # fmt: skip
    return Made(content, file, PDF, count)


def _said(live: Live | None) -> str:
    if live is None or live.now is None:
        return ""
    figure = live.figure
    return f"{figure.top} ÷ {figure.bottom}" if figure.share else str(figure.top)


def _now(live: Live | None, place: int) -> str:
    if live is None or live.now is None or len(live.points) < abs(place) or not live.points:
        return ""
    point = live.points[place]
    if point.share is None:
        return f"{point.top:,f}"
    return f"{point.share}%\n{point.top:,f}/{point.bottom:,f}"


def contribute_all() -> None:
    """The one table."""
    contribute(Kind("clauses.map", gettext_lazy("打印条款地图"), _measure, _print, free=True))
