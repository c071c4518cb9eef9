"""The files: all in brief, who has one, what they hold (§6.1). Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from yihu.boards.rules import share
from yihu.customers.rules import Klass
from yihu.supervision.chapters.telling import (
    Chapter,
    Figures,
    Head,
    Table,
    add_up,
    kind_of,
    of_group,
    percent,
    period_of,
    scope_of,
    units_of,
    with_total,
)
from yihu.supervision.charts import Chart
from yihu.supervision.rules import FOCUS


def overview(figures: Figures) -> Chapter:
    """The report on one page: scope and the figures that matter."""
    files = [counts for of in figures["files"].values() for counts in of.values()]
    all_duties = [of["all"] for of in figures["duties"]["units"].values()]
    filled = list(figures["filled"].values())
    found = list(figures["findings"]["units"].values())
    head = figures["head"]
    whose = head["unit"] or _("%(group)s %(n)d 家所属单位") % {
        "group": head["group"], "n": len(head["units"]),
    }  # fmt: skip
    lines = [
        _(
            "本报告依据《客户档案管理细则》§6.4.1、6.4.2 编制，统计%(whose)s %(period)s%(scope)s"
            "档案的建立、更新、填报和检查整改情况，数据截至 %(at)s。"
        )
        % {
            "whose": whose, "period": period_of(figures), "scope": scope_of(figures),
            "at": head["as_of"],
        },
        _(
            "期末在册档案 %(files)s 份；签有合同的客户 %(signed)s 户，建档覆盖率 %(covered)s；"
            "到期更新任务 %(fallen)s 项，及时率 %(on_time)s；应填栏目完整率 %(filled)s。"
        )
        % {
            "files": f"{add_up(files, 'files'):,}",
            "signed": f"{add_up(files, 'signed'):,}",
            "covered": percent(add_up(files, "covered"), add_up(files, "signed")),
            "fallen": f"{add_up(all_duties, 'fallen'):,}",
            "on_time": percent(add_up(all_duties, "on_time"), add_up(all_duties, "fallen")),
            "filled": percent(add_up(filled, "filled"), add_up(filled, "required")),
        },
        _(
            "本期开展检查 %(n)d 次，发现问题 %(found)s 个，其中严重 %(serious)s 个、"
            "重复出现 %(repeated)s 个；已销号 %(closed)s 个，逾期未整改 %(overdue)s 个。"
        )
        % {
            "n": len(figures["draws"]),
            **{
                name: f"{add_up(found, name):,}"
                for name in ("found", "serious", "repeated", "closed", "overdue")
            },
        }
        if figures["draws"]
        else _("本期没有开展检查。"),
    ]  # fmt: skip
    return Chapter("overview", _("总体情况"), lines)


def coverage(figures: Figures) -> Chapter:
    """Whether who has a contract has an approved file, and the classes (§6.1.2, 6.1.3)."""
    klasses = [klass.value for klass in Klass]
    wanted = FOCUS[kind_of(figures)].klass
    shown = [klass for klass in klasses if not wanted or klass == wanted]
    rows, sums = [], dict.fromkeys(("files", "signed", "covered", "none", *klasses), 0)
    for code, short in units_of(figures):
        of = figures["files"][code]
        counts = {klass: of.get(klass, {}).get("files", 0) for klass in klasses}
        counts |= {name: add_up(of.values(), name) for name in ("files", "signed", "covered")}
        counts["none"] = of.get("", {}).get("files", 0)
        for name, number in counts.items():
            sums[name] += number
        rows.append([short, *_coverage(counts, shown)])
    heads: list[Head] = [
        (_("单位"), False, 1.6), (_("在册档案"), True, 1),
        *((str(Klass(klass).label), True, 1.0) for klass in shown),
        *([] if wanted else [(_("未分类"), True, 0.9)]),
        (_("签有合同"), True, 1), (_("已建档"), True, 1), (_("覆盖率"), True, 1),
    ]  # fmt: skip
    table = Table(
        _("建档覆盖与客户分类（份）"), heads, with_total(figures, rows, _coverage(sums, shown)),
        of_group(figures),
    )  # fmt: skip
    charts = []
    if not wanted:
        charts.append(Chart(
            "classes", _("客户分类构成"), _("份"), [str(Klass(klass).label) for klass in klasses],
            [Decimal(sums[klass]) for klass in klasses], bars_say=_("在册档案"),
        ))  # fmt: skip
    line = _(
        "签有合同的客户 %(signed)s 户，其中档案已审核通过 %(covered)s 户，覆盖率 %(share)s。"
    ) % {
        "signed": f"{sums['signed']:,}", "covered": f"{sums['covered']:,}",
        "share": percent(sums["covered"], sums["signed"]),
    }  # fmt: skip
    notes = [_("覆盖率 = 期末前签有合同且档案有审核通过版本的客户 ÷ 签有合同的客户（§6.1.2）。")]
    return Chapter("coverage", _("建档覆盖与客户分类"), [line], [table], charts, notes)


def _coverage(counts: Mapping[str, int], shown: Sequence[str]) -> list[str]:
    unknown = [f"{counts['none']:,}"] if len(shown) > 1 else []
    return [
        f"{counts['files']:,}", *(f"{counts[klass]:,}" for klass in shown), *unknown,
        f"{counts['signed']:,}", f"{counts['covered']:,}",
        percent(counts["covered"], counts["signed"]),
    ]  # fmt: skip


def completeness(figures: Figures) -> Chapter:
    """Of what the guide asks for, how much the approved versions hold (§6.1.4)."""
    heads: list[Head] = [
        (_("单位"), False, 1.6), (_("有版本的档案"), True, 1.2), (_("应填栏目"), True, 1.2),
        (_("已填栏目"), True, 1.2), (_("完整率"), True, 1), (_("全部填齐"), True, 1.2),
        (_("占比"), True, 1),
    ]  # fmt: skip
    units = figures["filled"]
    rows = [[short, *_filled(units[code])] for code, short in units_of(figures)]
    names = ("filled", "required", "files", "whole")
    sums = {name: add_up(units.values(), name) for name in names}
    table = Table(
        _("填报完整率"), heads, with_total(figures, rows, _filled(sums)), of_group(figures)
    )
    line = _(
        "期末 %(files)s 份档案有审核通过的版本，应填栏目完整率 %(share)s，"
        "全部填齐的占 %(whole)s。"
    ) % {
        "files": f"{sums['files']:,}", "share": percent(sums["filled"], sums["required"]),
        "whole": percent(sums["whole"], sums["files"]),
    }  # fmt: skip
    charts = []
    if of_group(figures):
        charts.append(Chart(
            "completeness", _("各单位填报完整率"), "%",
            [short for _code, short in units_of(figures)],
            [share(units[code]["filled"], units[code]["required"])
             for code, _short in units_of(figures)], bars_say=_("完整率"),
        ))  # fmt: skip
    notes = [_("按各版本当时适用的填报指南计应填栏目（§5.4、6.1.4）。")]
    return Chapter("completeness", _("填报完整情况"), [line], [table], charts, notes)


def _filled(of: Mapping[str, int]) -> list[str]:
    return [
        f"{of['files']:,}", f"{of['required']:,}", f"{of['filled']:,}",
        percent(of["filled"], of["required"]), f"{of['whole']:,}",
        percent(of["whole"], of["files"]),
    ]  # fmt: skip
