"""`yihu restore`: bring a copy back into an empty place, and prove it."""

import getpass
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from yihu.access.entering import for_group
from yihu.site.database import prepare
from yihu.site.home import keep
from yihu.site.migrating import know_key
from yihu.upkeep import restoring
from yihu.upkeep.chest import NoKey, key
from yihu.upkeep.copies import Unreadable, copy_at, examine, read_list
from yihu.upkeep.dumping import Failed


class Command(BaseCommand):
    help = "把备份恢复到空的地方（空库、空目录），随后核验版本、文件与操作日志。"
    requires_system_checks: list[str] = []  # noqa: RUF012  # Django's own declaration

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", help="备份目录 …/copies/名称，或备份位置上的备份名称")

    def handle(self, *args: Any, **options: Any) -> None:
        """Everything is looked at before anything is written."""
        try:
            restored = self._restore(options["path"])
        except (NoKey, Unreadable, Failed, restoring.NotEmpty) as why:
            raise CommandError(f"{why}") from None
        except OSError as why:
            text = _("恢复没有完成（%(why)s）；数据库仍是空的，排除后可再试。")
            raise CommandError(text % {"why": why}) from None
        text = _("已恢复：%(rows)d 行逐表与备份相符，文件 %(files)d 个，用时 %(seconds).0f 秒。")
        self.stdout.write(
            text
            % {
                "rows": restored.rows,
                "files": len(restored.listed.files),
                "seconds": restored.seconds,
            }
        )
        call_command("verify", stdout=self.stdout)
        call_command("verify", "audit", stdout=self.stdout)
        self.stdout.write(
            _("完成。%(at)s 之后的登记、离职和权限变更不在其中，请补办；所有人需重新登录。")
            % {"at": restored.listed.made_at[:16].replace("T", " ")}
        )

    def _restore(self, path: str) -> restoring.Restored:
        lock = key()
        copy = copy_at(path)
        listed = read_list(copy, lock)
        restoring.require_empty(listed)
        examine(copy, lock, listed)
        prepare()
        restoring.require_roles(listed)
        keep("django-key", listed.secret)
        settings.SECRET_KEY = listed.secret
        restored = restoring.restore(copy, lock, listed)
        know_key()
        with for_group():
            restoring.record(restored, by=getpass.getuser())
        return restored
