"""`yihu verify`: are versions, stored files, certificates and the log still what they were?"""

import getpass
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from yihu.access.entering import for_group
from yihu.audit import chain
from yihu.dossiers.verify import Verified, verify_versions
from yihu.kit.clock import now
from yihu.originals.verify import verify_disposals
from yihu.papers.verify import verify_papers


class Command(BaseCommand):
    help = "重算每份档案的版本链，核对所存文件和销毁清册，报告哪里不符；audit 核验操作日志。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "what",
            nargs="?",
            choices=["audit", "records"],
            help="audit：只核验操作日志；records：版本链与操作日志，不核对文件",
        )
        parser.add_argument("--anchors", type=Path, action="append", default=[], help="链头文件")
        parser.add_argument("--dsn", default="", help="数据库连接串；默认用库表的属主")
        parser.add_argument("--json", action="store_true", help="以 JSON 输出（audit）")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 0 when everything holds, 1 when anything is broken."""
        with for_group():
            if options["what"] == "audit":
                self._log(options)
            elif options["what"] == "records":
                self._versions()
                self._log(options)
            else:
                self._files()

    def _log(self, options: dict[str, Any]) -> None:
        try:
            found = chain.verify(options["dsn"], options["anchors"], by=getpass.getuser())
        except chain.CannotVerify as why:
            raise CommandError(_("操作日志无法核验：%(why)s") % {"why": why}) from None
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=1))
        else:
            for fault in found["faults"]:
                self.stdout.write(_("不符：%(what)s") % {"what": fault["said"]})
            for note in found["notes"]:
                self.stdout.write(_("提示：%(what)s") % {"what": note})
        if faults := len(found["faults"]):
            raise CommandError(_("有 %(number)d 处不符。") % {"number": faults})
        if not options["json"]:
            text = _("操作日志 %(blocks)d 块 %(events)d 条全部相符，链头 %(anchors)d 个。")
            self.stdout.write(text % found)

    def _versions(self) -> None:
        found = self._chains()
        if found.faults:
            raise CommandError(_("有 %(number)d 处不符。") % {"number": len(found.faults)})
        text = _("%(files)d 份档案的 %(versions)d 个版本全部相符。")
        self.stdout.write(text % {"files": found.files, "versions": found.versions})

    def _chains(self) -> Verified:
        found = verify_versions()
        for fault in found.faults:
            text = _("档案 %(dossier)s 第 %(number)d 版：%(what)s")
            self.stdout.write(
                text % {"dossier": fault.dossier, "number": fault.number, "what": fault.what}
            )
        return found

    def _files(self) -> None:
        found = self._chains()
        stored = verify_papers(at=now())
        for line in stored.faults:
            text = _("所存文件 %(sha256)s：%(what)s（%(documents)s）")
            self.stdout.write(
                text
                % {
                    "sha256": line.sha256,
                    "what": line.fault.label,
                    "documents": "；".join(line.documents),
                }
            )
        disposals, wrong = verify_disposals()
        for number in wrong:
            text = _("销毁清册 %(number)s 与签署时不符。")
            self.stdout.write(text % {"number": number})
        if faults := len(found.faults) + len(stored.faults) + len(wrong):
            raise CommandError(_("有 %(number)d 处不符。") % {"number": faults})
        text = _("%(files)d 份档案的 %(versions)d 个版本全部相符。")
        self.stdout.write(text % {"files": found.files, "versions": found.versions})
        text = _("所存 %(files)d 个文件全部与入库时相符。")
        self.stdout.write(text % {"files": stored.files})
        if disposals:
            text = _("%(number)d 份销毁清册全部与签署时相符。")
            self.stdout.write(text % {"number": disposals})
