"""Tries, codes, passwords, sessions: what keeps strangers out and lets the owner in."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from tests import plant
from tests.access.door import aged, code_now, entered, knock, with_factor
from yihu.access.models import RecoveryCode, SecondFactor, SignInTry, User
from yihu.access.rules import Role
from yihu.access.signing import actions
from yihu.access.signing.passwords import HistoryValidator, KindsValidator, OwnWordsValidator
from yihu.access.signing.rules import Try, code_at, device_name, step_proven, wait_of
from yihu.access.signing.sessions import sessions_of
from yihu.audit.models import Event
from yihu.kit.clock import now

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 5, 1, 0, tzinfo=UTC)
NEW = "Pinus-tabuliformis-77"


@pytest.fixture
def user() -> User:
    return plant.person(Role.FILLER, plant.unit("GD"))


def verbs(*wanted: str) -> list[str]:
    return list(Event.objects.filter(verb__in=wanted).order_by("id").values_list("verb", flat=True))


# Tries -------------------------------------------------------------------------------------------


def tries(*minutes: int, address: str = "10.0.0.1", device: str = "") -> list[Try]:
    return [Try(address, device, AT - timedelta(minutes=m)) for m in sorted(minutes, reverse=True)]


@pytest.mark.parametrize(
    ("before", "minutes"),
    [
        ([], 0),
        (tries(1, 2, 3, 4), 0),
        (tries(1, 2, 3, 4, 5), 10),
        (tries(1, 2, 3, 4, 15), 0),
        (tries(1, 2, 3, 4, 5, address="10.0.0.2"), 0),
        (tries(*range(20, 40), address="10.0.0.2"), 21),
        (tries(*range(1, 20), address="10.0.0.2"), 0),
        (tries(*range(20), device="known"), 0),
    ],
)
def test_how_long_a_stranger_waits(before: list[Try], minutes: int) -> None:
    wait = wait_of(before, address="10.0.0.1", device="", at=AT)
    assert wait == timedelta(minutes=minutes)


def test_five_wrong_ones_and_the_right_one_waits_too(user: User) -> None:
    for _n in range(5):
        assert knock(Client(), user.username, "wrong").status_code == 200
    held = knock(Client(), user.username, plant.PASSWORD)
    assert held.status_code == 429
    assert 1 <= int(held["Retry-After"]) <= 900
    assert "尝试次数过多，请" in held.content.decode()
    assert knock(Client(), user.username, plant.PASSWORD, address="10.0.0.2").status_code == 302
    SignInTry.objects.update(at=now() - timedelta(minutes=16))
    assert knock(Client(), user.username, plant.PASSWORD).status_code == 302


def test_a_name_that_nobody_has_waits_alike(user: User) -> None:
    for name in (user.username, "nobody"):
        answers = [knock(Client(), name, "wrong").status_code for _n in range(7)]
        assert answers == [200] * 5 + [429] * 2
    assert SignInTry.objects.count() == 10
    assert not SignInTry.objects.filter(account__contains="nobody").exists()


def test_whatever_the_addresses_twenty_an_hour_and_the_owner_still_comes_in(user: User) -> None:
    home = entered(user)
    home.post("/sign-out/")
    strangers = [
        knock(Client(), user.username, f"guess {n}", address=f"10.1.0.{n}").status_code
        for n in range(40)
    ]
    assert strangers == [200] * 20 + [429] * 20
    assert knock(home, user.username, plant.PASSWORD).status_code == 302
    assert knock(Client(), user.username, plant.PASSWORD, address="10.2.0.1").status_code == 429


def test_a_device_is_known_to_the_one_account_and_dies_with_its_password(user: User) -> None:
    other = plant.person(Role.FILLER, plant.unit("GD"))
    home = entered(other)
    home.post("/sign-out/")
    for n in range(20):
        knock(Client(), user.username, "guess", address=f"10.1.0.{n}")
        knock(Client(), other.username, "guess", address=f"10.1.0.{n}")
    assert knock(home, user.username, plant.PASSWORD).status_code == 429
    other.refresh_from_db()
    actions.choose_password(other, NEW, at=now(), current_key=None)
    assert knock(home, other.username, NEW).status_code == 429


def test_known_and_unknown_names_cost_the_same_queries_and_hashes(user: User) -> None:
    closed = plant.person(Role.FILLER, plant.unit("GD"))
    User.objects.filter(pk=closed.pk).update(is_active=False)
    asked = []
    for name in (user.username, "nobody", closed.username):
        with CaptureQueriesContext(connection) as queries:
            actions.knock(name, "wrong", address="10.0.0.1", cookie="", at=now())
        said = (query["sql"] for query in queries)
        asked.append([sql.split("(")[0].split("WHERE")[0] for sql in said if "SAVE" not in sql])
    assert len(asked[0]) == 8
    assert asked[0] == asked[1] == asked[2]


# Codes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")]
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    key = base64.b32encode(b"12345678901234567890").decode()
    assert code_at(key, seconds // 30) == code
    at = datetime.fromtimestamp(seconds, UTC)
    assert step_proven(key, code, at) == seconds // 30
    assert step_proven(key, code, at + timedelta(seconds=90)) is None


def test_password_then_code_and_a_code_works_once(user: User) -> None:
    key, _codes = with_factor(user)
    code = code_now(key)
    client = Client()
    answer = knock(client, user.username, plant.PASSWORD, follow="/dossiers/")
    assert answer["Location"] == "/sign-in/code/"
    assert client.get("/").status_code == 302
    assert client.post("/sign-in/code/", {"code": "000000"}).status_code == 200
    assert client.post("/sign-in/code/", {"code": code})["Location"] == "/dossiers/"
    assert client.get("/").status_code == 200
    again = Client()
    knock(again, user.username, plant.PASSWORD)
    assert "已用过" in again.post("/sign-in/code/", {"code": code}).content.decode()


def test_a_recovery_code_works_once_and_new_ones_void_the_old(user: User) -> None:
    key, codes = with_factor(user)
    assert len(set(codes)) == 10
    for expected in (302, 200):
        client = Client()
        knock(client, user.username, plant.PASSWORD)
        given = {"code": codes[0].lower().replace("-", " ")}
        assert client.post("/sign-in/code/", given).status_code == expected
    assert not RecoveryCode.objects.filter(digest__in=codes).exists()
    client = Client()
    knock(client, user.username, plant.PASSWORD)
    client.post("/sign-in/code/", {"code": codes[1]})
    page = client.post("/me/factor/codes/", {"code": code_now(key)}).content.decode()
    assert page.count('<li class="yh-code">') == 10
    assert codes[2] not in page
    assert verbs("recovery_code.used", "recovery_codes.renewed") == [
        "recovery_code.used",
        "recovery_code.used",
        "recovery_codes.renewed",
    ]


def test_guessing_codes_is_held_and_a_new_password_voids_half_a_sign_in(user: User) -> None:
    with_factor(user)
    client = Client()
    knock(client, user.username, plant.PASSWORD)
    answers = [client.post("/sign-in/code/", {"code": "000000"}).status_code for _n in range(6)]
    assert answers == [200] * 5 + [429]
    user.refresh_from_db()
    actions.choose_password(user, NEW, at=now(), current_key=None)
    assert client.get("/sign-in/code/")["Location"] == "/sign-in/"


def test_who_decides_must_enrol_first(settings: Settings) -> None:
    settings.SECOND_FACTOR = True
    reviewer = plant.person(Role.REVIEWER, plant.unit("GD"))
    client = entered(reviewer)
    assert client.get("/")["Location"] == "/me/factor/?next=/"
    page = client.get("/me/factor/")
    assert 'src="data:image/svg' in page.content.decode()
    key = page.context["key"].replace(" ", "")
    assert client.post("/me/factor/", {"code": "000000"}).status_code == 200
    codes = client.post("/me/factor/", {"code": code_now(key)})
    assert len(codes.context["codes"]) == 10
    assert client.get("/").status_code == 200
    assert key not in SecondFactor.objects.get(user=reviewer).sealed
    other = plant.person(Role.REVIEWER, plant.unit("GD"))
    late = entered(other)
    aged(late, proved_at=11, seen_at=0, opened_at=11)
    assert late.get("/me/factor/")["Location"] == "/me/confirm/?next=/me/factor/"
    assert late.get("/me/confirm/").status_code == 200
    filler = plant.person(Role.FILLER, plant.unit("GD"))
    assert entered(filler).get("/").status_code == 200


# Passwords ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "fits"),
    [
        ("alllowercase12", False),
        ("Capital-letters", True),
        ("Digits2026and", True),
        ("汉字也算一种A1", True),
        ("12345678901234", False),
    ],
)
def test_three_of_four_kinds(password: str, fits: bool) -> None:
    if fits:
        KindsValidator().validate(password)
    else:
        with pytest.raises(ValidationError, match="三种"):
            KindsValidator().validate(password)


@pytest.mark.parametrize("password", ["Zhangsanfeng-1", "xx-GD0001-xx", "我是张三丰-2026"])
def test_not_ones_own_words(password: str) -> None:
    with pytest.raises(ValidationError, match="姓名"):
        OwnWordsValidator().validate(password, User(username="GD0001", name="张三丰"))
    OwnWordsValidator().validate(NEW, User(username="GD0001", name="张三丰"))


def test_none_of_the_last_five(user: User) -> None:
    used = [f"{NEW}-{n}" for n in range(6)]
    for n, password in enumerate(used):
        actions.choose_password(user, password, at=AT + timedelta(days=n), current_key=None)
    for password in used[1:]:
        with pytest.raises(ValidationError, match="最近 5 次"):
            HistoryValidator().validate(password, user)
    HistoryValidator().validate(used[0], user)


def test_a_one_time_or_old_password_is_changed_first(user: User) -> None:
    User.objects.filter(pk=user.pk).update(password_one_time=True)
    client = entered(user)
    assert client.get("/dossiers/")["Location"] == "/password/?next=/dossiers/"
    given = {"old_password": plant.PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert client.post("/password/?next=/dossiers/", given)["Location"] == "/dossiers/"
    assert client.get("/dossiers/").status_code == 200
    User.objects.filter(pk=user.pk).update(password_set_at=now() - timedelta(days=91))
    assert client.get("/")["Location"] == "/password/?next=/"
    assert "已满 90 天" in client.get("/password/").content.decode()


def test_under_the_asvs_policy_no_password_expires(user: User, settings: Settings) -> None:
    settings.PASSWORD_DAYS = None
    User.objects.filter(pk=user.pk).update(password_set_at=now() - timedelta(days=400))
    assert entered(user).get("/").status_code == 200


def test_every_rule_speaks_on_the_page(user: User) -> None:
    given = {"old_password": plant.PASSWORD, "new_password1": "short", "new_password2": "short"}
    body = entered(user).post("/password/", given).content.decode()
    assert "新密码有 5 个字符，至少要 12 个" in body
    assert "三种" in body


# Sessions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [{"seen_at": 31}, {"seen_at": 1, "opened_at": 721}])
def test_idle_and_absolute_limits(user: User, times: dict[str, int]) -> None:
    client = entered(user)
    aged(client, seen_at=29, opened_at=719)
    assert client.get("/").status_code == 200
    aged(client, **times)
    answer = client.get("/dossiers/")
    assert answer["Location"] == "/sign-in/?next=/dossiers/&why=timeout"
    assert "登录已超时" in client.get(answer["Location"]).content.decode()


def test_parts_of_pages_are_told_by_a_header(user: User) -> None:
    client = entered(user)
    aged(client, seen_at=31)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/duties/?state=todo"}
    answer = client.get("/dossiers/", headers=headers)
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/sign-in/?next=/duties/%3Fstate%3Dtodo&why=timeout"


def test_the_page_that_is_owed_does_not_send_to_itself(settings: Settings) -> None:
    settings.SECOND_FACTOR = True
    client = entered(plant.person(Role.REVIEWER, plant.unit("GD")))
    for page, sends in (("/dossiers/", True), ("/me/factor/?next=/", False)):
        headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
        bell = client.get("/notices/badge/", headers=headers)
        assert (bell.status_code, bell.content) == (204, b"")
        assert bell.has_header("HX-Redirect") is sends


def test_the_door_says_why(user: User) -> None:
    changed, ended = entered(user), entered(user)
    actions.end_own_others(user, current_key=changed.session.session_key)
    assert ended.get("/")["Location"] == "/sign-in/?next=/&why=ended"
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert changed.get("/")["Location"] == "/sign-in/?next=/&why=changed"


def test_own_sessions_are_listed_and_ended(user: User) -> None:
    other = entered(plant.person(Role.FILLER, plant.unit("GD")))
    here, there, third = entered(user), entered(user), entered(user)
    rows = here.get("/me/sessions/").context["rows"]
    assert [row.current for row in rows] == [True, False, False]
    assert {row.address for row in rows} == {"10.0.0.1"}
    foreign = sessions_of(User.objects.get(pk=other.session["_auth_user_id"]))[0].handle
    here.post("/me/sessions/", {"handle": foreign})
    assert other.get("/").status_code == 200
    handles = {row.handle for row in sessions_of(user, current_key=here.session.session_key)}
    key = there.session.session_key
    assert key not in handles
    one = next(r for r in sessions_of(user, current_key=key) if r.current)
    here.post("/me/sessions/", {"handle": one.handle})
    assert [c.get("/").status_code for c in (here, there, third)] == [200, 302, 200]
    here.post("/me/sessions/")
    assert [c.get("/").status_code for c in (here, third)] == [200, 302]


def test_signing_out_clears_the_browser_and_keeps_the_device(user: User) -> None:
    client = entered(user)
    answer = client.post("/sign-out/")
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert "yihu-device" in client.cookies
    assert "no-store" in client.get("/sign-in/")["Cache-Control"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge · Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/17 Safari/605", "Safari · macOS"),
        ("curl/8", ""),
    ],
)
def test_a_browser_by_its_name(text: str, said: str) -> None:
    assert device_name(text) == said


def test_stepping_up_asks_once_in_ten_minutes(user: User) -> None:
    from django.http import HttpRequest, HttpResponse
    from django.test import RequestFactory

    from yihu.access.signing.stepping_up import reauthenticated

    @reauthenticated
    def act(request: HttpRequest) -> HttpResponse:
        return HttpResponse("done")

    client = entered(user)
    request = RequestFactory().get("/dossiers/?q=1")
    request.session = client.session
    assert act(request).content == b"done"
    aged(client, proved_at=11, seen_at=0, opened_at=11)
    request.session = client.session
    answer = act(request)
    assert answer["Location"] == "/me/confirm/?next=/dossiers/%3Fq%3D1"
    assert client.post(answer["Location"], {"password": "wrong"}).status_code == 200
    done = client.post(answer["Location"], {"password": plant.PASSWORD})
    assert done["Location"] == "/dossiers/?q=1"
    request.session = client.session
    assert act(request).content == b"done"
    api = RequestFactory().post("/api/x")
    api.session = Client().session
    assert act(api).status_code == 401
