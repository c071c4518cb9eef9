"""`yihu demo`: a whole group to try Yihu with."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from yihu.access.entering import for_group
from yihu.dossiers.models import Dossier
from yihu.kit.clock import today
from yihu.site.demo.load import STEPS, NotEmpty, load
from yihu.site.demo.people import sign_ins
from yihu.site.home import keep
from yihu.site.migrating import migrate


class Command(BaseCommand):
    help = "载入演示集团：12 个单位、2,000 个客户、3,000 份合同、36 个月提气量（仅限空库）。"
    requires_system_checks: list[str] = []  # noqa: RUF012  # Django's own declaration

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", type=date.fromisoformat, help="演示的“今天”，默认今天")
        parser.add_argument("--if-empty", action="store_true", help="已有档案时静静地什么也不做")

    def handle(self, *args: Any, **options: Any) -> None:
        migrate()
        with for_group():
            self._fill(options)

    def _fill(self, options: dict[str, Any]) -> None:
        if options["if_empty"] and Dossier.objects.exists():
            return
        with tqdm(total=STEPS, desc="载入演示数据", unit="步") as bar:

            def step(name: str) -> None:
                bar.set_postfix_str(name)
                bar.update()

            try:
                load(options["as_of"] or today(), step)
            except NotEmpty:
                raise CommandError(
                    "库中已有客户档案，演示数据不会混入。请用 YIHU_HOME 指定一个新目录再试。"
                ) from None
        people = sign_ins()
        keep("demo-people.txt", people)
        if options["verbosity"]:
            self.stdout.write(people)
