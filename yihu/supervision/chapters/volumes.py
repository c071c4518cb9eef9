"""Volumes and mean prices; 万立方米 and 吨 are never added (§6.4.1). Pure."""

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.utils.translation import gettext as _

from yihu.boards.rules import change, said
from yihu.contracts.choices import PRICE_UNIT, UNIT_OF, QuantityUnit, Source
from yihu.supervision.chapters.telling import (
    DASH,
    Chapter,
    Figures,
    Head,
    Table,
    months_until,
    of_group,
    units_of,
    with_total,
)
from yihu.supervision.charts import Chart


def volumes(figures: Figures) -> Chapter | None:
    """Volumes and mean prices by source; 万立方米 and 吨 are never added (§6.4.1)."""
    tables, charts, lines = [], [], []
    for source in Source:
        found = _volumes_of(figures, source)
        if found is not None:
            tables.append(found[0])
            charts.append(found[1])
            lines.append(found[2])
    if not tables:
        return None
    notes = [
        _("管道气以 20 ℃、101.325 kPa 计。均价 = 结算金额 ÷ 有结算金额的提气量；不足三户的不列。")
    ]
    return Chapter("volumes", _("提气量、价情况"), lines, tables, charts, notes)


def _volumes_of(figures: Figures, source: Source) -> tuple[Table, Chart, str] | None:
    unit = str(QuantityUnit(UNIT_OF[source]).label)
    kept = [
        (short, figures["volumes"]["units"][code][source.value])
        for code, short in units_of(figures)
        if source.value in figures["volumes"]["units"][code]
    ]
    months = sorted(figures["volumes"]["months"].get(source.value, {}).items())
    if not kept:
        return None
    heads: list[Head] = [
        (_("单位"), False, 1.6), (_("客户（户）"), True, 1),
        (_("计划量（%(unit)s）") % {"unit": unit}, True, 1.5),
        (_("提气量（%(unit)s）") % {"unit": unit}, True, 1.5),
        (_("完成率"), True, 1), (_("上年同期（%(unit)s）") % {"unit": unit}, True, 1.5),
        (_("同比"), True, 1), (_("均价（%(unit)s）") % {"unit": PRICE_UNIT[source]}, True, 1.4),
    ]  # fmt: skip
    rows = [[short, *_volume(of), _price(of)] for short, of in kept]
    sums = {
        "files": sum(of["files"] for _short, of in kept),
        **{
            name: f"{sum((Decimal(of[name] or 0) for _short, of in kept), Decimal(0)):f}"
            for name in ("actual", "planned", "before")
        },
    }
    if all(of["planned"] is None for _short, of in kept):
        sums["planned"] = None
    label = str(source.label)
    table = Table(
        _("%(source)s提气量、价") % {"source": label}, heads,
        with_total(figures, rows, [*_volume(sums), DASH]), of_group(figures),
    )  # fmt: skip
    by_month = dict(months)
    shown = months_until(figures["head"]["period"][1], 12)
    chart = Chart(
        f"volumes-{source.value}", _("%(source)s月提气量") % {"source": label}, unit,
        [month[2:] for month in shown],
        [Decimal(by_month[month]) if month in by_month else None for month in shown],
        [Decimal(by_month[before]) if (before := _year_before(month)) in by_month else None
         for month in shown],
        bars_say=_("提气量"), dashes_say=_("上年同月"),
    )  # fmt: skip
    actual = Decimal(sums["actual"])
    rise = change(actual, Decimal(sums["before"]))
    if not sums["files"]:
        line = _("%(source)s提气量本期尚未填报。") % {"source": label}
        return table, chart, line
    line = _(
        "%(source)s提气量 %(actual)s %(unit)s，上年同期 %(before)s %(unit)s，同比 %(rise)s。"
    ) % {
        "source": label, "actual": said(actual), "unit": unit,
        "before": said(Decimal(sums["before"])), "rise": DASH if rise is None else f"{rise:+}%",
    }  # fmt: skip
    return table, chart, line


def _volume(of: Mapping[str, Any]) -> list[str]:
    """A unit of which no month of the period is filled has no volume, rather than none taken."""
    if not of["files"]:
        return ["0", DASH, DASH, DASH, said(Decimal(of["before"])), DASH]
    actual, before = Decimal(of["actual"]), Decimal(of["before"])
    planned = None if of["planned"] is None else Decimal(of["planned"])
    done = (actual * 100 / planned).quantize(Decimal("0.1"), ROUND_DOWN) if planned else None
    rise = change(actual, before)
    return [
        f"{of['files']:,}", DASH if planned is None else said(planned), said(actual),
        DASH if done is None else f"{done}%", said(before), DASH if rise is None else f"{rise:+}%",
    ]  # fmt: skip


def _price(of: Mapping[str, Any]) -> str:
    return DASH if of["price"] is None else said(Decimal(of["price"]), 4)


def _year_before(month: str) -> str:
    return f"{int(month[:4]) - 1}{month[4:]}"
