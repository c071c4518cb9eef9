"""At the door: signing in for real, codes of an authenticator, sessions as old as a test wants."""

from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from tests import plant
from yihu.access.models import User
from yihu.access.signing import sessions
from yihu.access.signing.actions import enrol
from yihu.access.signing.rules import code_at, fresh_key, step_of
from yihu.kit.clock import now


def knock(
    client: Client, username: str, password: str, *, address: str = "10.0.0.1", follow: str = ""
) -> Any:
    """One try at the sign-in page from an address."""
    given = {"username": username, "password": password, "next": follow}
    return client.post("/sign-in/", given, REMOTE_ADDR=address)


def entered(user: User) -> Client:
    """A browser that came in by the door, with all that the door notes."""
    client = Client()
    answer = knock(client, user.username, plant.PASSWORD)
    assert answer.status_code == 302, answer.content.decode()
    return client


def with_factor(user: User, at: datetime | None = None) -> tuple[str, list[str]]:
    """Give the person an authenticator an hour ago; its key and the recovery codes."""
    at = (at or now()) - timedelta(hours=1)
    key = fresh_key()
    return key, enrol(user, key, code_at(key, step_of(at)), at=at, current_key=None)


def code_now(key: str) -> str:
    """What the authenticator shows."""
    return code_at(key, step_of(now()))


def aged(client: Client, **minutes: int) -> None:
    """Let the session's times lie so many minutes back."""
    session = client.session
    for name, back in minutes.items():
        session[name] = (now() - timedelta(minutes=back)).isoformat()
    session.save()


def prove(client: Client) -> None:
    """The person of this browser has just given proof, so that stepping up is not asked."""
    session = client.session
    sessions.prove(session, now())
    session.save()
