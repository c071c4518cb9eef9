"""The identity system creates people and ends them, by the road of any personnel event (§6.3.4)."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests import plant
from tests.directory.identity import WORK, IdentitySystem, identity_system, somebody
from yihu.access.models import ApiToken, Session, User
from yihu.access.rules import Role
from yihu.access.tokens.actions import issue as issue_token
from yihu.access.tokens.rules import Days, Use
from yihu.audit.models import Event
from yihu.directory.models import Entry, ScimToken
from yihu.kit.clock import now, today
from yihu.org.models import PersonnelEvent, Staff

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.4")]


@pytest.fixture
def idp() -> IdentitySystem:
    plant.unit("GD")
    plant.unit("FJ", region="350000")
    return identity_system()


def at_work(user: User) -> dict[str, object]:
    """The person of an account of the tests, as the identity system would name them."""
    assert user.staff is not None
    User.objects.filter(pk=user.pk).update(username=user.staff.employee_no)
    return somebody(user.staff.employee_no, displayName=user.staff.name)


def test_whom_it_creates_joins_as_by_a_file_of_the_hr_system(idp: IdentitySystem) -> None:
    status, made = idp.ask("POST", "Users", somebody(externalId="e-1"))
    assert status == 201
    assert made == {
        "schemas": [made["schemas"][0], WORK],
        "id": "SC0001",
        "externalId": "e-1",
        "userName": "SC0001",
        "displayName": "张三",
        "title": "客户专员",
        "active": True,
        WORK: {"organization": "GD"},
        "meta": {
            "resourceType": "User",
            "location": "http://localhost:8000/scim/v2/Users/SC0001",
        },
    }
    staff = Staff.objects.get(employee_no="SC0001")
    assert (staff.unit.code, staff.name, staff.post, staff.status) == (
        "GD", "张三", "客户专员", "active",
    )  # fmt: skip
    event = PersonnelEvent.objects.get(staff=staff)
    assert (event.kind, event.entered_by) == ("join", "身份系统：统一身份平台")
    assert not User.objects.filter(username="SC0001").exists()  # a role opens the account


def test_who_is_deactivated_loses_session_token_and_account_at_once(idp: IdentitySystem) -> None:
    gone = plant.person(Role.FILLER, plant.unit("GD"))
    said = at_work(gone)
    client = Client()
    client.force_login(gone)
    assert client.get("/").status_code == 200
    issue_token(gone, label="程序", uses=[Use.READ], days=Days.MONTH, at=now())
    status, _body = idp.patch(
        f"Users/{said['userName']}", {"op": "replace", "value": {"active": False}}
    )
    assert status == 200
    assert client.get("/").status_code == 302
    assert not User.objects.get(pk=gone.pk).is_active
    assert not Session.objects.filter(user=gone).exists()
    assert not ApiToken.objects.filter(user=gone, revoked_at=None).exists()
    assert PersonnelEvent.objects.get().kind == "leave"
    closed = Event.objects.get(verb="account.closed")
    assert closed.data["status"] == "left"


@pytest.mark.parametrize("word", [False, "False"])
def test_the_habits_of_well_known_senders_are_understood(idp: IdentitySystem, word: object) -> None:
    idp.ask("POST", "Users", somebody())
    status, body = idp.patch(
        "Users/SC0001",
        {"op": "Replace", "path": "active", "value": word},
        {"op": "Replace", "path": "name.givenName", "value": "四"},
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "z@example.com"},
    )
    assert (status, body["active"]) == (200, False)


def test_a_plan_for_later_is_overtaken(idp: IdentitySystem) -> None:
    user = plant.person(Role.FILLER, plant.unit("GD"))
    number = at_work(user)["userName"]
    later = PersonnelEvent.objects.create(
        unit_id=user.staff.unit_id if user.staff else 0,
        staff=user.staff,
        kind="leave",
        effective_on=today() + timedelta(days=30),
    )
    status, body = idp.patch(f"Users/{number}", {"op": "replace", "path": "active", "value": False})
    assert (status, body["active"]) == (200, False)
    later.refresh_from_db()
    assert later.cancelled_at is not None
    assert PersonnelEvent.objects.filter(cancelled_at=None).get().kind == "leave"


def test_back_on_the_same_day_is_refused_with_the_way_out(idp: IdentitySystem) -> None:
    idp.ask("POST", "Users", somebody())
    assert idp.ask("PUT", "Users/SC0001", somebody(active=False))[0] == 200
    status, body = idp.ask("PUT", "Users/SC0001", somebody(active=True))
    assert (status, "请明天再报送" in body["detail"]) == (409, True)
    assert Staff.objects.get(employee_no="SC0001").status == "left"
    assert PersonnelEvent.objects.count() == 2


def test_another_organization_is_a_transfer_and_ends_the_old_post(idp: IdentitySystem) -> None:
    user = plant.person(Role.FILLER, plant.unit("GD"))
    said = at_work(user)
    status, body = idp.ask(
        "PUT", f"Users/{said['userName']}", {**said, "title": "经理", WORK: {"organization": "FJ"}}
    )
    assert (status, body[WORK]["organization"], body["title"]) == (200, "FJ", "经理")
    assert not User.objects.get(pk=user.pk).is_active
    posts = Staff.objects.filter(employee_no=said["userName"]).order_by("unit__code")
    assert [(row.unit.code, row.status) for row in posts] == [
        ("FJ", "active"), ("GD", "transferred"),
    ]  # fmt: skip
    status, listed = idp.ask("GET", "Users", filter=f'userName eq "{said["userName"]}"')
    assert listed["totalResults"] == 1


def test_a_new_name_reaches_the_account(idp: IdentitySystem) -> None:
    user = plant.person(Role.FILLER, plant.unit("GD"))
    said = at_work(user)
    assert idp.ask("PUT", f"Users/{said['userName']}", {**said, "displayName": "李四"})[0] == 200
    assert User.objects.get(pk=user.pk).name == "李四"
    assert Event.objects.get(verb="personnel.corrected").data["fields"] == ["name", "post"]
    assert not PersonnelEvent.objects.exists()


def test_who_is_deleted_leaves_and_is_no_longer_found(idp: IdentitySystem) -> None:
    idp.ask("POST", "Users", somebody(externalId="e-1"))
    assert idp.ask("DELETE", "Users/SC0001") == (204, None)
    assert idp.ask("GET", "Users/SC0001")[0] == 404
    assert idp.ask("GET", "Users", filter='externalId eq "e-1"')[1]["totalResults"] == 0
    assert Staff.objects.get(employee_no="SC0001").status == "left"
    assert Entry.objects.get().removed_at is not None


@pytest.mark.parametrize(
    ("given", "status", "kind", "said"),
    [
        ({"userName": ""}, 400, "invalidValue", "userName 是工号"),
        ({"userName": "9" * 31}, 400, "invalidValue", "userName 是工号"),
        ({"displayName": None}, 400, "invalidValue", "displayName"),
        ({"displayName": "名" * 81}, 400, "invalidValue", "最多 80 个字"),
        ({WORK: {"organization": "XX"}}, 400, "invalidValue", "没有“XX”这个单位"),
        ({WORK: {}}, 400, "invalidValue", "organization"),
        ({"displayName": "a\0b"}, 400, "invalidSyntax", "空字符"),
        ({"active": "也许"}, 400, "invalidValue", "active"),
        ({"userName": "SC0009"}, 409, "uniqueness", "已有工号"),
        ({"externalId": "e-9"}, 409, "uniqueness", "externalId"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    idp: IdentitySystem, given: dict[str, object], status: int, kind: str, said: str
) -> None:
    idp.ask("POST", "Users", somebody("SC0009", externalId="e-9"))
    before = Staff.objects.count(), Event.objects.count(), Entry.objects.count()
    answered, body = idp.ask("POST", "Users", somebody(**given))
    assert (answered, body["status"], body.get("scimType")) == (status, str(status), kind)
    assert said in body["detail"]
    assert (Staff.objects.count(), Event.objects.count(), Entry.objects.count()) == before


def test_a_number_stays_and_a_patch_is_whole(idp: IdentitySystem) -> None:
    idp.ask("POST", "Users", somebody())
    status, body = idp.patch(
        "Users/SC0001",
        {"op": "replace", "path": "title", "value": "经理"},
        {"op": "replace", "path": "userName", "value": "SC0002"},
    )
    assert (status, body["scimType"]) == (400, "mutability")
    assert Staff.objects.get(employee_no="SC0001").post == "客户专员"
    status, body = idp.patch("Users/SC0001", {"op": "remove", "path": "active"})
    assert (status, "active 不能删去" in body["detail"]) == (400, True)


def test_a_page_wanted_attributes_and_filters(idp: IdentitySystem) -> None:
    for number in ("SC0001", "SC0002", "SC0003"):
        idp.ask("POST", "Users", somebody(number, externalId=f"e-{number}"))
    idp.ask("PUT", "Users/SC0003", somebody("SC0003", active=False, externalId="e-SC0003"))

    def numbers(**query: str) -> list[str]:
        status, body = idp.ask("GET", "Users", **query)
        assert status == 200, body
        return [row["id"] for row in body.get("Resources", [])]

    assert numbers(startIndex="2", count="1") == ["SC0002"]
    assert numbers(count="0") == []
    assert numbers(filter='externalId eq "e-SC0002"') == ["SC0002"]
    assert numbers(filter='displayName eq "张三" and userName eq "sc0002"') == []
    assert numbers(filter='userName sw "SC" and active eq false') == ["SC0003"]
    assert numbers(filter='not (userName co "0003") and displayName eq "张三"') == [
        "SC0001", "SC0002",
    ]  # fmt: skip
    _status, body = idp.ask("GET", "Users", attributes="displayName", count="1")
    assert set(body["Resources"][0]) == {"schemas", "id", "displayName"}
    status, body = idp.ask("GET", "Users", filter='emails eq "a"')
    assert (status, body["scimType"]) == (400, "invalidFilter")
    status, body = idp.ask("GET", "Users", filter="userName eq")
    assert (status, body["scimType"]) == (400, "invalidFilter")


def test_the_door_opens_to_its_own_token_alone_and_so_often(
    idp: IdentitySystem, settings: Settings
) -> None:
    person = plant.person(Role.FILLER, plant.unit("GD"))
    _row, own = issue_token(person, label="程序", uses=[Use.READ], days=Days.MONTH, at=now())
    for secret in ("", "wrong", own):
        status, body = IdentitySystem(secret).ask("GET", "Users")
        assert (status, "Resources" in body) == (401, False)
    ours = Client().get("/api/v1/dossiers", headers={"Authorization": f"Bearer {idp.secret}"})
    assert ours.status_code == 401
    settings.SCIM_A_MINUTE = 2
    statuses = [idp.ask("GET", "Users")[0] for _n in range(3)]
    assert 429 in statuses
    ScimToken.objects.update(
        expires_at=now() - timedelta(seconds=1), issued_at=now() - timedelta(1)
    )
    assert idp.ask("GET", "Users")[0] == 401


def test_what_is_not_served_says_so(idp: IdentitySystem) -> None:
    assert idp.ask("POST", "Bulk", {})[0] == 501
    assert idp.ask("GET", "Me")[0] == 501
    assert idp.ask("GET", "Nothing")[0] == 404
    assert idp.ask("DELETE", "Users")[0] == 405
    assert idp.ask("GET", "Schemas/nothing")[0] == 404
    assert idp.ask("POST", "Users", [1])[0] == 400
