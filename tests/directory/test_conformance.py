"""RFC 7643 and 7644, judged by the compliance checker of the SCIM project."""

import random
import uuid
from collections.abc import Iterator
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
BY_DAY = {"active", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:organization"}
"""Who left or moved today cannot come back today; and whether somebody is here is always known."""


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
    chance = random.Random(7643)
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=chance.getrandbits(128)))
    monkeypatch.setattr("scim2_tester.filling.random", chance)
    client = WSGISCIMClient(
        get_wsgi_application(),
        base_url="http://localhost/scim/v2",
        headers={"Authorization": f"Bearer {identity_system().secret}"},
    )
    results: list[Any] = check_server(client)
    wrong = [
        (one.title, one.reason)
        for one in results
        if one.status in {Status.ERROR, Status.CRITICAL} and _urn(one) not in BY_DAY
    ]
    assert wrong == []
    assert sum(one.status == Status.SUCCESS for one in results) > 60


def _urn(result: Any) -> str:
    data = result.data
    return str(data.get("urn", "")) if isinstance(data, dict) else ""
