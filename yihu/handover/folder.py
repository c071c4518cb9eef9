"""The folder into which an HR system drops its files (§6.3.4): each is taken once, by its content.

Beside a file stands what became of it (`….result.txt`): what was taken, or every wrong cell by
row and column. A mended file has another content and is read anew; the files themselves stay.
"""

import hashlib
import logging
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.dossiers.problems import Refused
from yihu.handover.models import Dropped
from yihu.handover.personnel import receive
from yihu.handover.problems import Wrong
from yihu.handover.sheet import rows_of
from yihu.kit import sheet

SUFFIXES = (".csv", ".xlsx")
STILL_SECONDS = 30
"""A file that changed so lately may still be on its way in."""
SAID_MOST = 500
RESULT = ".result.txt"
log = logging.getLogger(__name__)


def waiting(folder: Path, at: datetime) -> Iterator[Path]:
    """The files of the folder that are whole, by name; no links, no folders below."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SUFFIXES or path.name.startswith(("~", ".")):
            continue
        if path.is_symlink() or not path.is_file():
            continue
        if at.timestamp() - path.stat().st_mtime >= STILL_SECONDS:
            yield path


def take(path: Path, *, today: date, at: datetime) -> bool:
    """One file: its events, or why none of them; whether its content was new.

    The result is kept with the digest, so that a result that could not be written is written
    the next time.
    """
    if path.stat().st_size > sheet.MAX_BYTES:
        _write(path, _too_large(path))
        return False
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    known = Dropped.objects.filter(sha256=digest).first()
    result = known.result if known is not None else _taken(path, content, digest, today, at)
    _write(path, result)
    return known is None


@transaction.atomic
def _taken(path: Path, content: bytes, digest: str, today: date, at: datetime) -> str:
    try:
        with transaction.atomic():
            rows = rows_of(content, path.name)
            done = receive(_("人事文件夹"), rows, today=today, at=at)
    except Wrong as why:
        result = _problems(why)
    except (Refused, sheet.Refused) as why:
        result = _("全部未保存：%(why)s") % {"why": why}
    else:
        said = _("已处理：新登记 %(new)d 条，原已登记 %(same)d 条，当即生效 %(applied)d 人。")
        result = said % {"new": done.new, "same": done.same, "applied": done.applied}
    Dropped.objects.create(sha256=digest, name=path.name[:200], taken_at=at, result=result)
    return result


def _problems(why: Wrong) -> str:
    total = len(why.problems)
    head = _("有 %(number)d 处不符，全部未保存；请改正后以新文件放入。") % {"number": total}
    line = _("第 %(row)d 行 %(column)s：%(message)s")
    said = [
        line % {"row": one.row, "column": one.column, "message": one.message}
        for one in why.problems[:SAID_MOST]
    ]
    return "\n".join([head, *said])


def _too_large(path: Path) -> str:
    try:
        sheet.check_size(path.stat().st_size)
    except sheet.Refused as why:
        return _("全部未保存：%(why)s") % {"why": why}
    return ""


def _write(path: Path, result: str) -> None:
    """The result beside its file, whole or not at all, and only where it says something else."""
    beside = path.with_name(path.name + RESULT)
    wanted = result + "\n"
    try:
        if beside.is_file() and beside.read_text("utf-8-sig") == wanted:
            return
        part = path.with_name(f".{path.name}{RESULT}.part")
        part.write_text(wanted, "utf-8-sig")
        part.replace(beside)
    except OSError:
        log.exception("the result of an HR file could not be written")
