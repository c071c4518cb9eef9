"""What ITC may do with accounts, what it never gains by it, and accounts that nobody uses."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import plant
from tests.access.door import entered, knock, prove, with_factor
from yihu.access import jobs
from yihu.access.models import Password, PasswordReset, Session, User
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.access.signing import actions
from yihu.access.signing.actions import NotSo, note_use, suspend_dormant
from yihu.access.signing.queries import warned_to
from yihu.audit.models import Event
from yihu.kit.clock import now
from yihu.org.rules import EmploymentStatus

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 5, 1, 0, tzinfo=UTC)
NEW = "Pinus-tabuliformis-77"
WHY = "GD-2026-031，广东，王五"


@pytest.fixture
def itc() -> User:
    return plant.person(Role.ITC)


@pytest.fixture
def user() -> User:
    return plant.person(Role.FILLER, plant.unit("GD"))


def opened(days_ago: int, *, used: int | None = None, role: Role = Role.FILLER) -> User:
    """An account opened (and used) so many days before AT."""
    user = plant.person(role, plant.unit("GD"))
    User.objects.filter(pk=user.pk).update(
        opened_at=AT - timedelta(days=days_ago),
        used_at=None if used is None else AT - timedelta(days=used),
    )
    return User.objects.get(pk=user.pk)


def act(by: User, user: User, what: str, why: str = WHY) -> object:
    client = Client()
    client.force_login(by)
    prove(client)
    return client.post(f"/accounts/{user.username}/{what}/", {"why": why})


def code_for(by: User, user: User, *, at: datetime | None = None) -> str:
    """Both halves of a reset code: ITC's, and the one that a steward of the unit hands over."""
    at = at or now()
    steward = plant.person(Role.STEWARD, plant.unit("GD"))
    return actions.start_reset(by, user, why=WHY, at=at) + actions.hand_half(steward, user, at=at)


# Reset -------------------------------------------------------------------------------------------


def test_itc_starts_a_reset_and_only_the_person_chooses(itc: User, user: User) -> None:
    there = entered(user)
    answer = act(itc, user, "reset")
    half = answer.context["code"]
    steward = plant.person(Role.STEWARD, plant.unit("GD"))
    page = Client()
    page.force_login(steward)
    prove(page)
    assert f"/resets/{user.username}/" in page.get("/resets/").content.decode()
    assert "1 个密码重置等您当面交付后半段" in page.get("/").content.decode()
    code = half + page.post(f"/resets/{user.username}/").context["half"]
    assert f"/resets/{user.username}/" not in page.get("/resets/").content.decode()
    client = Client()
    client.force_login(itc)
    assert code not in client.get(f"/accounts/{user.username}/").content.decode()
    assert code.replace("-", "") not in PasswordReset.objects.get().digest
    stranger = Client()
    wrong = {"username": user.username, "code": "AAAA-BBBB-CCCC"}
    assert "不正确" in stranger.post("/sign-in/reset/", wrong).content.decode()
    given = {"username": user.username, "code": code.lower()}
    assert "再输一次新密码" in stranger.post("/sign-in/reset/", given).content.decode()
    given |= {"new_password1": NEW, "new_password2": NEW}
    assert stranger.post("/sign-in/reset/", given)["Location"] == "/sign-in/"
    assert stranger.get("/").status_code == 302
    assert there.get("/").status_code == 302
    assert knock(Client(), user.username, NEW).status_code == 302
    assert "不正确" in stranger.post("/sign-in/reset/", given).content.decode()
    verbs = ["reset.started", "reset.handed", "password.reset"]
    log = Event.objects.filter(verb__in=verbs).order_by("id")
    assert [(e.verb, e.actor_id) for e in log] == [
        ("reset.started", itc.pk),
        ("reset.handed", steward.pk),
        ("password.reset", user.pk),
    ]
    assert code not in str(list(log.values()))


def test_a_reset_ends_after_a_day_and_with_the_next_one(itc: User, user: User) -> None:
    old = code_for(itc, user, at=AT)
    new = code_for(itc, user, at=AT)
    at = AT + timedelta(hours=23)
    assert not actions.redeem_reset(user, old, NEW, at=at)
    assert not actions.redeem_reset(user, new, NEW, at=AT + timedelta(hours=24))
    assert actions.redeem_reset(user, new, NEW, at=at)


def test_guessing_a_reset_code_is_held(itc: User, user: User) -> None:
    actions.start_reset(itc, user, why=WHY, at=now())
    given = {"username": user.username, "code": "AAAA-BBBB-CCCC"}
    answers = [Client().post("/sign-in/reset/", given).status_code for _n in range(6)]
    assert answers == [200] * 5 + [429]


