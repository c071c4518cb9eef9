"""How long statements take, and which were slow: their text as it was written, without values."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

MOST_BYTES = 1024 * 1024
LONGEST = 3000
_VALUES = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")


class Statements:
    """Counts what a request asks of the database; a wrapper of Django's connection."""

    def __init__(self) -> None:
        self.count, self.seconds = 0, 0.0
        self.slow: list[tuple[str, float]] = []

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            took = time.perf_counter() - began
            self.count += 1
            self.seconds += took
            if took >= settings.SLOW_SECONDS:
                self.slow.append((bare(sql), took))


def bare(sql: Any) -> str:
    """The statement on one line, without any value: parameters are not in it, literals go.

    One that was composed with its values tells nothing but that.
    """
    if not isinstance(sql, str):
        return f"({type(sql).__name__})"
    return _VALUES.sub("?", " ".join(sql.split()))[:LONGEST]


def keep(slow: list[tuple[str, float]], *, route: str, at: datetime) -> None:
    """Add them to the file of this machine; a full file is put aside, the one before goes."""
    file = Path(settings.SLOW_FILE)
    lines = [
        json.dumps({"at": at.isoformat(), "route": route, "ms": round(s * 1000), "sql": sql})
        for sql, s in slow
    ]
    with file.open("a") as kept:
        kept.write("".join(f"{line}\n" for line in lines))  # one write: processes do not mix
        full = kept.tell() > MOST_BYTES
    if full:
        file.replace(_before(file))


def _before(file: Path) -> Path:
    return file.with_name(f"{file.name}.1")


@dataclass(slots=True)
class Slow:
    """One statement: how often it was slow, for how long in all and at most, from where, when."""

    sql: str
    times: int = 0
    total_ms: int = 0
    most_ms: int = 0
    routes: set[str] = field(default_factory=set)
    last_at: datetime | None = None


def slowest(limit: int) -> list[Slow]:
    """What cost most time in all, of what this machine has kept."""
    found: dict[str, Slow] = {}
    file = Path(settings.SLOW_FILE)
    for path in (_before(file), file):
        for text in path.read_text().splitlines() if path.exists() else []:
            try:
                line = json.loads(text)
            except ValueError:
                continue  # cut by a full disk
            one = found.setdefault(line["sql"], Slow(line["sql"]))
            one.times += 1
            one.total_ms += line["ms"]
            one.most_ms = max(one.most_ms, line["ms"])
            one.routes.add(line["route"])
            one.last_at = datetime.fromisoformat(line["at"])
    return sorted(found.values(), key=lambda one: -one.total_ms)[:limit]
