"""Make a copy of the database and the files, one moment of both (§4.2b, 5.4)."""

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage
from django.db import connections, transaction

from yihu.audit import actions as audit
from yihu.papers.storage import open_blob
from yihu.upkeep import dumping, queries
from yihu.upkeep.chest import Key
from yihu.upkeep.copies import (
    Copy,
    Listed,
    Part,
    copies_on,
    names_on,
    place_of,
    store,
    write_list,
)
from yihu.upkeep.rules import kept, moment_of, name_of

UNFINISHED = timedelta(days=2)
"""After so long what has no list is no copy in the making."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A copy that was made: how many files it names, how many of them were new, what was amiss.

    `missing`: digests of documents whose content is gone or is not what was stored.
    """

    copy: Copy
    files: int
    added: int
    size: int
    missing: list[str]
    removed: int
    seconds: float


def take(shelf: Storage, key: Key, *, at: datetime, by: str) -> Taken:
    """Copy the database as of one moment, then each file that it names and the shelf lacks.

    Files are written before the row that names them and are never changed, so whatever the
    database of that moment names is there. Copies past their time go. `by`: whoever asked.

    Raises: dumping.Failed, OSError; then there is no copy, and what was put there serves the next.
    """
    began = time.monotonic()
    copy = Copy(shelf, name_of(at, secrets.token_hex(2)))
    anchors = _anchors()  # before the moment: each head in it is older than the database
    with dumping.as_owner() as owner, dumping.standing(owner) as snapshot:
        database = dumping.dump(copy, key, snapshot)
        tables = dumping.tables_of(owner)
        head = owner.execute(
            "SELECT number, head FROM audit_block ORDER BY number DESC LIMIT 1"
        ).fetchone()
        rows = owner.execute("SELECT sha256, size FROM papers_blob ORDER BY sha256").fetchall()
        number = dumping.number_of(owner)
    files = [Part(*row) for row in rows]
    added, missing = _copy_files(shelf, key, files)
    listed = Listed(
        name=copy.name,
        made_at=at.isoformat(),
        version=version("yihu"),
        server=number,
        owner=str(connections["owner"].settings_dict["USER"]),
        app=str(connections["default"].settings_dict["USER"]),
        database=database,
        tables=tables,
        files=[part for part in files if part.sha256 not in missing],
        head=list(head or ()),
        anchors=anchors,
        secret=settings.SECRET_KEY,
    )
    write_list(copy, key, listed)
    removed = _remove_old(shelf, at)
    taken = Taken(
        copy, len(listed.files), added, database.size, missing, removed, time.monotonic() - began
    )
    _record(taken, by)
    return taken


def _anchors() -> str:
    file = Path(settings.ANCHOR_FILE)
    return file.read_text() if file.exists() else ""


def _copy_files(shelf: Storage, key: Key, files: Iterable[Part]) -> tuple[int, list[str]]:
    """Put there what is not there; how many, and what could not be."""
    there: dict[str, set[str]] = {}
    added, missing = 0, []
    for part in files:
        place = place_of(key, part.sha256)
        folder, _slash, name = place.rpartition("/")
        if folder not in there:
            there[folder] = _names(shelf, folder)
        if name in there[folder]:
            continue
        try:
            with open_blob(part.sha256) as content:
                stored = store(shelf, place, key, content)
        except FileNotFoundError:
            missing.append(part.sha256)
            continue
        if stored == part:
            added += 1
        else:
            shelf.delete(place)
            missing.append(part.sha256)
    return added, missing


def _names(shelf: Storage, folder: str) -> set[str]:
    try:
        return set(shelf.listdir(folder)[1])
    except FileNotFoundError:
        return set()


def _remove_old(shelf: Storage, at: datetime) -> int:
    """Copies that no day, week or month needs, and what was begun and never finished."""
    finished = {copy.name: copy for copy in copies_on(shelf)}
    moments = {name: moment for name in names_on(shelf) if (moment := moment_of(name))}
    keep = kept([moments[name] for name in finished], settings.BACKUP_KEEP)
    old = [name for name in finished if moments[name] not in keep]
    left = [n for n in moments if n not in finished and at - moments[n] > UNFINISHED]
    for name in [*old, *left]:
        Copy(shelf, name).remove()
    return len(old)


def _record(taken: Taken, by: str) -> None:
    said: dict[str, Any] = {
        "copy": taken.copy.name,
        "files": taken.files,
        "added": taken.added,
        "size": taken.size,
        "missing": len(taken.missing),
        "removed": taken.removed,
        "seconds": round(taken.seconds),
        "by": by,
    }
    with transaction.atomic():
        audit.record(None, queries.MADE, "upkeep.backup", data=said)
