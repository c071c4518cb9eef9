"""Every URL of the project: strangers are sent to sign in, another unit's people find nothing.

A route that this page does not know fails the test, so none is forgotten.
"""

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from tests import plant
from tests.flows.routes import ROUTES, Registry, arguments, owned, owned_by
from yihu.access.rules import Role

pytestmark = pytest.mark.django_db

AUDITED = {"desk:log-person", "desk:log-dossier"}
"""What the auditor reads of every unit: the log, and of a file only its key."""
API = {"handover:api-personnel", "risk-check"}
"""Doors for machines: whoever is unknown is told so, and sent nowhere."""
KEPT_BY_ITC = {"handover:people", "handover:person", "handover:event", "handover:event-cancel"}
"""People and their events, of every unit; nothing of customers (tests/handover/test_people.py)."""
SECRET = {"notices:feed"}
"""Doors for whoever has the address: without it there is nothing."""
OPEN = {"sign-in", "sign-in-code", "reset", "oidc", "oidc-back", "set_language"}
"""What a stranger may reach: the door itself and the language of its page."""


@pytest.fixture
def rows() -> Registry:
    """What Guangdong owns."""
    return owned(plant.unit("GD"), "只有广东知道")


@pytest.mark.parametrize(("name", "pattern"), ROUTES, ids=[name for name, _ in ROUTES])
def test_a_stranger_is_sent_to_sign_in(name: str, pattern: URLPattern, rows: Registry) -> None:
    path = reverse(name, kwargs=arguments(pattern, owned_by(name, rows)))
    for method in ("get", "post"):
        answer = getattr(Client(), method)(path)
        if name in API:
            assert answer.status_code == 401, (name, answer.status_code)
        elif name in SECRET:
            assert answer.status_code == 404 if method == "get" else 405, (name, method)
        elif name in OPEN:
            assert answer.status_code in {200, 302}, (name, answer.status_code)
        else:
            assert answer.status_code == 302, (name, method, answer.status_code)
            assert answer["Location"].startswith(reverse("sign-in")), (name, method)


@pytest.mark.clause("6.3.1")
@pytest.mark.parametrize(("name", "pattern"), ROUTES, ids=[name for name, _ in ROUTES])
@pytest.mark.parametrize("role", [Role.FILLER, Role.STEWARD, Role.ITC, Role.AUDITOR])
def test_nobody_elsewhere_finds_a_units_rows(
    name: str, pattern: URLPattern, role: Role, rows: Registry
) -> None:
    if role == Role.ITC and name in KEPT_BY_ITC:
        return
    stranger = plant.person(role, plant.unit("FJ", region="350000"))
    client = Client()
    client.force_login(stranger)
    kwargs = arguments(pattern, owned_by(name, rows))
    path = reverse(name, kwargs=kwargs)
    for method in ("get", "post"):
        answer = getattr(client, method)(path)
        body = answer.content if not answer.streaming else b"".join(answer.streaming_content)
        assert "只有广东知道" not in body.decode("utf-8", "replace"), (name, method)
        assert answer.status_code < 500, (name, method, answer.status_code)
        if "pk" in kwargs and not (role == Role.AUDITOR and name in AUDITED):
            assert answer.status_code in {403, 404, 405}, (name, method, answer.status_code)


def test_the_owner_reaches_what_the_others_do_not(rows: Registry) -> None:
    """The control: where nobody gets in, the tests above would prove nothing."""
    client = Client()
    client.force_login(plant.person(Role.FILLER, plant.unit("GD")))
    answer = client.get(reverse("desk:dossier", kwargs={"pk": rows["desk"]["pk"]}))
    assert answer.status_code == 200
    assert "只有广东知道" in answer.content.decode()
