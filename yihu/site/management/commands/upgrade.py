"""`yihu upgrade`: bring the tables to this version while the old one still serves."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from yihu.site.migrating import upgraded


class Command(BaseCommand):
    help = "升级库表，不停机：先看会锁住什么，会锁住大表的不做；其余以属主执行，遇占用则让开再试。"
    requires_system_checks: list[str] = []  # noqa: RUF012  # Django's own declaration

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--stopped", action="store_true", help="已停机：网页与后台任务都停了，大表也照做"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 0 when the tables are up to date; 1 where nothing, or not all, could be done."""
        done = upgraded(stopped=options["stopped"])
        if not done.applied:
            self.stdout.write(_("库表已是最新，没有要做的。"))
            return
        for label in done.applied:
            self.stdout.write(f"  {label}")
        text = _(
            "已执行 %(n)d 个迁移，涉及 %(tables)d 张原有的表，"
            "第 %(tries)d 次成功，用时 %(s).1f 秒。"
        )
        given = {
            "n": len(done.applied),
            "tables": done.tables,
            "tries": done.tries,
            "s": done.seconds,
        }
        self.stdout.write(text % given)
        if done.broken:
            text = _(
                "旧版本用到的 %(columns)s 已去掉或改为必填：请立即把所有网页和后台任务换成新版本。"
            )
            self.stdout.write(text % {"columns": "、".join(done.broken)})