def test_neither_half_of_a_code_opens_anything(itc: User, user: User) -> None:
    steward = plant.person(Role.STEWARD, plant.unit("GD"))
    first = actions.start_reset(itc, user, why=WHY, at=AT)
    assert not actions.redeem_reset(user, first, NEW, at=AT)
    second = actions.hand_half(steward, user, at=AT)
    for wrong in (first, second, second + first, first + first, first + second[:-1], ""):
        assert not actions.redeem_reset(user, wrong, NEW, at=AT), wrong
    assert actions.redeem_reset(user, f"{first} {second}".lower(), NEW, at=AT)
    assert not actions.redeem_reset(user, first + second, NEW, at=AT)


def test_who_hands_the_other_half_over(itc: User, user: User) -> None:
    """A steward of the unit or headquarters, in person: never ITC, the person or another unit."""
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    actions.start_reset(itc, user, why=WHY, at=AT)
    for role, at in (
        (Role.ITC, None), (Role.AUDITOR, None), (Role.STEWARD, fj), (Role.FILLER, gd),
        (Role.REVIEWER, gd),
    ):  # fmt: skip
        with pytest.raises(Denied):
            actions.hand_half(plant.person(role, at), user, at=AT)
    with pytest.raises(Denied):
        actions.hand_half(user, user, at=AT)
    steward = plant.person(Role.STEWARD, gd)
    actions.start_reset(itc, steward, why=WHY, at=AT)
    with pytest.raises(Denied):
        actions.hand_half(steward, steward, at=AT)
    actions.hand_half(plant.person(Role.SUPERVISOR), steward, at=AT)
    actions.hand_half(steward, user, at=AT)
    with pytest.raises(NotSo, match="已经交付过"):
        actions.hand_half(steward, user, at=AT)
    with pytest.raises(IntegrityError, match="reset_by_two_hands"), transaction.atomic():
        PasswordReset.objects.filter(user=user).update(second_by=itc)


def test_another_units_steward_finds_no_reset_to_hand_over(itc: User, user: User) -> None:
    actions.start_reset(itc, user, why=WHY, at=now())
    client = Client()
    client.force_login(plant.person(Role.STEWARD, plant.unit("FJ", region="350000")))
    prove(client)
    assert user.name not in client.get("/resets/").content.decode()
    assert client.post(f"/resets/{user.username}/").status_code == 404
    client.force_login(itc)
    assert client.get("/resets/").status_code == 403


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_of_resets_asks_no_more_for_more_rows(itc: User, number: int) -> None:
    gd = plant.unit("GD")
    client = Client()
    client.force_login(plant.person(Role.STEWARD, gd))
    for _n in range(number):
        actions.start_reset(itc, plant.person(Role.FILLER, gd), why=WHY, at=now())
    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/resets/")
    assert len(answer.context["rows"]) == number
    assert len(queries) <= 9


def test_running_an_account_asks_for_fresh_proof(itc: User, user: User) -> None:
    client = Client()
    client.force_login(itc)
    answer = client.post(f"/accounts/{user.username}/suspend/", {"why": WHY})
    assert answer["Location"].startswith("/me/confirm/")
    assert User.objects.get(pk=user.pk).is_active
    assert act(itc, user, "suspend").status_code == 302
    assert not User.objects.get(pk=user.pk).is_active


# T14: no page of ITC yields a session of another -------------------------------------------------


def test_no_page_of_itc_makes_a_session_of_another(itc: User, user: User) -> None:
    with_factor(user)
    client = Client()
    client.force_login(itc)
    for what in ("reset", "suspend", "reactivate", "factor"):
        client.post(f"/accounts/{user.username}/{what}/", {"why": WHY})
        assert client.session["_auth_user_id"] == str(itc.pk)
        page = client.get("/accounts/").content.decode()
        assert user.username in page
        assert Password.objects.get(user=user).encoded not in page


def test_one_itc_person_takes_off_one_lock_only(itc: User, user: User) -> None:
    other = plant.person(Role.ITC)
    with_factor(user)
    actions.start_reset(itc, user, why=WHY, at=AT)
    with pytest.raises(Denied, match="另一名管理员"):
        actions.remove_factor(itc, user, why=WHY, at=AT + timedelta(hours=1))
    actions.remove_factor(other, user, why=WHY, at=AT + timedelta(hours=1))
    with pytest.raises(Denied, match="另一名管理员"):
        actions.start_reset(other, user, why=WHY, at=AT + timedelta(hours=2))
    actions.start_reset(other, user, why=WHY, at=AT + timedelta(hours=26))


