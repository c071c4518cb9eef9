"""Prove a copy by restoring it: into a database of its own, compared, verified, dropped (§4.2b)."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from django.conf import settings
from django.core.files.storage import Storage
from django.db import connections, transaction
from django.utils.translation import gettext as _

from yihu.audit import actions as audit
from yihu.kit.postgres import IN_OPTIONS
from yihu.upkeep import dumping, queries
from yihu.upkeep.chest import Key
from yihu.upkeep.copies import Copy, Listed, Unreadable, copies_on, examine_files, read_list

FILES_BYTES = 2 * 2**30
"""So many bytes of files a trial opens; a restoration opens all."""
VERIFY_SECONDS = 3600
PREFIX = "yihu_trial_"


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial: which copy, how many rows and files were found equal, what was not (Chinese)."""

    name: str
    rows: int
    files: int
    problem: str
    seconds: float


def try_newest(shelf: Storage, key: Key, *, by: str) -> Tried:
    """Restore the newest copy beside the live database and prove it equal; never raises for it."""
    began = time.monotonic()
    name, rows, files, problem = "", 0, 0, ""
    try:
        copy = next(copies_on(shelf), None)
        if copy is None:
            raise Unreadable(_("备份位置上还没有备份。"))
        name = copy.name
        listed = read_list(copy, key)
        files = examine_files(copy, key, listed.files, FILES_BYTES)
        rows = _restored(copy, key, listed)
    except (Unreadable, dumping.Failed, psycopg.Error, OSError) as why:
        problem = str(why).strip().splitlines()[0]
    tried = Tried(name, rows, files, problem, time.monotonic() - began)
    said = {
        "ok": not problem,
        "copy": name,
        "rows": rows,
        "files": files,
        "seconds": round(tried.seconds),
        "why": problem,
        "by": by,
    }
    with transaction.atomic():
        audit.record(None, queries.TRIED, "upkeep.backup", data=said)
    return tried


def _restored(copy: Copy, key: Key, listed: Listed) -> int:
    """How many rows the scratch database held, all of them equal. Raises: as it goes wrong."""
    with dumping.scratch(PREFIX) as name:
        if dumping.load(copy, key, into=name) != listed.database:
            raise Unreadable(
                _("备份文件 %(file)s 的内容与清单不符。") % {"file": copy.database_place}
            )
        rows = compared(listed, name)
        _verify(name, listed)
    return rows


def compared(listed: Listed, database: str = "") -> int:
    """How many rows the database holds, each table equal to the copy's. Raises: Unreadable."""
    with dumping.as_owner(database) as owner:
        found = dumping.tables_of(owner)
    wrong = [name for name in listed.tables if found.get(name) != listed.tables[name]]
    wrong += [name for name in found if name not in listed.tables]
    if wrong:
        raise Unreadable(
            _("恢复出来的表与备份时不同：%(tables)s。") % {"tables": "、".join(wrong[:5])}
        )
    return sum(int(rows) for rows, _sum in found.values())


def _verify(database: str, listed: Listed) -> None:
    """`yihu verify` of that database: chains of versions, and the log against the heads sent off.

    Raises: Unreadable.
    """
    with tempfile.TemporaryDirectory(dir=settings.EXPORT_TEMP) as folder:
        anchors = Path(folder) / "anchors.log"
        anchors.write_text(listed.anchors)
        done = subprocess.run(
            [sys.executable, "-m", "yihu.site.main", "verify", "records",
             "--anchors", str(anchors)],
            env={**os.environ, **_urls(database)},
            capture_output=True, text=True, timeout=VERIFY_SECONDS, check=False,
        )  # fmt: skip
    if done.returncode != 0:
        said = (done.stderr + done.stdout).strip().splitlines() or ["?"]
        raise Unreadable(_("恢复出来的库核验不符：%(why)s") % {"why": said[-1]})


def _urls(database: str) -> dict[str, str]:
    """The two roles' addresses of a database on the same server, as the settings read them."""
    names = {"default": "DATABASE_URL", "owner": "DATABASE_OWNER_URL"}
    return {names[alias]: _url(alias, database) for alias in names}


def _url(alias: str, database: str) -> str:
    found = connections[alias].settings_dict
    user, password = (quote(str(found[name] or ""), safe="") for name in ("USER", "PASSWORD"))
    given = {name: found["OPTIONS"][name] for name in IN_OPTIONS if name in found["OPTIONS"]}
    given |= {name.lower(): found[name] for name in ("HOST", "PORT") if found[name]}
    who = f"{user}:{password}" if password else user
    return f"postgres://{who}@/{quote(database)}?{urlencode(given)}"
