"""Sessions, of which the database holds only the hash: reading the table opens nothing.

Django's own engine stores the very key that the cookie bears. Here the row's key is SHA-256 of it,
and the row says whose it is, sealed with a key that SQL cannot reach, so that no row written by
hand is anybody's session (`enter_scope`).
"""

import hashlib
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.db import models
from django.utils import timezone

from yihu.access.entering import mac
from yihu.access.models import Session


def hashed(session_key: str) -> str:
    """What the table holds of a session's key."""
    return hashlib.sha256(session_key.encode()).hexdigest()


class SessionStore(SessionBase):
    """Like Django's database engine, under the hash of the key."""

    model: ClassVar[type[models.Model]] = Session

    @classmethod
    def get_model_class(cls) -> type[models.Model]:
        return cls.model

    def _row(self) -> Session | None:
        if not self.session_key:
            return None
        rows = Session.objects.filter(key=hashed(self.session_key), expires_at__gt=timezone.now())
        return rows.first()

    def load(self) -> dict[str, Any]:
        row = self._row()
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row.data)

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(key=hashed(session_key)).exists()

    def create(self) -> None:
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # not in the stubs
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Raises: UpdateError where the session ended meanwhile: it does not come back."""
        if self.session_key is None:
            return self.create()
        content = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # not in the stubs
        known = hashed(self.session_key)
        user = content.get(SESSION_KEY)
        values: dict[str, Any] = {
            "user_id": int(user) if user else None,
            "seal": mac(f"session:{known}:{user}") if user else "",
            "data": self.encode(content),
            "expires_at": self.get_expiry_date(),
        }
        if must_create:
            Session.objects.create(key=known, opened_at=timezone.now(), **values)
        elif not Session.objects.filter(key=known).update(**values):
            raise UpdateError
        return None

    def delete(self, session_key: str | None = None) -> None:
        given = session_key or self.session_key
        if given:
            Session.objects.filter(key=hashed(given)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        Session.objects.filter(expires_at__lt=timezone.now()).delete()


def end_sessions(user_ids: list[int], *, but: str = "") -> int:
    """End every session of these people, except the one with that key. Returns how many."""
    rows = Session.objects.filter(user__in=user_ids)
    if but:
        rows = rows.exclude(key=hashed(but))
    return rows.delete()[0]


def sessions_of(user_id: int, at: datetime) -> models.QuerySet[Session]:
    """A person's live sessions, the latest first."""
    return Session.objects.filter(user=user_id, expires_at__gt=at).order_by("-opened_at")