@pytest.mark.parametrize("role", [r for r in Role if r != Role.ITC])
def test_nobody_but_itc_runs_accounts(role: Role, user: User) -> None:
    by = plant.person(role, plant.unit("GD"))
    assert act(by, user, "suspend").status_code == 403
    client = Client()
    client.force_login(by)
    assert client.get("/accounts/").status_code == 403
    assert User.objects.get(pk=user.pk).is_active


def test_itc_does_not_run_its_own_account(itc: User) -> None:
    for what in ("reset", "factor", "suspend"):
        assert act(itc, itc, what).status_code == 403
    assert User.objects.get(pk=itc.pk).is_active


# Lost phone, suspension --------------------------------------------------------------------------


def test_a_lost_phone_is_taken_off_with_a_reason_and_ends_the_sessions(
    itc: User, user: User
) -> None:
    client = entered(user)
    with_factor(user)
    user.refresh_from_db()
    assert act(itc, user, "factor", why="").status_code == 422
    assert act(itc, user, "factor").status_code == 302
    assert client.get("/").status_code == 302
    assert User.objects.get(pk=user.pk).factor_since is None
    assert Event.objects.get(verb="factor.removed").data == {"why": WHY}
    assert act(itc, user, "factor").status_code == 409


def test_suspended_and_opened_again_by_itc_only(itc: User, user: User) -> None:
    client = entered(user)
    assert act(itc, user, "suspend").status_code == 302
    assert client.get("/").status_code == 302
    assert knock(client, user.username, plant.PASSWORD).status_code == 200
    assert not User.objects.get(pk=user.pk).is_active
    assert act(itc, user, "suspend").status_code == 409
    assert act(itc, user, "reactivate").status_code == 302
    assert knock(client, user.username, plant.PASSWORD).status_code == 302


@pytest.mark.clause("6.3.4")
def test_who_left_is_not_opened_again(itc: User, user: User) -> None:
    actions.suspend(itc, user, why=WHY, at=AT)
    user.staff.status = EmploymentStatus.LEFT
    user.staff.save()
    with pytest.raises(NotSo, match="须在职"):
        actions.reactivate(itc, user, why=WHY, at=AT)


