"""How fast a token's program may ask: one statement a request, counted in the database.

Counted before the transaction of the response begins and in one of its own: a long batch holds up
no other request of the same token, and one that fails has still been made. Its end does not wait
for the disk: a server that loses its power forgets the counts of its last second, and nothing else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from yihu.access.entering import for_door
from yihu.access.tokens.actions import note_use
from yihu.access.tokens.queries import digest_of

COUNT = """
INSERT INTO interface_pace AS p (token_id, minute, used)
SELECT t.id, %(minute)s, 1
FROM access_apitoken t JOIN access_user u ON u.id = t.user_id AND u.is_active
WHERE t.sha256 = %(digest)s AND t.revoked_at IS NULL AND t.expires_at > %(at)s
ON CONFLICT (token_id) DO UPDATE SET
    used = CASE WHEN p.minute = EXCLUDED.minute THEN p.used + 1 ELSE 1 END,
    minute = EXCLUDED.minute
RETURNING used, token_id, (SELECT used_at FROM access_apitoken WHERE id = token_id),
    set_config('synchronous_commit', 'off', true)
"""


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
    given: dict[str, Any] = {"minute": minute, "digest": digest_of(secret), "at": at}
    with for_door(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(COUNT, given)
        found = cursor.fetchone()
        if found is None:
            return None
        used, token_id, before, _unwaited = found
        note_use(token_id, before=before, at=at)
    left = minute + timedelta(minutes=1) - at
    reset = max(1, -(-left // timedelta(seconds=1)))
    return Standing(used, settings.INTERFACE_A_MINUTE, reset)
