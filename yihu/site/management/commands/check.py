"""`yihu check`: is this installation sound?"""

import json
import sys
from typing import Any

from django.core.checks import ERROR, run_checks
from django.core.management.base import BaseCommand, CommandParser

from yihu.upkeep.soundness import Answer, answers


class Command(BaseCommand):
    help = "检查安装是否完好：程序、数据库、角色、中文检索、迁移、存储、时钟、后台任务。"
    requires_system_checks: list[str] = []  # noqa: RUF012  # Django's own declaration

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")

    def handle(self, *args: Any, **options: Any) -> None:
        faults = [message for message in run_checks() if message.level >= ERROR]
        program = Answer("program", not faults, "；".join(m.msg for m in faults) or "程序自检通过")
        lines = [program, *answers()]
        if options["json"]:
            rows = [{"name": a.name, "ok": a.sound, "message": a.said} for a in lines]
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1))
        else:
            for line in lines:
                self.stdout.write(
                    f"{'正常' if line.sound else '异常'}  {line.name:<11} {line.said}"
                )
        if not all(line.sound for line in lines):
            sys.exit(1)
