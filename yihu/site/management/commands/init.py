"""`yihu init`: from an empty database to a group that can begin."""

import secrets
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from yihu.access.entering import for_group
from yihu.assessment.schemes import load_first_scheme as load_first_assessment_scheme
from yihu.care.actions import load_default_segments
from yihu.duties.actions import load_first_policy
from yihu.guide.actions import load_first_edition
from yihu.inspections.actions import load_first_checklist
from yihu.kit.clock import now, today
from yihu.ratings.schemes import load_first_scheme
from yihu.site.group import (
    DEFAULT,
    GroupSpec,
    add_demo_people,
    open_first_administrator,
    plant,
    read_group,
)
from yihu.site.migrating import upgraded


class Command(BaseCommand):
    help = "建库：库表、填报指南第 1 版、更新周期、集团与单位、首个管理员。可重复运行。"
    requires_system_checks: list[str] = []  # noqa: RUF012  # Django's own declaration

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--group", type=Path, default=DEFAULT, help="集团与单位的 TOML 文件")
        parser.add_argument("--demo-people", action="store_true", help="每单位加五名演示人员")
        parser.add_argument("--password", help="新账号的密码；不给则随机生成并打印")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            spec = read_group(options["group"])
        except ValueError as reason:
            raise CommandError(str(reason)) from None
        upgraded()
        with for_group():
            self._fill(spec, options)

    def _fill(self, spec: GroupSpec, options: dict[str, Any]) -> None:
        load_first_edition()
        load_first_policy()
        load_first_checklist(at=now())
        load_first_scheme()
        load_first_assessment_scheme()
        units = plant(spec, today=today())
        load_default_segments(at=now())
        self.stdout.write(f"单位：新建 {units} 个" if units else "单位：均已存在，未改动")
        password = options["password"] or secrets.token_urlsafe(12)
        admin = open_first_administrator(password=password, today=today())
        if admin is not None:
            self.stdout.write(f"管理员账号 {admin.username}，密码 {password}（请登录后修改）")
        if options["demo_people"]:
            opened = add_demo_people(password=password, today=today())
            if opened:
                self.stdout.write(
                    f"演示人员 {len(opened)} 名，工号 {opened[0]} 等，密码 {password}"
                )
            else:
                self.stdout.write("演示人员：均已存在，未改动")
        self.stdout.write("完成。用 yihu serve 启动。")
