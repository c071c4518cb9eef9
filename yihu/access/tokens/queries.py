"""Reads of tokens, at the door: no person's transaction reaches them."""

import hashlib
from datetime import datetime

from yihu.access.entering import for_door
from yihu.access.models import ApiToken, User


def digest_of(secret: str) -> str:
    """All that is kept of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def tokens_of(user: User) -> list[ApiToken]:
    """The person's tokens, newest first, the ended among them."""
    with for_door():
        return list(ApiToken.objects.filter(user=user).order_by("-issued_at", "-id")[:50])


def holder(secret: str, use: str, at: datetime) -> ApiToken | None:
    """The token with its person, where it opens this use now; None for every other."""
    with for_door():
        return (
            ApiToken.objects.filter(
                sha256=digest_of(secret),
                uses__contains=[use],
                revoked_at=None,
                expires_at__gt=at,
                user__is_active=True,
            )
            .select_related("user__staff__unit")
            .first()
        )
