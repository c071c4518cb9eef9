"""The open sessions of a person: seen, and ended one by one or all at once."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from yihu.access import sessions
from yihu.access.entering import for_door
from yihu.access.models import Session, User
from yihu.access.signing.rules import NOTED_EVERY, device_name, digest

OPENED, SEEN, PROVED = "opened_at", "seen_at", "proved_at"


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One browser that is signed in; `handle` names it on pages and opens nothing."""

    handle: str
    device: str
    address: str
    opened_at: datetime | None
    seen_at: datetime | None
    current: bool


def moment(session: SessionBase, name: str) -> datetime | None:
    """A time that the session keeps."""
    text = session.get(name)
    return datetime.fromisoformat(text) if text else None


def begin(session: SessionBase, *, address: str, user_agent: str, at: datetime) -> None:
    """Note where and when the session began; the person has just given proof of themselves."""
    session[OPENED] = session[SEEN] = session[PROVED] = at.isoformat()
    session["address"] = address
    session["device"] = device_name(user_agent)


def touch(session: SessionBase, at: datetime) -> bool:
    """Note that the session is in use, at most once a minute. Returns whether it was noted.

    A session that did not begin at the door keeps no times; it ends with its cookie's age.
    """
    seen = moment(session, SEEN)
    if seen is None or at - seen < NOTED_EVERY:
        return False
    session[SEEN] = at.isoformat()
    return True


def prove(session: SessionBase, at: datetime) -> None:
    """Note that the person has given proof of themselves again."""
    session[PROVED] = at.isoformat()


def _handle(row: Session) -> str:
    return digest("session", row.key)[:32]


def sessions_of(user: User, *, current_key: str | None = None) -> list[OpenSession]:
    """The person's open sessions, the last used first."""
    store = sessions.SessionStore()
    found = [
        OpenSession(
            handle=_handle(row),
            device=content.get("device", ""),
            address=content.get("address", ""),
            opened_at=datetime.fromisoformat(content[OPENED]) if OPENED in content else None,
            seen_at=datetime.fromisoformat(content[SEEN]) if SEEN in content else None,
            current=current_key is not None and row.key == sessions.hashed(current_key),
        )
        for row in sessions.sessions_of(user.pk, timezone.now())
        for content in (store.decode(row.data),)
    ]
    return sorted(
        found,
        key=lambda one: (one.current, one.seen_at.timestamp() if one.seen_at else 0),
        reverse=True,
    )


def end_sessions(user: User, *, except_key: str | None = None) -> int:
    """End all sessions of the person but one. Returns how many ended."""
    return sessions.end_sessions([user.pk], but=except_key or "")


def end_session(user: User, handle: str) -> bool:
    """End the one session of the person that the handle names; whether there was one."""
    open_now = sessions.sessions_of(user.pk, timezone.now())
    keys = [row.pk for row in open_now if _handle(row) == handle]
    with for_door():
        return Session.objects.filter(pk__in=keys).delete()[0] > 0
