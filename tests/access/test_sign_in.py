"""The door: who comes in, who does not, and that strangers learn nothing from the difference."""

import pytest
from django.test import Client

from tests import plant
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return plant.person(Role.FILLER, plant.unit("GD"))


def verbs() -> list[tuple[str, int | None, str]]:
    rows = Event.objects.exclude(verb="account.opened").order_by("id")
    return list(rows.values_list("verb", "actor_id", "subject_id"))


def knock(client: Client, username: str, password: str, follow: str = "") -> object:
    return client.post("/sign-in/", {"username": username, "password": password, "next": follow})


def test_in_to_where_one_wanted_to_go_and_out_again(user: User) -> None:
    client = Client()
    asked = client.get("/dossiers/?klass=vip")
    assert asked["Location"] == "/sign-in/?next=/dossiers/%3Fklass%3Dvip"
    answer = knock(client, user.username, plant.PASSWORD, "/dossiers/?klass=vip")
    assert (answer.status_code, answer["Location"]) == (302, "/dossiers/?klass=vip")
    assert client.get("/dossiers/").status_code == 200
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/dossiers/").status_code == 302
    me = str(user.pk)
    assert verbs() == [("signed_in", user.pk, me), ("signed_out", user.pk, me)]


def test_another_sites_address_is_not_followed(user: User) -> None:
    answer = knock(Client(), user.username, plant.PASSWORD, "https://example.org/")
    assert answer["Location"] == "/"


def test_wrong_names_wrong_passwords_and_closed_accounts_look_alike(user: User) -> None:
    closed = plant.person(Role.FILLER, plant.unit("GD"))
    User.objects.filter(pk=closed.pk).update(is_active=False)
    bodies = []
    for username, password in (
        (user.username, "wrong"),
        ("nobody", "wrong"),
        (closed.username, plant.PASSWORD),
    ):
        answer = knock(Client(), username, password)
        assert answer.status_code == 200
        text = answer.content.decode()
        assert "工号或密码不正确" in text
        token = str(answer.context["csrf_token"])
        bodies.append(text.replace(username, "X").replace(token, "T"))
    assert bodies[0] == bodies[1] == bodies[2]
    assert verbs() == [
        ("sign_in.failed", None, str(user.pk)),
        ("sign_in.failed", None, ""),
        ("sign_in.failed", None, str(closed.pk)),
    ]


def test_what_a_stranger_typed_is_not_kept(user: User) -> None:
    knock(Client(), "hunter2-my-password", "x")
    event = Event.objects.get(verb="sign_in.failed")
    assert "hunter2" not in f"{event.actor_name}{event.subject_id}{event.data}"


@pytest.mark.clause("6.3.4")
def test_an_open_session_ends_with_the_account(user: User) -> None:
    client = Client()
    client.force_login(user)
    assert client.get("/").status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/").status_code == 302


def test_a_new_password_ends_the_other_sessions(user: User) -> None:
    here, there = Client(), Client()
    here.force_login(user)
    there.force_login(user)
    new = "Pinus-tabuliformis-77"
    given = {"old_password": plant.PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post("/password/", {**given, "old_password": "wrong"}).status_code == 200
    assert here.post("/password/", given).status_code == 302
    assert "密码已修改" in here.get("/").content.decode()
    assert there.get("/").status_code == 302
    assert Event.objects.filter(verb="password.changed", actor_id=user.pk).count() == 1
    assert User.objects.get(pk=user.pk).check_password(new)


def test_no_page_of_a_signed_in_person_is_kept_by_the_browser(user: User) -> None:
    client = Client()
    client.force_login(user)
    answer = client.get("/")
    assert "no-store" in answer["Cache-Control"]
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    body = answer.content.decode()
    assert "<style" not in body
    assert " style=" not in body
