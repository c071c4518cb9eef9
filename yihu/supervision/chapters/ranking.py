"""How the units stand in the published assessment of the period (§6.4.2). Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from yihu.supervision.chapters.telling import DASH, Chapter, Figures, Head, Table, of_group
from yihu.supervision.charts import Chart


def ranking(figures: Figures) -> Chapter | None:
    """The places, and what moved since the period before; None where nothing is published."""
    rows = figures["ranking"]
    if not rows:
        return None
    heads: list[Head] = [
        (_("名次"), True, 0.7), (_("单位"), False, 2), (_("得分"), True, 1),
        (_("比上期"), True, 1), (_("名次变化"), True, 1),
    ]  # fmt: skip
    cells = [
        [f"{row['rank']}", row["short"], row["score"], _moved(row["change"]), _climbed(row)]
        for row in rows
    ]
    if not of_group(figures):
        line = _("本单位考核得分 %(score)s，列第 %(rank)d 名。") % rows[0]
        return Chapter("ranking", _("考核排名"), [line], [Table(_("考核得分"), heads, cells)])
    line = _("本期考核 %(n)d 家单位，第一名%(first)s（%(score)s 分）。") % {
        "n": len(rows), "first": rows[0]["short"], "score": rows[0]["score"],
    }  # fmt: skip
    chart = Chart(
        "ranking", _("各单位考核得分"), _("分"), [row["short"] for row in rows],
        [Decimal(row["score"]) for row in rows], bars_say=_("得分"),
    )  # fmt: skip
    notes = [_("考核结果以公布或定案的得分为准，逐项来源见“单位考核”。")]
    table = Table(_("各单位考核得分与名次"), heads, cells)
    return Chapter("ranking", _("考核排名"), [line], [table], [chart], notes)


def _moved(change: str | None) -> str:
    return DASH if change is None else f"{Decimal(change):+}"


def _climbed(row: Mapping[str, Any]) -> str:
    places = row["climbed"]
    if places is None:
        return DASH
    if places == 0:
        return _("持平")
    return _("升 %(n)d") % {"n": places} if places > 0 else _("降 %(n)d") % {"n": -places}
