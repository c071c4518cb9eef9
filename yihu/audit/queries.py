"""Reads of the log's own state: the chain, what was sent off, what is unusual."""

from datetime import datetime
from itertools import pairwise

from yihu.audit.models import Anchor, Block, Event

SILENT_SECONDS = 300
"""A pause between two blocks that is worth a line; one is due every minute."""


def newest_block() -> Block | None:
    """The last seal."""
    return Block.objects.order_by("-number").first()


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
