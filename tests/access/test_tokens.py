"""A person's own tokens: what they open, and when they stop (§5.5, 6.3.4)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import get_resolver, reverse

from tests import plant
from tests.access.door import prove
from tests.flows.routes import ROUTES
from yihu.access.ending import end_all
from yihu.access.entering import for_person, of_token
from yihu.access.models import ApiToken, User
from yihu.access.rules import Role
from yihu.access.tokens import actions
from yihu.access.tokens.rules import MOST, Days, Use
from yihu.audit.models import Event
from yihu.kit.clock import now
from yihu.kit.openapi import gathered
from yihu.kit.scoped import acting

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.5", "6.3.4")]
CHECK = "/api/v1/risk-check"


@pytest.fixture
def filler() -> User:
    return plant.person(Role.FILLER, plant.unit("GD"))


def issued(user: User, **more: Any) -> str:
    _row, secret = actions.issue(
        user, label="合同系统", uses=[Use.RISK_CHECK], days=Days.WEEK, at=more.get("at", now())
    )
    return secret


def asked(secret: str, code: str = "") -> Any:
    given = {"credit_code": code or plant.credit_code(9100)}
    return Client().get(CHECK, given, headers={"Authorization": f"Bearer {secret}"})


def seen_by(secret: str) -> int:
    with transaction.atomic(), acting(secret), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM dossiers_dossier")
        return int(cursor.fetchone()[0])


def test_a_token_opens_its_operation_as_its_person(filler: User) -> None:
    secret = issued(filler)
    answer = asked(secret)
    assert (answer.status_code, answer.json()["level"]) == (200, 0)
    line = Event.objects.get(verb="risk_check.made")
    assert (line.actor_id, line.unit_id) == (filler.pk, filler.staff and filler.staff.unit_id)
    row = ApiToken.objects.get()
    assert row.used_at is not None
    assert secret not in str(vars(row))
    told = Event.objects.get(verb="own_token.issued").data
    assert told["kinds"] == ["risk-check"]
    assert secret not in str(told)


def test_the_database_enters_the_scope_by_the_token_itself(filler: User) -> None:
    plant.dossier(plant.unit("GD"))
    plant.dossier(plant.unit("FJ", region="350000"))
    secret = issued(filler)
    assert seen_by(of_token("risk-check", secret)) == 1
    assert seen_by(of_token("everything", secret)) == 0
    assert seen_by(of_token("risk-check", secret + "x")) == 0
    ApiToken.objects.update(seal="0" * 64)  # a row that SQL made up bears no seal of ours
    assert seen_by(of_token("risk-check", secret)) == 0


def test_what_ended_opens_nothing_from_the_next_request_on(filler: User) -> None:
    code = plant.credit_code(9101)
    revoked, expired, left = issued(filler), issued(filler), issued(filler)
    row = ApiToken.objects.order_by("issued_at").first()
    assert row is not None
    assert actions.revoke(filler, row.pk, at=now())
    assert not actions.revoke(filler, row.pk, at=now())
    second = ApiToken.objects.order_by("issued_at")[1]
    ApiToken.objects.filter(pk=second.pk).update(
        issued_at=now() - timedelta(days=8), expires_at=now() - timedelta(days=1)
    )
    for secret in (revoked, expired, "yihu-me-nobody", ""):
        answer = asked(secret, code)
        assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
        assert answer["WWW-Authenticate"] == 'Bearer realm="yihu"'
    assert asked(left, code).status_code == 200
    assert end_all([filler.pk], now())["access.apitoken"] == 2
    assert asked(left, code).status_code == 401
    assert seen_by(of_token("risk-check", left)) == 0


def test_a_false_token_beside_a_session_opens_nothing(filler: User) -> None:
    client = Client()
    client.force_login(filler)
    given = {"credit_code": plant.credit_code(9102)}
    assert client.get(CHECK, given).status_code == 200
    wrong = {"Authorization": "Bearer yihu-me-nobody"}
    assert client.get(CHECK, given, headers=wrong).status_code == 401


def test_no_persons_transaction_reaches_the_tokens(filler: User) -> None:
    issued(filler)
    with for_person(filler.pk), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM access_apitoken")
        assert cursor.fetchone() == (0,)
        cursor.execute("UPDATE access_apitoken SET expires_at = now() + interval '300 days'")
        assert cursor.rowcount == 0


def test_the_page_shows_it_once_and_revokes(filler: User) -> None:
    client = Client()
    client.force_login(filler)
    address = reverse("tokens")
    wish = {"label": "签约核查机", "use": "risk-check", "days": "7"}
    assert client.post(address, wish).status_code == 302  # asks for proof first
    assert not ApiToken.objects.exists()
    prove(client)
    assert client.post(address, {**wish, "label": ""}).status_code == 422
    page = client.post(address, wish)
    assert page.status_code == 200
    assert "只显示这一次" in page.text
    secret = page.context["secret"]
    assert secret in page.text
    assert secret not in client.get(address).text
    assert "签约核查机" in client.get(address).text
    other = Client()
    other.force_login(plant.person(Role.FILLER, plant.unit("GD")))
    prove(other)
    revoke = reverse("token-revoke", args=[ApiToken.objects.get().pk])
    assert other.post(revoke).status_code == 404
    assert "签约核查机" not in other.get(address).text
    assert asked(secret).status_code == 200
    assert client.post(revoke).status_code == 302
    assert asked(secret).status_code == 401


def test_only_so_many_stand_at_once(filler: User) -> None:
    for _number in range(MOST):
        issued(filler)
    with pytest.raises(actions.TooMany):
        issued(filler)


def test_every_address_for_programs_is_described() -> None:
    answer = Client().get("/api/v1/openapi.json")
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    named = {one.path for one in gathered(get_resolver())}
    assert named == set(document["paths"])
    assert {CHECK, "/api/v1/openapi.json", "/handover/api/personnel"} <= named
    for_programs = {name for name, pattern in ROUTES if "api" in str(pattern.pattern).split("/")}
    described = {name for name, pattern in ROUTES if getattr(pattern.callback, "operations", ())}
    for_programs |= {name for name, _pattern in ROUTES if name.startswith("api-")} - {"api-docs"}
    assert for_programs <= described
    check = document["paths"][CHECK]["get"]
    assert check["security"] == [{"ownToken": []}, {"session": []}]
    assert set(check["responses"]) == {"200", "401", "403", "422", "429"}
