"""Every URL of the project: strangers are sent to sign in, another unit's people find nothing.

A route that this page does not know fails the test, so none is forgotten.
"""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from proof.routes import asked
from tests import plant
from tests.access.door import prove
from tests.flows.routes import ROUTES, Registry, arguments, owned, owned_by
from yihu.access.rules import Role

pytestmark = pytest.mark.django_db

AUDITED = {"desk:log-person", "desk:log-dossier"}
"""What the auditor reads of every unit: the log, and of a file only its key."""
READ_BY_PROGRAMS = {
    "api-dossier", "api-customers", "api-duties", "api-risks",
}  # fmt: skip
DONE_BY_PROGRAMS = {name for name, _pattern in ROUTES if name.startswith("do:")}
"""Opened by tokens: a session reads, and does nothing (tests/interface goes through them)."""
API = {
    "handover:api-personnel", "risk-check", "events-feed", "api-assessment", "api-assessments",
    "api-contracts", "api-offtake", "api-dossiers", "scim", *READ_BY_PROGRAMS,
}  # fmt: skip
"""Doors for machines: whoever is unknown is told so, and sent nowhere."""
KEPT_BY_ITC = {
    "handover:people", "handover:person", "handover:event", "handover:event-cancel",
    "account", "account-act", "role-requests",
    "directory:home", "directory:end",
    "outbox:home", "outbox:dead", "outbox:endpoint", "outbox:act", "outbox:rotate",
    "outbox:dead-act",
    "help:desk", "help:report", "help:close", "help:picture",
}  # fmt: skip
"""People, their roles, problems they reported, where events go; nothing of customers."""
SECRET = {"notices:feed"}
"""Doors for whoever has the address: without it there is nothing."""
OPEN = {"sign-in", "sign-in-code", "reset", "oidc", "oidc-back", "set_language"}
"""What a stranger may reach: the door itself and the language of its page."""


@pytest.fixture
def rows() -> Registry:
    """What Guangdong owns."""
    return owned(plant.unit("GD"), "只有广东知道")


def answers(client: Client, rows: Registry) -> Iterator[tuple[str, str, bool, int, str, str]]:
    """Every route by GET and POST, each undone: name, method, does it name a row, the answer."""
    for name, pattern in ROUTES:
        kwargs = arguments(pattern, owned_by(name, rows))
        for method in ("GET", "POST"):
            status, to, said = asked(client, method, reverse(name, kwargs=kwargs))
            yield name, method, "pk" in kwargs, status, to, said


def test_a_stranger_is_sent_to_sign_in(rows: Registry) -> None:
    wrong = []
    for name, method, _names_a_row, status, to, _said in answers(Client(), rows):
        if name in READ_BY_PROGRAMS | DONE_BY_PROGRAMS:
            right = status in {401, 405}
        elif name in API:
            right = status == 401
        elif name in SECRET:
            right = status == (404 if method == "GET" else 405)
        elif name == "openapi":
            right = status == (200 if method == "GET" else 405)
        elif name in OPEN:
            right = status in {200, 302}
        else:
            right = status == 302 and to.startswith(reverse("sign-in"))
        if not right:
            wrong.append((name, method, status, to))
    assert wrong == []


@pytest.mark.clause("6.3.1")
@pytest.mark.parametrize("role", [Role.STEWARD, Role.ITC, Role.AUDITOR])
def test_nobody_elsewhere_finds_a_units_rows(role: Role, rows: Registry) -> None:
    """A filler elsewhere goes the same way in tests/proof."""
    client = Client(raise_request_exception=False)
    client.force_login(plant.person(role, plant.unit("FJ", region="350000")))
    prove(client)  # or most acts would ask for proof before they look
    wrong = []
    for name, method, names_a_row, status, _to, said in answers(client, rows):
        if role == Role.ITC and name in KEPT_BY_ITC:
            continue
        by_token = name in DONE_BY_PROGRAMS and status == 401
        shut = status in {403, 404, 405} or by_token or (role == Role.AUDITOR and name in AUDITED)
        if "只有广东知道" in said or status >= 500 or (names_a_row and not shut):
            wrong.append((name, method, status, "只有广东知道" in said))
    assert wrong == [], wrong


def test_the_owner_reaches_what_the_others_do_not(rows: Registry) -> None:
    """The control: where nobody gets in, the tests above would prove nothing."""
    client = Client()
    client.force_login(plant.person(Role.FILLER, plant.unit("GD")))
    answer = client.get(reverse("desk:dossier", kwargs={"pk": rows["desk"]["pk"]}))
    assert answer.status_code == 200
    assert "只有广东知道" in answer.content.decode()
