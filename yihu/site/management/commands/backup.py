"""`yihu backup`: copy the database and the files, locked; or prove the newest copy."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from yihu.access.entering import for_group
from yihu.kit.clock import now
from yihu.upkeep.chest import NoKey, key, key_file, made_key
from yihu.upkeep.copies import shelf
from yihu.upkeep.dumping import Failed
from yihu.upkeep.taking import take
from yihu.upkeep.trying import try_newest


class Command(BaseCommand):
    help = "备份数据库与所存文件（加密，文件只存一次）；--try 演练恢复最近一份备份。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--try", action="store_true", dest="trial", help="演练恢复并核验")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 0 when everything is in the copy, or came back equal; 1 otherwise."""
        try:
            with for_group():
                self._try() if options["trial"] else self._take()
        except (NoKey, Failed) as why:
            raise CommandError(str(why)) from None
        except OSError as why:
            text = _("备份没有完成（%(why)s）；请检查备份位置的权限与空间。")
            raise CommandError(text % {"why": why}) from None

    def _take(self) -> None:
        if made_key():
            text = _("已生成备份密钥 %(path)s。请立即抄存到别处：没有它，备份打不开。")
            self.stdout.write(text % {"path": key_file()})
        taken = take(shelf(), key(), at=now(), by=getpass.getuser())
        text = _(
            "备份 %(name)s 已完成：数据库 %(size).1f MB，文件 %(files)d 个（新增 %(added)d 个），"
            "用时 %(seconds).0f 秒；按保留规则删去 %(removed)d 份。"
        )
        self.stdout.write(
            text
            % {
                "name": taken.copy.name,
                "size": taken.size / 1e6,
                "files": taken.files,
                "added": taken.added,
                "seconds": taken.seconds,
                "removed": taken.removed,
            }
        )
        if taken.missing:
            text = _("有 %(number)d 个所存文件缺失或已变，没有备份；请运行 yihu verify。")
            raise CommandError(text % {"number": len(taken.missing)})

    def _try(self) -> None:
        tried = try_newest(shelf(), key(), by=getpass.getuser())
        if tried.problem:
            raise CommandError(_("恢复演练没有通过：%(why)s") % {"why": tried.problem})
        text = _(
            "恢复演练通过：备份 %(name)s 的 %(rows)d 行逐表相符，文件 %(files)d 个可解密且相符，"
            "版本链与日志链核验相符，用时 %(seconds).0f 秒。"
        )
        self.stdout.write(
            text
            % {
                "name": tried.name,
                "rows": tried.rows,
                "files": tried.files,
                "seconds": tried.seconds,
            }
        )
