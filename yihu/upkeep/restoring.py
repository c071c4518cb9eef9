"""Bring a copy back, into an empty place only."""

import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.base import File
from django.db import connections, transaction
from django.utils.translation import gettext as _

from yihu.audit import actions as audit
from yihu.papers.storage import place_of as blob_place
from yihu.papers.storage import shelf as blobs
from yihu.upkeep import copies, dumping
from yihu.upkeep.chest import Key
from yihu.upkeep.copies import Copy, Listed, Unreadable
from yihu.upkeep.trying import compared


class NotEmpty(Exception):
    """Something is there already; says what, and where to go instead."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, and how long it took."""

    listed: Listed
    rows: int
    seconds: float


def require_empty(listed: Listed) -> None:
    """No table in the database, and no stored file but this copy's own. Raises: NotEmpty."""
    with dumping.as_owner() as owner:
        tables = owner.execute(dumping.TABLES).fetchall()
    if tables:
        raise NotEmpty(
            _(
                "恢复只能写进空的地方：库 %(name)s 里已有 %(number)d 张表。"
                "请用 YIHU_HOME 指定一个新目录再试；用自有数据库的，新建一个空库并改 DATABASE_URL。"
            )
            % {"name": connections["owner"].settings_dict["NAME"], "number": len(tables)}
        )
    ours = {blob_place(part.sha256) for part in listed.files}
    for folder in _folders():
        for name in blobs().listdir(f"papers/{folder}")[1]:
            if f"papers/{folder}/{name}" not in ours:
                raise NotEmpty(
                    _(
                        "恢复只能写进空的地方：存放资料的地方已有别的文件。"
                        "请用 YIHU_HOME 指定一个新目录（或改设 YIHU_S3_BUCKET）再试。"
                    )
                )


def _folders() -> list[str]:
    try:
        return blobs().listdir("papers")[0]
    except FileNotFoundError:
        return []


def require_roles(listed: Listed) -> None:
    """The two roles are called as they were: the rights in the copy name them. Raises: NotEmpty."""
    for alias, was in (("owner", listed.owner), ("default", listed.app)):
        name = connections[alias].settings_dict["USER"]
        if name != was:
            raise NotEmpty(
                _(
                    "备份里的权限写给角色 %(was)s，这里用的是 %(name)s。"
                    "请以 %(was)s 建立角色，写进 DATABASE_URL 与 DATABASE_OWNER_URL 再试。"
                )
                % {"was": was, "name": name}
            )


def restore(copy: Copy, key: Key, listed: Listed) -> Restored:
    """Files, what was sent off, the secret; last, in one transaction, the database.

    The copy has been examined and the place is empty. Nobody is signed in afterwards.
    Raises: Unreadable, dumping.Failed, OSError; then the database is still empty.
    """
    began = time.monotonic()
    for part in listed.files:
        _put(copy, key, part)
    anchors = Path(settings.ANCHOR_FILE)
    if listed.anchors and not anchors.exists():
        anchors.write_text(listed.anchors)
    dumping.load(copy, key)
    rows = compared(listed)
    with dumping.as_owner() as owner:
        owner.execute("DELETE FROM access_session")
    return Restored(listed, rows, time.monotonic() - began)


def _put(copy: Copy, key: Key, part: copies.Part) -> None:
    place = blob_place(part.sha256)
    if blobs().exists(place) and blobs().size(place) == part.size:
        return
    with copies.spool() as content:
        found = copies.opened(copy.shelf, copies.place_of(key, part.sha256), key, content)
        if found != part:
            raise Unreadable(
                _("备份文件 %(file)s 的内容与清单不符。")
                % {"file": copies.place_of(key, part.sha256)}
            )
        content.seek(0)
        blobs().save(place, File(content))


def record(restored: Restored, *, by: str) -> None:
    """A line of the log that is back: from which copy."""
    listed = restored.listed
    said = {
        "copy": listed.name,
        "rows": restored.rows,
        "files": len(listed.files),
        "seconds": round(restored.seconds),
        "by": by,
    }
    with transaction.atomic():
        audit.record(None, "backup.restored", "upkeep.backup", data=said)
