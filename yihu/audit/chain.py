"""The writes that keep the log honest: months, seals, heads sent off, checks (§4.2b, 5.5, T12)."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections, transaction

from yihu.audit import actions as audit
from yihu.audit.models import Anchor
from yihu.audit.queries import last_sent, newest_block
from yihu.audit.sinks import sinks
from yihu.kit.postgres import libpq

MONTHS_AHEAD = 3
SEND_EVERY = timedelta(minutes=50)
"""So that with a job every five minutes an hour never passes."""
MARK = "yihu-anchor "
VERIFY_SECONDS = 3600


def keep_months() -> int:
    """Partitions for this month and the next ones; how many were missing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT keep_event_months(%s)", [MONTHS_AHEAD])
        return int(cursor.fetchone()[0])


def seal() -> int:
    """Seal what was committed since, were it nothing; the number of the block."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT seal_events()")
        return int(cursor.fetchone()[0])


def send_head(*, at: datetime) -> list[Anchor]:
    """Send the newest head to every sink that has had none for `SEND_EVERY`; the attempts.

    One that fails is noted and due again at once.
    """
    block = newest_block()
    if block is None:
        return []
    said = {"number": block.number, "head": block.head, "sealed_at": block.sealed_at.isoformat()}
    line = MARK + json.dumps({**said, "life": block.life})
    tried = []
    for name, send in sinks().items():
        last = last_sent(name)
        if last is not None and timedelta() <= at - last.at < SEND_EVERY:
            continue
        problem = ""
        try:
            send(line)
        except (OSError, ValueError) as why:
            problem = f"{type(why).__name__}: {why}"[:300]
        tried.append(Anchor.objects.create(number=block.number, sink=name, at=at, problem=problem))
    return tried


def take_care(*, at: datetime) -> None:
    """What must have happened before the first page is served."""
    keep_months()
    seal()
    send_head(at=at)


def verify(dsn: str = "", anchors: Iterable[Path] = (), *, by: str) -> dict[str, Any]:
    """Hand over to the verifier, a program of its own, and note in the log what it found.

    `by`: whoever asked. Returns its JSON. Raises: CannotVerify.
    """
    files = list(anchors) or [Path(settings.ANCHOR_FILE)]
    command = [sys.executable, str(settings.VERIFIER), "--json"]
    command += [part for path in files if path.exists() for part in ("--anchors", str(path))]
    done = subprocess.run(
        command,
        env={**os.environ, **_place(dsn)},
        capture_output=True,
        text=True,
        timeout=VERIFY_SECONDS,
        check=False,
    )
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise CannotVerify(done.stderr.strip()[-300:]) from None
    if "error" in found:
        raise CannotVerify(found["error"])
    kept = {name: found[name] for name in ("ok", "blocks", "events", "anchors", "head")}
    with transaction.atomic():
        audit.record(
            None, "log.verified", "audit.block",
            data={**kept, "faults": len(found["faults"]), "by": by},
        )  # fmt: skip
    return found


class CannotVerify(Exception):
    """The verifier came to no answer; says why."""


def _place(dsn: str) -> dict[str, str]:
    """Which database, as libpq's variables."""
    if dsn:
        return {"YIHU_AUDIT_DSN": dsn}
    return libpq(connections["owner"].settings_dict)
