"""What groups give is agreed to by the unit, and ends with the group (§6.3.2, 6.3.4)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from tests import plant
from tests.access.door import prove
from tests.directory.identity import IdentitySystem, identity_system, of_group
from tests.directory.mapping import asked_for, mapped
from yihu.access.entering import for_door, for_person
from yihu.access.models import RoleAssignment, User
from yihu.access.policy import Denied
from yihu.access.roles.actions import Unfit
from yihu.access.roles.actions import end as end_role
from yihu.access.roles.queries import held_on
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.directory import actions
from yihu.directory.granting import settle
from yihu.directory.models import Mapping
from yihu.directory.rules import CONFIRMED_DAYS
from yihu.kit.clock import now, today

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.2")]


@pytest.fixture
def idp() -> IdentitySystem:
    plant.unit("GD")
    return identity_system()


def filler() -> User:
    """Somebody of Guangdong whose account bears their number."""
    user = plant.person(Role.FILLER, plant.unit("GD"))
    assert user.staff is not None
    User.objects.filter(pk=user.pk).update(username=user.staff.employee_no)
    return User.objects.get(pk=user.pk)


def held(user: User) -> list[tuple[str, str]]:
    rows = held_on(today()).filter(user=user).order_by("role")
    return list(rows.values_list("role", "directory_group"))


def test_scim_gives_and_takes_at_once(idp: IdentitySystem) -> None:
    user, other = filler(), filler()
    mapped("readers", Role.READER, plant.unit("GD"))
    status, group = idp.ask("POST", "Groups", of_group("Readers", user.username))
    assert (status, group["members"][0]["display"]) == (201, user.staff.name if user.staff else "")
    assert held(user) == [("filler", ""), ("reader", "readers")]
    assert RoleAssignment.objects.get(directory_group="readers").until is None
    status, _body = idp.patch(
        f"Groups/{group['id']}",
        {"op": "add", "path": "members", "value": [{"value": other.username}]},
        {"op": "remove", "path": f'members[value eq "{user.username}"]'},
    )
    assert status == 200
    assert (held(user), held(other)) == (
        [("filler", "")],
        [("filler", ""), ("reader", "readers")],
    )
    assert idp.ask("GET", f"Users/{other.username}")[1]["groups"][0]["display"] == "Readers"
    idp.patch(f"Groups/{group['id']}", {"op": "replace", "path": "displayName", "value": "别的"})
    assert held(other) == [("filler", "")]
    idp.patch(f"Groups/{group['id']}", {"op": "replace", "path": "displayName", "value": "readers"})
    assert held(other) == [("filler", ""), ("reader", "readers")]
    assert idp.ask("DELETE", f"Groups/{group['id']}") == (204, None)
    assert held(other) == [("filler", "")]


def test_a_group_names_people_who_are_there_once(idp: IdentitySystem) -> None:
    status, body = idp.ask("POST", "Groups", of_group("readers", "NOBODY"))
    assert (status, "NOBODY" in body["detail"]) == (400, True)
    assert idp.ask("POST", "Groups", of_group("readers"))[0] == 201
    status, body = idp.ask("POST", "Groups", of_group("READERS"))
    assert (status, body["scimType"]) == (409, "uniqueness")
    listed = idp.ask("GET", "Groups", filter='displayName eq "Readers"')[1]
    assert listed["totalResults"] == 1


def test_nothing_is_given_before_the_unit_agreed() -> None:
    user, gd = filler(), plant.unit("GD")
    made = asked_for("readers", Role.READER, gd)
    settle(user.username, ["readers"], at=now())
    assert held(user) == [("filler", "")]
    for role, unit in ((Role.ITC, None), (Role.SUPERVISOR, None), (Role.STEWARD, plant.unit("FJ"))):
        with pytest.raises(Denied):
            actions.agree(plant.person(role, unit), made, at=now())
    actions.agree(plant.person(Role.STEWARD, gd), made, at=now())
    settle(user.username, ["Readers"], at=now())
    assert held(user) == [("filler", ""), ("reader", "readers")]
    given = RoleAssignment.objects.get(directory_group="readers")
    assert given.until == today() + timedelta(days=CONFIRMED_DAYS)
    event = Event.objects.get(verb="directory_role.given")
    assert (event.data["role"], event.data["why"]) == ("reader", "目录组 readers")


def test_the_groups_own_roles_ask_for_two_supervisors() -> None:
    made = asked_for("auditors", Role.AUDITOR, None)
    first = plant.person(Role.SUPERVISOR)
    made = actions.agree(first, made, at=now())
    assert not made.in_force
    with pytest.raises(Denied):
        actions.agree(first, made, at=now())
    assert actions.agree(plant.person(Role.SUPERVISOR), made, at=now()).in_force


@pytest.mark.clause("6.3.4")
def test_an_ended_mapping_takes_back_what_it_gave_and_nothing_else() -> None:
    user, gd = filler(), plant.unit("GD")
    made = mapped("readers", Role.READER, gd)
    mapped("readers", Role.FILLER, gd)
    settle(user.username, ["readers"], at=now())
    assert held(user) == [("filler", ""), ("reader", "readers")]
    assert actions.end(plant.person(Role.STEWARD, gd), made, at=now()) == 1
    assert held(user) == [("filler", "")]
    with pytest.raises(actions.Lapsed):
        actions.end(plant.person(Role.ITC), made, at=now())


def test_what_a_group_gave_is_shown_as_such_and_not_ended_by_hand() -> None:
    user, gd = filler(), plant.unit("GD")
    mapped("readers", Role.READER, gd)
    settle(user.username, ["readers"], at=now())
    steward = plant.person(Role.STEWARD, gd)
    client = Client()
    client.force_login(steward)
    page = client.get(f"/roles/{user.staff_id}/").content.decode()
    assert "由目录组授予" in page
    given = RoleAssignment.objects.get(directory_group="readers")
    with pytest.raises(Unfit, match="移出该组"):
        end_role(steward, given, reason="试", at=now(), today=today())


def test_no_sql_of_a_person_writes_what_groups_give() -> None:
    gd, itc = plant.unit("GD"), plant.person(Role.ITC)
    made = asked_for("readers", Role.READER, gd)
    steward = plant.person(Role.STEWARD, gd)
    with for_person(itc.pk), transaction.atomic():
        assert Mapping.objects.filter(pk=made.pk).update(agreed_by=steward, agreed_at=now()) == 0
    with pytest.raises(DatabaseError), for_person(itc.pk), transaction.atomic():
        Mapping.objects.create(
            group="x", role="reader", unit=gd, reason="x", made_by=itc, made_at=now()
        )
    with pytest.raises(IntegrityError), for_door(), transaction.atomic():
        Mapping.objects.filter(pk=made.pk).update(agreed_by=made.made_by, agreed_at=now())


def test_the_page_from_itc_s_wish_to_the_steward_s_word() -> None:
    gd, itc = plant.unit("GD"), plant.person(Role.ITC)
    keeper, steward = Client(), Client()
    keeper.force_login(itc)
    steward.force_login(plant.person(Role.STEWARD, gd))
    assert "还没有目录组" in keeper.get("/directory/").content.decode()
    wrong = keeper.post("/directory/new/", {"group": "g", "role": "auditor", "unit": gd.pk,
                                            "reason": "x"})  # fmt: skip
    assert (wrong.status_code, "请不要选单位" in wrong.content.decode()) == (422, True)
    right = {"group": "readers", "role": "reader", "unit": gd.pk, "reason": "申请单 2"}
    assert keeper.post("/directory/new/", right)["Location"] == "/directory/"
    assert "正在等待同意" in keeper.post("/directory/new/", right).content.decode()
    made = Mapping.objects.get()
    assert "等待同意" in steward.get("/directory/", {"state": "waiting"}).content.decode()
    assert steward.get("/directory/new/").status_code == 403
    assert "/me/confirm/" in steward.post(f"/directory/{made.pk}/agree/")["Location"]
    prove(steward)
    assert steward.post(f"/directory/{made.pk}/agree/")["Location"] == "/directory/"
    made.refresh_from_db()
    assert made.in_force
    elsewhere = Client()
    elsewhere.force_login(plant.person(Role.STEWARD, plant.unit("FJ", region="350000")))
    assert "readers" not in elsewhere.get("/directory/").content.decode()
    assert elsewhere.post(f"/directory/{made.pk}/end/").status_code == 404
    assert keeper.post(f"/directory/{made.pk}/end/").status_code == 302
    made.refresh_from_db()
    assert made.ended_at is not None


def test_itc_issues_a_token_that_is_shown_once(settings: object) -> None:
    client = Client()
    client.force_login(plant.person(Role.ITC))
    assert "/me/confirm/" in client.get("/directory/tokens/")["Location"]
    prove(client)
    page = client.post("/directory/tokens/", {"label": "身份平台", "days": "30"}).content.decode()
    secret = page.split('yh-key">')[1].split("<")[0]
    assert IdentitySystem(secret).ask("GET", "ServiceProviderConfig")[0] == 200
    again = client.post("/directory/tokens/", {"label": "身份平台", "days": "30"})
    assert (again.status_code, "已有名为" in again.content.decode()) == (422, True)
    listed = client.get("/directory/tokens/").content.decode()
    assert secret not in listed
    revoke = listed.split('action="/directory/tokens/')[1].split('"')[0]
    client.post(f"/directory/tokens/{revoke}")
    assert IdentitySystem(secret).ask("GET", "ServiceProviderConfig")[0] == 401
    assert [row.verb for row in Event.objects.filter(verb__startswith="directory_token")] == [
        "directory_token.issued", "directory_token.revoked",
    ]  # fmt: skip
