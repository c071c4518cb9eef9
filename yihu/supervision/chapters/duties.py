"""How timely files were updated (§6.2.1). Pure."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from yihu.boards.rules import share
from yihu.customers.rules import Klass
from yihu.supervision.chapters.telling import (
    Chapter,
    Figures,
    Head,
    Table,
    kind_of,
    months_until,
    of_group,
    percent,
    units_of,
    with_total,
)
from yihu.supervision.charts import Chart
from yihu.supervision.rules import FOCUS


def timeliness(figures: Figures) -> Chapter:
    """Of what fell due, how much was done in time (§6.2.1)."""
    review = FOCUS[kind_of(figures)].review
    files = str(Klass(review).label) if review else _("客户")
    heads: list[Head] = [
        (_("单位"), False, 1.6), (_("到期任务"), True, 1), (_("按时"), True, 1),
        (_("逾期未办"), True, 1), (_("及时率"), True, 1), (_("提气量价到期"), True, 1.2),
        (_("及时率"), True, 1), (_("%(files)s档案到期") % {"files": files}, True, 1.4),
        (_("及时率"), True, 1),
    ]  # fmt: skip
    units = figures["duties"]["units"]
    rows = [[short, *_timely(units[code])] for code, short in units_of(figures)]
    sums = {
        part: {
            name: sum(of[part][name] for of in units.values())
            for name in ("fallen", "on_time", "overdue")
        }
        for part in ("all", "offtake", "review")
    }
    table = Table(
        _("更新任务及时率（项）"),
        heads,
        with_total(figures, rows, _timely(sums)),
        of_group(figures),
    )
    by_month = figures["duties"]["months"]
    months = months_until(figures["head"]["period"][1], 12)
    charts = []
    if of_group(figures):
        charts.append(Chart(
            "timeliness", _("各单位及时率"), "%", [short for _code, short in units_of(figures)],
            [share(units[code]["all"]["on_time"], units[code]["all"]["fallen"])
             for code, _short in units_of(figures)], bars_say=_("及时率"),
        ))  # fmt: skip
    charts.append(Chart(
        "timely-months", _("近 12 个月及时率"), "%", [month[2:] for month in months],
        [share(by_month[month]["on_time"], by_month[month]["fallen"])
         if month in by_month else None for month in months],
        bars_say=_("及时率"),
    ))  # fmt: skip
    whole = sums["all"]
    line = _(
        "期内到期且已完成或已逾期的更新任务 %(fallen)s 项，按时完成 %(on_time)s 项，"
        "及时率 %(share)s；逾期仍未完成 %(overdue)s 项。"
    ) % {
        **{name: f"{whole[name]:,}" for name in ("fallen", "on_time", "overdue")},
        "share": percent(whole["on_time"], whole["fallen"]),
    }
    notes = [_("及时率 = 按时完成 ÷ 已完成或已逾期；豁免和取消的任务不计（§6.2.1）。")]
    return Chapter("timeliness", _("更新及时情况"), [line], [table], charts, notes)


def _timely(of: Mapping[str, Mapping[str, int]]) -> list[str]:
    whole = of["all"]
    cells = [f"{whole['fallen']:,}", f"{whole['on_time']:,}", f"{whole['overdue']:,}",
             percent(whole["on_time"], whole["fallen"])]  # fmt: skip
    for part in ("offtake", "review"):
        counts = of[part]
        cells += [f"{counts['fallen']:,}", percent(counts["on_time"], counts["fallen"])]
    return cells
