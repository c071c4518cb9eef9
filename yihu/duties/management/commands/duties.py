"""`yihu duties refresh --as-of DATE`, `yihu duties recompute --as-of DATE`."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from yihu.access.entering import for_group
from yihu.duties.actions import refresh
from yihu.duties.recomputing import Standing, recompute
from yihu.kit.clock import today
from yihu.org.models import OrgUnit


class Command(BaseCommand):
    help = "更新任务：refresh 生成、调整并结清全部任务（可重复运行）；recompute 重新推算并核对。"

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        one = verbs.add_parser("refresh", help="生成并结清任务")
        one.add_argument("--as-of", type=_day, help="截至日期，如 2026-11-05；默认今天")
        one.add_argument("--unit", help="只刷新一个单位（单位代码）")

        again = verbs.add_parser(
            "recompute", help="由原始记录重新推算，与现有统计核对，不改动任何内容"
        )
        again.add_argument("--as-of", type=_day, help="截至日期，如 2026-11-05；默认今天")

    @for_group()
    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "recompute":
            self._recompute(options["as_of"] or today())
            return
        unit = None
        if options["unit"]:
            unit = OrgUnit.objects.filter(code=options["unit"]).first()
            if unit is None:
                raise CommandError(f"没有代码为 {options['unit']} 的单位。")
        as_of = options["as_of"] or today()
        done = refresh(as_of, unit_id=unit.pk if unit else None)
        self.stdout.write(
            f"截至 {as_of}：新增任务 {done.planned} 项，取消 {done.dropped} 项，"
            f"结清 {done.done} 项。"
        )

    def _recompute(self, as_of: date) -> None:
        found = recompute(as_of)
        kept = f"（{found.kept} 项在合同或访谈日期更正之前已判定，保持原判）" if found.kept else ""
        if not found.astray:
            self.stdout.write(
                f"截至 {as_of}：重新推算任务 {found.planned} 项，与现有统计一致{kept}。"
            )
            return
        for figure in found.unlike:
            self.stderr.write(
                f"{figure.unit} {figure.kind} {figure.month:%Y-%m} {figure.state}："
                f"现有 {figure.shown} 项，推算 {figure.told} 项。"
            )
        for row in found.astray[:NAMED_MOST]:
            self.stderr.write(
                f"{row.unit} {row.dossier} {row.kind} {row.period_start}："
                f"现有 {_said(row.shown)}，推算 {_said(row.told)}。"
            )
        raise CommandError(
            f"有 {len(found.unlike)} 个数、{len(found.astray)} 项任务与由原始记录推算的不一致，"
            "见上。"
        )


NAMED_MOST = 200


def _said(standing: Standing | None) -> str:
    if standing is None:
        return "没有这项任务"
    late = f"迟 {standing.days} 天" if standing.days else ""
    parts = (f"截止 {standing.due_on}", standing.state, late, standing.klass)
    return " ".join(part for part in parts if part)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"日期写作 2026-11-05 的样子，不能是 {text}。") from None
