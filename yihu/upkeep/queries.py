"""What the log and the shelf say of copies and trials."""

from dataclasses import dataclass
from datetime import datetime

from django.core.files.storage import Storage

from yihu.audit.models import Block, Event
from yihu.upkeep.copies import copies_on
from yihu.upkeep.rules import moment_of

MADE, TRIED = "backup.made", "backup.tested"


def newest_copy() -> Event | None:
    """The last copy, as the log tells it."""
    return Event.objects.filter(verb=MADE).order_by("-id").first()


def newest_trial() -> Event | None:
    """The last trial, whether it went well or not."""
    return Event.objects.filter(verb=TRIED).order_by("-id").first()


def deeds(limit: int) -> list[Event]:
    """The last copies, trials and restorations, newest first."""
    verbs = (MADE, TRIED, "backup.restored")
    return list(Event.objects.filter(verb__in=verbs).order_by("-id")[:limit])


def born() -> datetime | None:
    """Since when this installation serves: its first seal."""
    return Block.objects.order_by("number").values_list("sealed_at", flat=True).first()


@dataclass(frozen=True, slots=True)
class OnShelf:
    """A finished copy: its name, when it was begun, how long its database is."""

    name: str
    at: datetime
    size: int


def on_shelf(of: Storage, limit: int) -> list[OnShelf]:
    """The newest copies that lie there. Raises: OSError where the shelf cannot be reached."""
    found: list[OnShelf] = []
    for copy in copies_on(of):
        at = moment_of(copy.name)
        assert at is not None
        found.append(OnShelf(copy.name, at, of.size(copy.database_place)))
        if len(found) == limit:
            break
    return found
