"""How fast a token's program may ask: one statement a request, counted in the database.

Counted before the transaction of the response begins and in one of its own (migration 0003): a
long batch holds up no other request of the same token, and one that fails has still been made. Its
end does not wait for the disk: a server that loses its power forgets the counts of its last
second, and nothing else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.db import connection

from yihu.access.tokens.actions import note_use
from yihu.kit.scoped.base import DatabaseWrapper

COUNT = "SELECT used, token, used_before FROM public.interface_count(%s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a token stands in its minute; `reset`: seconds until the next one."""

    used: int
    limit: int
    reset: int

    @property
    def over(self) -> bool:
        """Whether this request is one too many."""
        return self.used > self.limit

    def headers(self) -> dict[str, str]:
        """As the answer says it."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(self.limit - self.used, 0)),
            "RateLimit-Reset": str(self.reset),
        }


def count(secret: str, at: datetime) -> Standing | None:
    """One more request of a token that stands, which is noted as used; None for any other, which
    the door turns away.
    """
    minute = at.replace(second=0, microsecond=0)
    engine = cast(DatabaseWrapper, connection)
    used, token_id, before = engine.bound(COUNT, [secret, minute, at]) or (None, None, None)
    if used is None:
        return None
    note_use(token_id, before=before, at=at)
    left = minute + timedelta(minutes=1) - at
    reset = max(1, -(-left // timedelta(seconds=1)))
    return Standing(used, settings.INTERFACE_A_MINUTE, reset)
