"""Reads of the log's own state: the chain, what was sent off, what is unusual."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

from django.db import connection

from yihu.audit.models import Anchor, Block, Event
from yihu.audit.rules import NIGHT, READS, THRESHOLDS, USUAL_FROM

SILENT_SECONDS = 300
"""A pause between two blocks that is worth a line; one is due every minute."""


def newest_block() -> Block | None:
    """The last seal."""
    return Block.objects.order_by("-number").first()


def newest_blocks(limit: int) -> list[Block]:
    """The last seals, newest first."""
    return list(Block.objects.order_by("-number")[:limit])


def last_sent(sink: str) -> Anchor | None:
    """The last head that arrived there."""
    return Anchor.objects.filter(sink=sink, problem="").order_by("-at").first()


def last_tried(sink: str) -> Anchor | None:
    """The last head that was sent there or could not be."""
    return Anchor.objects.filter(sink=sink).order_by("-at").first()


def last_verified(limit: int = 5) -> list[Event]:
    """The last checks of the chain, newest first."""
    return list(Event.objects.filter(verb="log.verified").order_by("-id")[:limit])


def silences(since: datetime) -> list[tuple[datetime, datetime]]:
    """Pauses of the seals since then, newest first: from the block before to the one after."""
    rows = list(
        Block.objects.filter(sealed_at__gte=since)
        .order_by("number")
        .values_list("sealed_at", flat=True)
    )
    pauses = [
        (before, after)
        for before, after in pairwise(rows)
        if (after - before).total_seconds() > SILENT_SECONDS
    ]
    return pauses[::-1]


UNUSUAL = (Path(__file__).parent / "sql" / "unusual.sql").read_text()
UNUSUAL_MOST = 200


@dataclass(frozen=True, slots=True)
class UnusualDay:
    """A person's day: files looked at, most of them in an hour, by night; how many searches.

    `usual`: the median of the person's days. `over`: codes of the thresholds that were passed.
    """

    actor_id: int
    day: date
    files: int
    hour: int
    night: int
    searches: int
    usual: float
    over: frozenset[str]


def unusual_days(since: datetime) -> list[UnusualDay]:
    """Unusual reading since then, newest first, at most 200; whose lines are in the scope."""
    most = {threshold.code: threshold.most for threshold in THRESHOLDS}
    with connection.cursor() as cursor:
        cursor.execute(
            UNUSUAL,
            {
                **most,
                "since": since,
                "reads": list(READS),
                "evening": NIGHT[0],
                "morning": NIGHT[1],
                "usual_from": USUAL_FROM,
                "most": UNUSUAL_MOST,
            },
        )
        rows = cursor.fetchall()
    found = []
    for actor, day, files, hour, night, searches, usual in rows:
        times = files / usual if files >= USUAL_FROM else 0
        stood = {"hour": hour, "day": files, "night": night, "habit": times}
        over = frozenset(code for code, value in stood.items() if value > most[code])
        found.append(UnusualDay(actor, day, files, hour, night, searches, usual, over))
    return found
