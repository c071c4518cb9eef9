"""A copy as it lies there: its list, the database, and the files that all copies share.

copies/NAME/list.age       what the copy holds, with the digest of each; written last
copies/NAME/database.age   pg_dump, custom format
files/ab/ALIAS.age         the content of a document, once, whichever copies name it
"""

import json
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.utils.translation import gettext as _

from yihu.papers.storage import Folder
from yihu.upkeep.chest import Counted, Key, Reads, Spoilt, Writes
from yihu.upkeep.rules import moment_of

FORMAT = 1
IN_MEMORY = 8 * 1024 * 1024


class Unreadable(Exception):
    """A copy that cannot be used; names the file and says why."""


@dataclass(frozen=True, slots=True)
class Part:
    """Content by digest and length."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Listed:
    """What a copy says of itself.

    `server`: the number of the PostgreSQL; `tables`: rows and digest of each, by its full name;
    `head`: number and head of the last seal; `anchors`: the heads that had been sent off to the
    file; `secret`: by which this installation signs and seals.
    """

    name: str
    made_at: str
    version: str
    server: int
    owner: str
    app: str
    database: Part
    tables: dict[str, list[str]]
    files: list[Part]
    head: list[Any]
    anchors: str
    secret: str = field(repr=False)
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that was found, on its shelf."""

    shelf: Storage
    name: str

    @property
    def list_place(self) -> str:
        return f"copies/{self.name}/list.age"

    @property
    def database_place(self) -> str:
        return f"copies/{self.name}/database.age"

    def remove(self) -> None:
        """Take it off the shelf, its list first: without one it is no copy."""
        for place in (self.list_place, self.database_place):
            self.shelf.delete(place)
        if isinstance(self.shelf, Folder):
            shutil.rmtree(self.shelf.path(f"copies/{self.name}"))  # with parts, of a killed writer


def shelf() -> Storage:
    """Where copies go: YIHU_BACKUP_FOLDER, or the bucket YIHU_BACKUP_S3_BUCKET."""
    return storages["backups"]


def place_of(key: Key, sha256: str) -> str:
    """Where the content of that digest lies."""
    alias = key.alias(sha256)
    return f"files/{alias[:2]}/{alias}.age"


def names_on(of: Storage) -> list[str]:
    """Every copy there by name, the newest first, unfinished ones too."""
    try:
        folders, _files = of.listdir("copies")
    except FileNotFoundError:
        return []
    return sorted((name for name in folders if moment_of(name)), reverse=True)


def copies_on(of: Storage) -> Iterator[Copy]:
    """Every finished copy, the newest first."""
    for name in names_on(of):
        copy = Copy(of, name)
        if of.exists(copy.list_place):
            yield copy


def copy_at(given: str) -> Copy:
    """The copy of that folder, or of that name on the shelf. Raises: Unreadable."""
    path = Path(given)
    if path.is_dir() and path.resolve().parent.name == "copies":
        path = path.resolve()
        return Copy(Folder(location=path.parents[1]), path.name)
    if moment_of(given) and given in names_on(shelf()):
        return Copy(shelf(), given)
    raise Unreadable(
        _("%(path)s 不是备份。请给出备份目录（…/copies/名称），或备份位置上的备份名称。")
        % {"path": given}
    )


def store(of: Storage, place: str, key: Key, reader: Reads) -> Part:
    """Lock the content and put it there, whole or not at all; what it was."""
    passing = Counted(reader)
    with spool() as locked:
        key.lock(passing, locked)
        locked.seek(0)
        of.save(place, File(locked))
    return Part(passing.sha256, passing.size)


def spool() -> SpooledTemporaryFile[bytes]:
    """Room for what is locked: in memory, a file where it is large."""
    return SpooledTemporaryFile(IN_MEMORY, dir=str(settings.EXPORT_TEMP))


def opened(of: Storage, place: str, key: Key, writer: Writes | None = None) -> Part:
    """Unlock what lies there into `writer`; what it was. Raises: Unreadable, naming the
    file; OSError where `writer` takes no more.
    """
    passing = Counted(writer=writer)
    try:
        with of.open(place, "rb") as file:
            key.unlock(file, passing)
    except FileNotFoundError:
        raise Unreadable(_("备份文件 %(file)s 不见了。") % {"file": place}) from None
    except Spoilt:
        if passing.problem is not None:
            raise passing.problem from None
        raise Unreadable(
            _("备份文件 %(file)s 打不开：被截短、被改动，或者不是用这把密钥加密的。")
            % {"file": place}
        ) from None
    return Part(passing.sha256, passing.size)


def write_list(copy: Copy, key: Key, listed: Listed) -> None:
    """With it the copy is there."""
    said = json.dumps(asdict(listed), ensure_ascii=False).encode()
    store(copy.shelf, copy.list_place, key, BytesIO(f"{key.mark(said)}\n".encode() + said))


def read_list(copy: Copy, key: Key) -> Listed:
    """What the copy holds. Raises: Unreadable."""
    content = BytesIO()
    opened(copy.shelf, copy.list_place, key, content)
    mark, _newline, said = content.getvalue().partition(b"\n")
    place = copy.list_place
    if mark.decode("ascii", "replace") != key.mark(said):
        raise Unreadable(_("备份文件 %(file)s 不是本系统写的。") % {"file": place})
    found = json.loads(said)
    if found["format"] != FORMAT:
        raise Unreadable(
            _("备份文件 %(file)s 的格式 %(format)s 不认识；请用写它的版本 %(version)s 恢复。")
            % {"file": place, "format": found["format"], "version": found["version"]}
        )
    if found["name"] != copy.name:
        raise Unreadable(
            _("备份文件 %(file)s 属于另一份备份 %(name)s。")
            % {"file": place, "name": found["name"]}
        )
    found["database"] = Part(**found["database"])
    found["files"] = [Part(**one) for one in found["files"]]
    return Listed(**found)


def examine(copy: Copy, key: Key, listed: Listed) -> None:
    """Open everything that the copy names. Writes nothing.

    Raises: Unreadable, naming the first file that is not what was copied.
    """
    _require(copy, key, copy.database_place, listed.database)
    examine_files(copy, key, listed.files)


def examine_files(copy: Copy, key: Key, files: Sequence[Part], most: int | None = None) -> int:
    """Open these files, or some by lot that make `most` bytes; how many. Raises: as `examine`."""
    looked, size = 0, 0
    chosen = files if most is None else random.sample(files, len(files))
    for part in chosen:
        if most is not None and looked and size + part.size > most:
            break
        _require(copy, key, place_of(key, part.sha256), part)
        looked += 1
        size += part.size
    return looked


def _require(copy: Copy, key: Key, place: str, part: Part) -> None:
    if opened(copy.shelf, place, key) != part:
        raise Unreadable(_("备份文件 %(file)s 的内容与清单不符。") % {"file": place})
