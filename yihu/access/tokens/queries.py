"""Reads of tokens, at the door: no person's transaction reaches them."""

import hashlib

from yihu.access.entering import for_door
from yihu.access.models import ApiToken, User
from yihu.access.scope import entered_as


def digest_of(secret: str) -> str:
    """All that is kept of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def tokens_of(user: User) -> list[ApiToken]:
    """The person's tokens, newest first, the ended among them."""
    with for_door():
        return list(ApiToken.objects.filter(user=user).order_by("-issued_at", "-id")[:50])


def holder() -> User | None:
    """Whose token the open transaction entered by; None where it opened nothing."""
    person = entered_as()
    return User.objects.loaded(person) if person is not None else None
