"""What was inspected, how it was drawn, what was found and what became of it (§6.4). Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from yihu.inspections.checks import CHECK
from yihu.inspections.choices import Cause, FindingState, Method, PlaceKind, Severity
from yihu.inspections.choices import Kind as InspectionKind
from yihu.supervision.chapters.telling import (
    DASH,
    Chapter,
    Figures,
    Head,
    Table,
    add_up,
    kind_of,
    of_group,
    percent,
    units_of,
    with_total,
)
from yihu.supervision.charts import Chart
from yihu.supervision.rules import FOCUS


def sampling(figures: Figures) -> Chapter:
    """Each inspection with what its draw hangs on: who redraws gets the same (§6.4.1)."""
    if not figures["draws"]:
        line = _("本期没有%(kinds)s。") % {
            "kinds": "、".join(str(kind.label) for kind in FOCUS[kind_of(figures)].checks)
        }
        return Chapter("sampling", _("检查与抽样"), [line])
    heads: list[Head] = [
        (_("检查"), False, 3), (_("种类"), False, 1.3), (_("截止日"), False, 1.3),
        (_("规则检查（份）"), True, 1.1), (_("抽样总体（份）"), True, 1.1),
        (_("抽中（份）"), True, 1), (_("已检查（份）"), True, 1),
    ]  # fmt: skip
    rows = [
        [
            f"{row['name']}\n{row['number']}", str(InspectionKind(row["kind"]).label),
            row["cutoff"],
            *(f"{row[name]:,}" for name in
              ("checked_here", "population_here", "drawn_here", "inspected_here")),
        ]
        for row in figures["draws"]
    ]  # fmt: skip
    seeds = [
        [
            row["number"], _method(row), row["seed"],
            f"{row['drawn']:,} / {row['population']:,}",
            f"{row['population_sha256']}\n{row['draw_sha256']}",
        ]
        for row in figures["draws"]
    ]  # fmt: skip
    tables = [
        Table(_("检查开展情况"), heads, rows),
        Table(
            _("抽样记录"),
            [(_("检查"), False, 1.5), (_("抽样方式"), False, 1.6), (_("抽样种子"), False, 1.7),
             (_("抽中 / 总体"), True, 1.1), (_("总体摘要、样本摘要（SHA-256）"), False, 4.2)],
            seeds,
        ),
    ]  # fmt: skip
    if figures["checks"]:
        tables.append(_checked(figures["checks"]))
    notes = [
        _(
            "分单位分层抽样。按种子和总体任何人都可重抽：对每份档案取“种子:档案标识:序号”的"
            " SHA-256，最小者为抽签数，各单位按抽签数从小到大取够数量；总体清单见各检查的抽样记录。"
        )
    ]
    line = _(
        "本期检查 %(n)d 次，规则检查档案 %(checked)s 份次，抽样检查 %(drawn)s 份，"
        "已检查 %(done)s 份。"
    ) % {
        "n": len(figures["draws"]),
        "checked": f"{add_up(figures['draws'], 'checked_here'):,}",
        "drawn": f"{add_up(figures['draws'], 'drawn_here'):,}",
        "done": f"{add_up(figures['draws'], 'inspected_here'):,}",
    }  # fmt: skip
    return Chapter("sampling", _("检查与抽样"), [line], tables, notes=notes)


def _method(row: Mapping[str, Any]) -> str:
    if row["method"] == Method.ALL:
        told = str(Method.ALL.label)
    else:
        amount = f"{row['amount']}%" if row["method"] == Method.SHARE else f"{row['amount']}"
        told = _("%(method)s %(amount)s，每单位至少 %(minimum)d 份") % {
            "method": Method(row["method"]).label, "amount": amount, "minimum": row["minimum"],
        }  # fmt: skip
    return _("%(told)s，加权") % {"told": told} if row["weighted"] else told


def _checked(checks: Mapping[str, Mapping[str, int]]) -> Table:
    heads: list[Head] = [
        (_("规则"), False, 3.4), (_("条款"), False, 1), (_("适用（份）"), True, 1),
        (_("未通过（份）"), True, 1), (_("通过率"), True, 1),
    ]  # fmt: skip
    known = [(CHECK[code], counts) for code, counts in checks.items() if code in CHECK]
    known.sort(key=lambda one: (-one[1]["failed"], one[0].code))
    rows = [
        [
            str(check.label), f"§{check.clause}", f"{counts['applied']:,}", f"{counts['failed']:,}",
            percent(counts["applied"] - counts["failed"], counts["applied"]),
        ]
        for check, counts in known
        if counts["applied"]
    ]  # fmt: skip
    return Table(_("自动检查结果"), heads, rows)


def findings(figures: Figures) -> Chapter | None:
    """What was found: by unit, by sort, and what wants attention (§6.4.1)."""
    of = figures["findings"]
    if not figures["draws"]:
        return None
    names = ("found", "serious", "normal", "minor", "repeated")
    heads: list[Head] = [
        (_("单位"), False, 1.6), (_("问题"), True, 1),
        *((str(severity.label), True, 1.0) for severity in reversed(Severity)),
        (_("重复出现"), True, 1),
    ]  # fmt: skip
    rows = [
        [short, *(f"{of['units'][code][name]:,}" for name in names)]
        for code, short in units_of(figures)
    ]
    sums = [f"{add_up(of['units'].values(), name):,}" for name in names]
    tables = [
        Table(_("各单位问题（个）"), heads, with_total(figures, rows, sums), of_group(figures))
    ]
    charts = []
    if of["causes"]:
        tables.append(Table(
            _("按问题类型（个）"),
            [(_("类型"), False, 2), (_("问题"), True, 1), (_("其中严重"), True, 1),
             (_("重复出现"), True, 1), (_("已销号"), True, 1)],
            [
                [str(Cause(cause).label),
                 *(f"{counts[name]:,}" for name in ("found", "serious", "repeated", "closed"))]
                for cause, counts in of["causes"].items()
            ],
        ))  # fmt: skip
        charts.append(Chart(
            "causes", _("问题类型"), _("个"),
            [str(Cause(cause).label) for cause in of["causes"]],
            [Decimal(counts["found"]) for counts in of["causes"].values()],
            [Decimal(counts["closed"]) for counts in of["causes"].values()],
            bars_say=_("发现"), dashes_say=_("已销号"),
        ))  # fmt: skip
    line = _("本期检查发现问题 %(n)s 个。") % {"n": sums[0]}
    notes = []
    if of["key"]:
        tables.append(_key(figures))
        if of["key_count"] > len(of["key"]):
            notes.append(
                _("重点问题共 %(all)s 个，此处列前 %(n)d 个。")
                % {"all": f"{of['key_count']:,}", "n": len(of["key"])}
            )
        notes.append(_("本报告不载客户名称；逐户情况见各单位整改通知书。"))
    return Chapter("findings", _("检查发现的问题"), [line], tables, charts, notes)


def _key(figures: Figures) -> Table:
    short = dict(units_of(figures))
    heads: list[Head] = [
        (_("编号"), False, 2), (_("单位"), False, 1.1), (_("位置"), False, 1.7),
        (_("类型"), False, 1.4), (_("程度"), False, 0.8), (_("条款"), False, 0.9),
        (_("整改期限"), False, 1.2), (_("状态"), False, 1.3),
    ]  # fmt: skip
    rows = []
    for row in figures["findings"]["key"]:
        state = str(FindingState(row["state"]).label)
        more = [_("重复")] if row["repeated"] else []
        more += [_("逾期")] if row["overdue"] else []
        rows.append([
            row["number"], short[row["unit"]],
            row["place"] or str(PlaceKind(row["place_kind"]).label),
            str(Cause(row["cause"]).label), str(Severity(row["severity"]).label),
            f"§{row['clause']}", row["due"] or DASH, "，".join([state, *more]),
        ])  # fmt: skip
    return Table(_("重点问题（严重、重复出现或逾期）"), heads, rows)


def rectification(figures: Figures) -> Chapter | None:
    """What became of what was found (§4.3b, 6.4.2)."""
    of = figures["findings"]
    if not figures["draws"]:
        return None
    names = ("found", "unsent", "open", "replied", "closed", "overdue")
    heads: list[Head] = [
        (_("单位"), False, 1.6), (_("问题"), True, 1), (_("待下发"), True, 1),
        (_("整改中"), True, 1), (_("待复核"), True, 1), (_("已销号"), True, 1),
        (_("逾期未整改"), True, 1.1), (_("销号率"), True, 1),
    ]  # fmt: skip
    units = {code: _standing(counts) for code, counts in of["units"].items()}
    sums = {name: add_up(units.values(), name) for name in names}

    def cells(counts: Mapping[str, int]) -> list[str]:
        share = percent(counts["closed"], counts["found"])
        return [*(f"{counts[name]:,}" for name in names), share]

    rows = [[short, *cells(units[code])] for code, short in units_of(figures)]
    table = Table(
        _("整改进展（个）"), heads, with_total(figures, rows, cells(sums)), of_group(figures)
    )
    line = _(
        "已下发整改通知书 %(orders)d 份；问题 %(found)s 个，已销号 %(closed)s 个，"
        "销号率 %(share)s，逾期未整改 %(overdue)s 个。"
    ) % {
        "orders": of["orders"], "share": percent(sums["closed"], sums["found"]),
        **{name: f"{sums[name]:,}" for name in ("found", "closed", "overdue")},
    }  # fmt: skip
    return Chapter("rectification", _("整改情况"), [line], [table])


def _standing(counts: Mapping[str, int]) -> dict[str, int]:
    rest = counts["unsent"] + counts["replied"] + counts["closed"]
    return {**counts, "open": counts["found"] - rest}
