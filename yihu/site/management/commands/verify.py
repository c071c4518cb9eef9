"""`yihu verify`: are versions, stored files and certificates still what they were?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from yihu.dossiers.verify import verify_versions
from yihu.kit.clock import now
from yihu.originals.verify import verify_disposals
from yihu.papers.verify import verify_papers


class Command(BaseCommand):
    help = "重算每份档案的版本链，核对所存文件和销毁清册，报告哪里不符。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 0 when everything holds, 1 when anything is broken."""
        found = verify_versions()
        for fault in found.faults:
            text = _("档案 %(dossier)s 第 %(number)d 版：%(what)s")
            self.stdout.write(
                text % {"dossier": fault.dossier, "number": fault.number, "what": fault.what}
            )
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
