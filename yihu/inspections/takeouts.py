"""Papers of an inspection on their way out: 整改通知书, 整改报告, the draw (§5.5, 6.4)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import ScopedQuerySet
from yihu.audit import actions as audit
from yihu.dossiers.models import Dossier
from yihu.dossiers.queries import highest_mark
from yihu.exports.kinds import PDF, XLSX, Asked, Kind, Made, Size, Unanswerable, Work, contribute
from yihu.exports.rules import Level, Mark
from yihu.inspections import queries
from yihu.inspections.choices import FindingState, Severity
from yihu.inspections.draw_book import heads, workbook
from yihu.inspections.models import Finding, Inspection, Order
from yihu.inspections.policy import may_read
from yihu.kit.pdf import typeset

TYPST = Path(__file__).parent / "typst"
MOST = 200_000
"""Rows of a population in one workbook."""
ROUND_MOST = 1_000
"""Findings of one report."""
Row = list[str]


def _order(by: User, asked: Asked) -> Order:
    """Raises: Denied, Unreachable."""
    require(may_read(by), _("打印整改文书的"))
    return queries.one_order(by, UUID(asked.args["pk"]))


def _inspection(by: User, asked: Asked) -> Inspection:
    """Raises: Denied, Unreachable."""
    require(may_read(by), _("打印检查文书的"))
    return queries.one(by, UUID(asked.args["pk"]))


def _of_order(title: Any) -> Callable[[User, Asked], Size]:
    def measure(by: User, asked: Asked) -> Size:
        row = _order(by, asked)
        count = row.all_count  # type: ignore[attr-defined]  # annotated
        mark = _mark_of(queries.findings(by).filter(order=row))
        return Size(f"{title} {row.number}", count, Level.CORE, [row.unit_id], mark=mark)

    return measure


def _mark_of(findings: ScopedQuerySet) -> Mark | None:
    """The strictest among the files that these findings name."""
    return highest_mark(Dossier.objects.filter(pk__in=findings.order_by().values("dossier")))


def _mark(work: Work) -> dict[str, str]:
    stamp = work.stamp
    return {"mark": stamp.mark, "secrecy": stamp.secrecy, "trace": stamp.foot}


def number_of(finding: Finding) -> str:
    """检2026-003-GD-012."""
    return f"{finding.inspection.number}-{finding.unit.code}-{finding.serial:03d}"


def _asked_line(row: Finding) -> Row:
    repeated = _("（重复）") if row.repeats_id else ""
    return [
        number_of(row),
        row.dossier.name_full,
        row.place_label,
        f"{row.text}{repeated}",
        str(row.get_severity_display()),
        f"§{row.clause}",
        f"{row.due_on}" if row.due_on else "",
    ]


def _notice(work: Work) -> Made:
    order = _order(work.by, work.asked)
    rows = [row for row in queries.findings_of(order) if row.state != FindingState.WITHDRAWN]
    title = _("整改通知书")
    content = typeset(
        TYPST / "notice.typ",
        {
            **_mark(work),
            "title": title,
            "clause": _("依据《客户档案管理细则》§4.1c、4.3b、6.4"),
            "number": order.number,
            "to": order.unit.name,
            "said": _(
                "经%(name)s（%(number)s，截止日 %(on)s）检查，你单位客户档案存在下列问题 %(n)d 项。"
                "人工检查按检查单%(edition)s。"
                "请于 %(due)s 前完成整改，逐项回复整改情况、原因和佐证材料。"
            )
            % {
                "name": order.inspection.name,
                "number": order.inspection.number,
                "on": order.inspection.cutoff_on,
                "n": len(rows),
                "edition": _edition(order.inspection),
                "due": order.due_on,
            },
            "text": order.text,
            "heads": [
                _("编号"), _("客户"), _("位置"), _("问题"), _("程度"), _("条款"), _("期限"),
            ],
            "rows": [_asked_line(row) for row in rows],
            "signed": _("签发：%(name)s　%(on)s")
            % {"name": order.issued_by.name, "on": f"{localtime(order.issued_at):%Y-%m-%d}"},
        },
    )  # fmt: skip
    _record(work, order, len(rows))
    return Made(content, f"{title}-{order.number}.pdf", PDF, len(rows))


def _report(work: Work) -> Made:
    order = _order(work.by, work.asked)
    rows = queries.findings_of(order)
    title = _("整改报告")
    states = {state: sum(row.state == state for row in rows) for state in FindingState}
    content = typeset(
        TYPST / "report.typ",
        {
            **_mark(work),
            "title": title,
            "clause": _("依据《客户档案管理细则》§4.3b、6.4.2"),
            "about": [
                [_("通知书"), order.number],
                [_("单位"), order.unit.name],
                [_("检查"), f"{order.inspection.number} {order.inspection.name}"],
                [_("检查单"), _edition(order.inspection)],
                [_("整改期限"), f"{order.due_on}"],
                *(
                    [str(state.label), _("%(n)d 项") % {"n": number}]
                    for state, number in states.items()
                    if number
                ),
            ],
            "heads": [_("编号"), _("客户与问题"), _("整改情况"), _("原因"), _("结果")],
            "rows": [_answered_line(row) for row in rows],
            "tables": [],
            "conclusion": "",
        },
    )
    _record(work, order, len(rows))
    return Made(content, f"{title}-{order.number}.pdf", PDF, len(rows))


def _answered_line(row: Finding) -> Row:
    last = list(row.replies.all())[-1:]
    said = last[0].text if last else ""
    root = str(last[0].get_root_display()) if last else ""
    closed = f"\n{localtime(row.closed_at):%Y-%m-%d}" if row.closed_at else ""
    return [
        number_of(row),
        f"{row.dossier.name_full}\n{row.place_label}：{row.text}",
        said,
        root,
        f"{row.get_state_display()}{closed}",
    ]


def _measure_round(by: User, asked: Asked) -> Size:
    row = _inspection(by, asked)
    rows = queries.findings(by).filter(inspection=row)
    count = rows.count()
    if count > ROUND_MOST:
        message = _("问题超过 %(most)d 项，请按整改通知书分单位打印。")
        raise Unanswerable(message % {"most": ROUND_MOST})
    units = sorted(set(rows.order_by().values_list("unit", flat=True)))
    return Size(f"{_('整改报告')} {row.number}", count, Level.CORE, units, mark=_mark_of(rows))


def _round(work: Work) -> Made:
    """The whole round: figures by unit, by sort and root, then every finding."""
    inspection = _inspection(work.by, work.asked)
    found = queries.findings(work.by).filter(inspection=inspection)
    rows = list(found.prefetch_related("replies").order_by("unit__sort", "unit", "serial"))
    lines = queries.unit_lines(work.by, inspection, work.today)
    title = _("整改报告")
    content = typeset(
        TYPST / "report.typ",
        {
            **_mark(work),
            "title": title,
            "clause": _("依据《客户档案管理细则》§4.1c、6.4"),
            "about": [
                [_("检查"), f"{inspection.number} {inspection.name}"],
                [_("期间"), f"{inspection.period_start} – {inspection.period_end}"],
                [_("截止日"), f"{inspection.cutoff_on}"],
                [_("规则检查"), _("%(n)d 份") % {"n": sum(line.checked for line in lines)}],
                [_("人工检查"), _("%(n)d 份") % {"n": sum(line.drawn for line in lines)}],
                [_("检查单"), _edition(inspection)],
                [_("抽样种子"), inspection.seed],
                [_("样本摘要"), inspection.draw_sha256],
            ],
            "heads": [_("编号"), _("客户与问题"), _("整改情况"), _("原因"), _("结果")],
            "rows": [_answered_line(row) for row in rows],
            "tables": [_by_unit(lines), _by_cause(found), _by_root(found)],
            "conclusion": inspection.conclusion,
        },
    )
    audit.record(
        work.by, "inspection.printed", inspection, unit_id=inspection.owner_id,
        data={"rows": len(rows), "trace": work.stamp.trace},
    )  # fmt: skip
    return Made(content, f"{title}-{inspection.number}.pdf", PDF, len(rows))


def _edition(inspection: Inspection) -> str:
    row = inspection.checklist
    return _("第 %(n)d 版（%(on)s 起生效）") % {"n": row.number, "on": row.effective_on}


def _by_unit(lines: list[queries.UnitLine]) -> dict[str, Any]:
    return {
        "title": _("各单位"),
        "heads": [
            _("单位"), _("规则检查"), _("人工检查"), _("符合率（%）"), _("问题"),
            str(Severity.SERIOUS.label), _("重复"), _("已销号"), _("逾期"),
        ],
        "rows": [
            [
                line.unit.short_name,
                *map(
                    str,
                    (
                        line.checked, line.drawn, line.conforms or "—", line.found,
                        line.serious, line.repeated, line.closed, line.overdue,
                    ),
                ),
            ]
            for line in lines
        ],
    }  # fmt: skip


def _by_cause(found: Any) -> dict[str, Any]:
    return {
        "title": _("按问题类型"),
        "heads": [_("类型"), _("问题"), _("重复"), _("已销号")],
        "rows": [
            [line.label, str(line.found), str(line.repeated), str(line.closed)]
            for line in queries.by_cause(found)
        ],
    }


def _by_root(found: Any) -> dict[str, Any]:
    return {
        "title": _("已销号问题的原因"),
        "heads": [_("原因"), _("问题")],
        "rows": [[label, str(number)] for label, number in queries.by_root(found)],
    }


def _measure_draw(by: User, asked: Asked) -> Size:
    row = _inspection(by, asked)
    units = [share.unit_id for share in queries.shares(by, row)]
    count = sum(share.population for share in queries.shares(by, row))
    if count > MOST:
        message = _("总体超过 %(most)d 份，不能一次导出。")
        raise Unanswerable(message % {"most": MOST})
    return Size(f"{_('抽样记录')} {row.number}", count, Level.ORDINARY, units, heads())


def _draw(work: Work) -> Made:
    inspection = _inspection(work.by, work.asked)
    rows = work.watched(queries.population_of(work.by, inspection))
    content, count = workbook(inspection, rows, stamp=work.stamp)
    audit.record(
        work.by, "inspection.exported", inspection, unit_id=inspection.owner_id,
        data={"rows": count, "trace": work.stamp.trace},
    )  # fmt: skip
    return Made(content, f"{_('抽样记录')}-{inspection.number}.xlsx", XLSX, count)


def _record(work: Work, order: Order, rows: int) -> None:
    audit.record(
        work.by, "inspection.printed", order, data={"rows": rows, "trace": work.stamp.trace}
    )


def contribute_all() -> None:
    """All four."""
    notice, report = gettext_lazy("整改通知书"), gettext_lazy("整改报告")
    contribute(Kind("inspections.notice", notice, _of_order(notice), _notice))
    contribute(Kind("inspections.report", report, _of_order(report), _report))
    contribute(Kind("inspections.round", report, _measure_round, _round))
    contribute(Kind("inspections.draw", gettext_lazy("抽样记录"), _measure_draw, _draw))
