"""`yihu import KIND FILE --unit CODE [--commit] [--json]`: a ledger in from the command line."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from yihu.access.entering import for_group
from yihu.intake import actions
from yihu.intake.choices import ImportKind
from yihu.intake.queries import Preview
from yihu.intake.rules import Problem
from yihu.kit import clock
from yihu.kit.sheet import Refused, check_size
from yihu.org.models import OrgUnit

UNREADABLE, SOME_REJECTED = 2, 3
SHOWN_PROBLEMS = 50


class Command(BaseCommand):
    """Exit 0 when no row is rejected, 3 when some are, 2 when the file cannot be read."""

    help = (
        "导入表格：customers contracts offtake personnel ratings。不加 --commit 时只预览，不写入。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=list(ImportKind.values))
        parser.add_argument("file", type=Path)
        parser.add_argument("--unit", required=True, metavar="CODE", help="单位代码，如 GD")
        parser.add_argument("--commit", action="store_true", help="写入数据库")
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")

    @for_group()
    def handle(self, *args: Any, **options: Any) -> None:
        kind, path = options["kind"], options["file"]
        try:
            unit = OrgUnit.objects.filter(code=options["unit"]).first()
            if unit is None:
                raise Refused(
                    "unknown_unit", _("没有代码为“%(code)s”的单位。") % {"code": options["unit"]}
                )
            seen = self._run(kind, _read(path), path.name, unit, commit=options["commit"])
        except Refused as refused:
            self._refuse(kind, refused, as_json=options["json"])
            sys.exit(UNREADABLE)
        rejected = _first_of_each_row(seen.rejected)
        if options["json"]:
            self._write_json(kind, seen, rejected)
        else:
            self._say(kind, seen, rejected, committed=options["commit"])
        if seen.rejected_rows:
            sys.exit(SOME_REJECTED)

    def _run(self, kind: str, content: bytes, name: str, unit: OrgUnit, *, commit: bool) -> Preview:
        if not commit:
            return actions.preview_only(unit, kind=kind, name=name, content=content)
        return actions.import_now(
            unit, kind=kind, name=name, content=content, today=clock.today(), at=clock.now()
        )

    def _refuse(self, kind: str, refused: Refused, *, as_json: bool) -> None:
        self.stderr.write(refused.message)
        if as_json:
            problem = Problem(0, "", refused.code, refused.message)
            self.stdout.write(
                json.dumps(
                    {
                        "kind": kind,
                        "new": 0,
                        "changed": 0,
                        "unchanged": 0,
                        "rejected": [problem.as_dict()],
                        "warnings": [],
                    },
                    ensure_ascii=False,
                )
            )

    def _write_json(self, kind: str, seen: Preview, rejected: list[Problem]) -> None:
        answer = {
            "kind": kind,
            "new": seen.new,
            "changed": seen.changed,
            "unchanged": seen.unchanged,
            "rejected": [problem.as_dict() for problem in rejected],
            "warnings": [problem.as_dict() for problem in seen.warnings],
        }
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))

    def _say(self, kind: str, seen: Preview, rejected: list[Problem], *, committed: bool) -> None:
        self.stdout.write(
            _(
                "%(kind)s：新增 %(new)d，变更 %(changed)d，无变化 "
                "%(unchanged)d，拒收 %(rejected)d，提示 %(warnings)d。"
            )
            % {
                "kind": ImportKind(kind).label,
                "new": seen.new,
                "changed": seen.changed,
                "unchanged": seen.unchanged,
                "rejected": seen.rejected_rows,
                "warnings": len(seen.warnings),
            }
        )
        for title, problems in ((_("拒收"), rejected), (_("提示"), seen.warnings)):
            for problem in problems[:SHOWN_PROBLEMS]:
                self.stdout.write(
                    _("%(title)s 第 %(row)d 行 %(column)s：%(message)s")
                    % {
                        "title": title,
                        "row": problem.row,
                        "column": problem.column,
                        "message": problem.message,
                    }
                )
            if len(problems) > SHOWN_PROBLEMS:
                self.stdout.write(_("……共 %(count)d 条。") % {"count": len(problems)})
        self.stdout.write(
            _("已写入。") if committed else _("只是预览，没有写入；确认无误后加 --commit 写入。")
        )


def _read(path: Path) -> bytes:
    try:
        check_size(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise Refused(
            "unreadable_file", _("无法读取文件 %(path)s；请核对路径。") % {"path": path}
        ) from error


def _first_of_each_row(problems: list[Problem]) -> list[Problem]:
    first: dict[int, Problem] = {}
    for problem in problems:
        first.setdefault(problem.row, problem)
    return list(first.values())
