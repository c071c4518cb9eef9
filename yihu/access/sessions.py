"""Sessions, of which the database holds only the hash: reading the table opens nothing.

Django's own engine stores the very key that the cookie bears. Here the row's key is SHA-256 of it,
and the row says whose it is, sealed with a key that SQL cannot reach, so that no row written by
hand is anybody's session (`enter_scope`).
"""

import hashlib
from datetime import datetime
from typing import Any, ClassVar, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.db import connection, models
from django.utils import timezone

from yihu.access.entering import for_door, mac
from yihu.access.models import Session
from yihu.kit.scoped.base import DatabaseWrapper


def _asked(call: str, *values: Any) -> Any:
    """What the database says to whoever holds the key of a session (migration 0005)."""
    row = cast(DatabaseWrapper, connection).bound(f"SELECT public.{call}", values)
    return row[0] if row else None


def hashed(session_key: str) -> str:
    """What the table holds of a session's key."""
    return hashlib.sha256(session_key.encode()).hexdigest()


class SessionStore(SessionBase):
    """Like Django's database engine, under the hash of the key."""

    model: ClassVar[type[models.Model]] = Session

    @classmethod
    def get_model_class(cls) -> type[models.Model]:
        return cls.model

    def load(self) -> dict[str, Any]:
        data = _asked("session_data(%s)", self.session_key) if self.session_key else None
        if data is None:
            self._session_key = None
            return {}
        return self.decode(data)

    def exists(self, session_key: str) -> bool:
        return _asked("session_data(%s)", session_key) is not None

    def create(self) -> None:
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # not in the stubs
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Raises: UpdateError where the session ended meanwhile: it does not come back."""
        if self.session_key is None:
            self.create()
            return
        content = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # not in the stubs
        known = hashed(self.session_key)
        user = content.get(SESSION_KEY)
        seal = mac(f"session:{known}:{user}") if user else ""
        until = self.get_expiry_date()
        kept = _asked(
            "session_keep(%s, %s, %s, %s, %s, %s)",
            self.session_key,
            int(user) if user else None,
            seal,
            self.encode(content),
            until,
            must_create,
        )
        if not kept:
            raise UpdateError

    def delete(self, session_key: str | None = None) -> None:
        given = session_key or self.session_key
        if given:
            _asked("session_end(%s)", given)

    @classmethod
    def clear_expired(cls) -> None:
        """`manage.py clearsessions`; the clock does it each hour (`signing.actions.sweep`)."""
        with for_door():
            Session.objects.filter(expires_at__lt=timezone.now()).delete()


def end_sessions(user_ids: list[int], *, but: str = "") -> int:
    """End every session of these people, except the one with that key. Returns how many."""
    rows = Session.objects.filter(user__in=user_ids)
    if but:
        rows = rows.exclude(key=hashed(but))
    with for_door():
        return rows.delete()[0]


def sessions_of(user_id: int, at: datetime) -> list[Session]:
    """A person's live sessions, the latest first."""
    with for_door():
        rows = Session.objects.filter(user=user_id, expires_at__gt=at)
        return list(rows.order_by("-opened_at"))