def test_a_suspended_account_that_is_active_cannot_be_stored(user: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(suspended_at=AT)


# Dormant -----------------------------------------------------------------------------------------


def test_suspended_at_ninety_days_without_use_and_not_before() -> None:
    late, near = opened(400, used=90), opened(400, used=89)
    client = Client()
    client.force_login(late)
    assert suspend_dormant(AT) == 1
    late.refresh_from_db()
    assert (late.is_active, late.suspended_at) == (False, AT)
    assert "90 天" in late.suspended_why
    assert client.get("/").status_code == 302
    assert User.objects.get(pk=near.pk).is_active
    event = Event.objects.get(verb="account.suspended")
    assert (event.actor_name, event.subject_id) == ("系统", str(late.pk))
    assert suspend_dormant(AT) == 0


def test_a_new_account_that_never_came_in_has_its_own_ninety_days() -> None:
    """GitLab #346931: a new account was dormant at once."""
    new, old = opened(89), opened(90)
    assert suspend_dormant(AT) == 1
    assert User.objects.get(pk=new.pk).is_active
    assert not User.objects.get(pk=old.pk).is_active


def test_the_job_itself_suspends() -> None:
    """GitLab #431560: the job ran and did nothing."""
    from yihu.access.jobs import dormant

    late = opened(400, used=200)
    dormant(timestamp=0)
    assert not User.objects.get(pk=late.pk).is_active


def test_use_by_a_token_counts_as_use() -> None:
    """GitLab #385923: only sign-ins by page counted."""
    user = opened(400, used=89)
    note_use(user, AT)
    assert suspend_dormant(AT + timedelta(days=89)) == 0
    assert suspend_dormant(AT + timedelta(days=90)) == 1


def test_reactivation_gives_ninety_days_and_a_sign_in_does_not_reactivate(itc: User) -> None:
    user = opened(400, used=200)
    suspend_dormant(AT)
    assert knock(Client(), user.username, plant.PASSWORD).status_code == 200
    assert not User.objects.get(pk=user.pk).is_active
    actions.reactivate(itc, user, why=WHY, at=AT)
    assert suspend_dormant(AT + timedelta(days=1)) == 0
    assert User.objects.get(pk=user.pk).is_active


def test_the_warning_reaches_the_units_steward_and_itc(itc: User) -> None:
    near = opened(400, used=60)
    opened(400, used=59)
    steward = plant.person(Role.STEWARD, plant.unit("GD"))
    elsewhere = plant.person(Role.STEWARD, plant.unit("FJ", region="350000"))
    for by, expected in (
        (itc, [(near, 30)]),
        (steward, [(near, 30)]),
        (elsewhere, []),
        (plant.person(Role.FILLER, plant.unit("GD")), []),
    ):
        assert [(one.account, one.days_left) for one in warned_to(by, AT)] == expected


def test_the_warning_stands_at_home(itc: User) -> None:
    user = plant.person(Role.FILLER, plant.unit("GD"))
    User.objects.filter(pk=user.pk).update(opened_at=now() - timedelta(days=61))
    for by in (itc, plant.person(Role.STEWARD, plant.unit("GD"))):
        client = Client()
        client.force_login(by)
        body = client.get("/").content.decode()
        assert "久未使用" in body
        assert user.name in body


# The list ----------------------------------------------------------------------------------------


def test_the_list_is_filtered_and_asks_the_same_for_any_number_of_rows(itc: User) -> None:
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    plant.dossier(gd, name="只有广东知道的公司")
    filler = plant.person(Role.FILLER, gd)
    client = Client()
    client.force_login(itc)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert "只有广东知道" not in client.get("/accounts/").content.decode()
        return len(queries)

    few = asked()
    reviewer = plant.person(Role.REVIEWER, fj)
    suspended = plant.person(Role.READER, fj)
    actions.suspend(itc, suspended, why=WHY, at=AT)
    assert asked() == few
    for query, expected in (
        (f"unit={gd.pk}", {filler}),
        ("role=reviewer", {reviewer}),
        ("state=suspended", {suspended}),
        (f"q={filler.username}", {filler}),
        ("dormant=1", set()),
    ):
        assert set(client.get(f"/accounts/?{query}").context["page"].rows) == expected
    assert client.get("/accounts/?role=nonsense").status_code == 400


# The server's shell ------------------------------------------------------------------------------


def said(*arguments: str) -> str:
    from io import StringIO

    out = StringIO()
    call_command("account", *arguments, stdout=out)
    return out.getvalue()


def test_the_server_opens_resets_unlocks_and_takes_off(user: User) -> None:
    code = said("open", "itc9", "--name", "李四", "--role", "itc").split("，")[0].split()[-1]
    opened_now = User.objects.get(username="itc9")
    assert actions.redeem_reset(opened_now, code, NEW, at=now())
    for _n in range(5):
        knock(Client(), user.username, "wrong")
    assert knock(Client(), user.username, plant.PASSWORD).status_code == 429
    said("unlock", user.username)
    assert knock(Client(), user.username, plant.PASSWORD).status_code == 302
    with_factor(user)
    said("second-factor", user.username, "--why", "手机丢失")
    assert "重置码" in said("reset", user.username)
    actors = Event.objects.filter(actor_name="服务器命令行").order_by("id")
    assert list(actors.values_list("verb", flat=True)) == [
        "account.opened",
        "reset.started",
        "account.unlocked",
        "factor.removed",
        "reset.started",
    ]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["reset", "nobody"], "没有账号 nobody"),
        (["open", "x1", "--name", "甲", "--role", "filler"], "--unit"),
        (["open", "x1", "--name", "甲", "--role", "filler", "--unit", "GD"], "没有工号"),
    ],
)
def test_the_server_says_what_is_wrong(arguments: list[str], why: str) -> None:
    plant.unit("GD")
    with pytest.raises(CommandError, match=why):
        call_command("account", *arguments)


# What expired -----------------------------------------------------------------------------------


def test_what_expired_is_swept_by_one_statement_a_kind(itc: User, user: User) -> None:
    with_factor(user)
    entered(user)
    knock(Client(), user.username, "wrong")
    other = plant.person(Role.ITC)
    actions.start_reset(itc, user, why=WHY, at=now())
    actions.remove_factor(other, user, why=WHY, at=now())
    entered(user)
    kept = actions.sweep(now())
    assert kept == dict.fromkeys(("sessions", "tries", "resets", "codes", "removals"), 0)
    with CaptureQueriesContext(connection) as queries:
        gone = actions.sweep(now() + timedelta(days=2))
    assert gone == {"sessions": 2, "tries": 1, "resets": 1, "codes": 0, "removals": 1}
    deletes = [query["sql"] for query in queries if query["sql"].startswith("DELETE")]
    assert len(deletes) == 5
    assert actions.sweep(now() + timedelta(days=2)) == dict.fromkeys(gone, 0)
    assert Event.objects.filter(verb="reset.started").count() == 1


def test_the_clock_sweeps_what_nobody_can_use(user: User) -> None:
    entered(user)
    entered(user)
    assert Session.objects.count() == 2
    Session.objects.filter(pk=Session.objects.earliest("opened_at").pk).update(
        expires_at=now() - timedelta(minutes=1)
    )
    jobs.swept(0)
    assert Session.objects.count() == 1
