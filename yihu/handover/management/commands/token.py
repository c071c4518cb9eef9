"""`yihu token`: what the HR system shows to send personnel events."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from yihu.access.entering import for_group
from yihu.dossiers.problems import Refused
from yihu.handover.tokens import issue, revoke
from yihu.kit.clock import now


class Command(BaseCommand):
    help = "签发或吊销人事接口的令牌：yihu token personnel [--name HR] [--revoke]。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("door", choices=["personnel"], help="接口：personnel（人事变动）")
        parser.add_argument("--name", default="HR", help="对方系统的名称，默认 HR")
        parser.add_argument("--revoke", action="store_true", help="吊销该名称的令牌")

    @for_group()
    def handle(self, *args: Any, **options: Any) -> None:
        """Print the token once; it cannot be shown again."""
        name = options["name"]
        try:
            if options["revoke"]:
                revoke(name, at=now())
                self.stdout.write(f"令牌 {name} 已吊销。")
                return
            secret = issue(name, at=now())
        except Refused as why:
            raise CommandError(str(why)) from None
        self.stdout.write(f"令牌 {name}（只显示这一次，请存入对方系统）：\n{secret}")
