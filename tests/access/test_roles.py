"""Roles are asked for by the unit and opened by ITC, by different people, by page and by SQL."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import plant
from tests.access.door import prove
from yihu.access.entering import for_group, for_person
from yihu.access.leavers import end_posts
from yihu.access.models import RoleAssignment, RoleRequest, User
from yihu.access.policy import Denied
from yihu.access.roles import actions, queries
from yihu.access.rules import GROUP_ROLES, UNIT_ROLES, Asked, Role
from yihu.access.scope import scope_of
from yihu.audit.models import Event
from yihu.kit.clock import now, today
from yihu.notices.models import Notice
from yihu.org.models import OrgUnit, Staff
from yihu.org.rules import EmploymentStatus, UnitKind

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.2")]
WHY = "岗位调整〔2026〕12 号"


@pytest.fixture
def gd() -> OrgUnit:
    return plant.unit("GD")


@pytest.fixture
def steward(gd: OrgUnit) -> User:
    return plant.person(Role.STEWARD, gd)


@pytest.fixture
def itc() -> User:
    return plant.person(Role.ITC)


@pytest.fixture
def someone(gd: OrgUnit) -> Staff:
    return plant.staff(gd, "梁新来")


@pytest.fixture
def heads() -> tuple[User, User]:
    return plant.person(Role.SUPERVISOR), plant.person(Role.SUPERVISOR)


def department(code: str = "RM") -> OrgUnit:
    made, _new = OrgUnit.objects.get_or_create(
        code=code,
        defaults={"name": "资源与市场部", "short_name": code, "kind": UnitKind.DEPARTMENT},
    )
    return made


def asked(by: User, staff: Staff, role: Role = Role.FILLER) -> RoleRequest:
    """A wish, by its owner's own hand."""
    with for_person(by.pk):
        return actions.ask(by, staff, role, reason=WHY, at=now(), today=today())


def opened(by: User, row: RoleRequest) -> actions.Given:
    with for_person(by.pk):
        return actions.open_(by, row, at=now(), today=today())


def agreed(by: User, row: RoleRequest) -> RoleRequest:
    with for_person(by.pk):
        return actions.agree(by, row, at=now())


def fresh(user: User) -> User:
    """The account as the next request loads it."""
    return User.objects.get(pk=user.pk)


def roles_of(user: User) -> set[tuple[str, int | None]]:
    return set(scope_of(fresh(user)).roles)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    prove(client)
    return client


# The way of a role -------------------------------------------------------------------------------


def test_a_unit_asks_itc_opens_and_an_account_begins_without_a_password(
    gd: OrgUnit, steward: User, itc: User, someone: Staff
) -> None:
    row = asked(steward, someone)
    given = opened(itc, row)
    assert given.new
    assert given.user.username == someone.employee_no
    assert not given.user.has_usable_password()
    assert roles_of(given.user) == {("filler", gd.pk)}
    row.refresh_from_db()
    assert (row.state, row.asked_by, row.agreed_by, row.opened_by) == (
        Asked.OPENED, steward, None, itc,
    )  # fmt: skip
    second = opened(itc, asked(steward, someone, Role.READER))
    assert (second.new, second.user) == (False, given.user)
    assert roles_of(given.user) == {("filler", gd.pk), ("reader", gd.pk)}
    verbs = Event.objects.filter(subject_type="access.rolerequest").order_by("id")
    assert list(verbs.values_list("verb", "actor_id", "unit_id")) == [
        ("role.asked", steward.pk, gd.pk), ("role.opened", itc.pk, gd.pk),
        ("role.asked", steward.pk, gd.pk), ("role.opened", itc.pk, gd.pk),
    ]  # fmt: skip


@pytest.mark.parametrize("role", sorted(GROUP_ROLES))
def test_a_role_of_the_group_takes_two_supervisors_and_itc(
    role: Role, heads: tuple[User, User], itc: User
) -> None:
    staff = plant.staff(department(), "待任")
    row = asked(heads[0], staff, Role(role))
    for early in (itc, heads[0]):
        with pytest.raises(Denied):
            opened(early, row)
    with pytest.raises(Denied):
        agreed(heads[0], row)
    agreed(heads[1], row)
    with pytest.raises(Denied):
        opened(heads[1], row)
    given = opened(itc, row)
    assert roles_of(given.user) == {(role, None)}


@pytest.mark.parametrize("who", [Role.ITC, Role.AUDITOR, Role.FILLER, Role.REVIEWER])
def test_only_a_steward_or_headquarters_asks(who: Role, gd: OrgUnit, someone: Staff) -> None:
    by = plant.person(who, gd if who in UNIT_ROLES else None)
    for role in Role:
        with pytest.raises(Denied):
            asked(by, someone, role)


def test_a_steward_asks_for_nobody_elsewhere_and_for_no_role_of_the_group(
    steward: User, someone: Staff, heads: tuple[User, User]
) -> None:
    elsewhere = plant.staff(plant.unit("FJ", region="350000"))
    with pytest.raises(Denied):
        asked(steward, elsewhere)
    for role in GROUP_ROLES:
        with pytest.raises(Denied):
            asked(steward, someone, role)
    with pytest.raises(Denied):
        asked(heads[0], someone, Role.FILLER)
    assert asked(heads[0], elsewhere, Role.STEWARD).state == Asked.ASKED  # a unit's first


def test_nobody_asks_for_agrees_to_or_opens_a_role_of_their_own(
    gd: OrgUnit, steward: User, heads: tuple[User, User]
) -> None:
    assert steward.staff is not None
    with pytest.raises(Denied):
        asked(steward, steward.staff, Role.FILLER)
    second = plant.person(Role.SUPERVISOR, gd)
    assert second.staff is not None
    own = asked(heads[0], second.staff, Role.STEWARD)
    with pytest.raises(Denied):
        agreed(second, own)
    itc = plant.person(Role.ITC, gd)
    assert itc.staff is not None
    with for_group():
        row = RoleRequest.objects.create(
            unit=gd, staff=itc.staff, role=Role.READER, reason=WHY, asked_by=steward, asked_at=now()
        )
    with pytest.raises(Denied):
        opened(itc, row)
    assert row not in queries.waiting_for(itc)


def test_refused_withdrawn_and_what_can_no_longer_be_done(
    steward: User, itc: User, someone: Staff
) -> None:
    row = asked(steward, someone)
    with pytest.raises(actions.Unfit, match="还在办理"):
        asked(steward, someone)
    with for_person(itc.pk), pytest.raises(actions.Unfit, match="原因"):
        actions.refuse(itc, row, reason=" ", at=now())
    with for_person(itc.pk):
        actions.refuse(itc, row, reason="没有附通知", at=now())
    with pytest.raises(actions.Lapsed, match="不同意"):
        opened(itc, row)
    again = asked(steward, someone)
    with for_person(steward.pk):
        actions.withdraw(steward, again, at=now())
    assert roles_count(someone) == 0
    with for_person(steward.pk), pytest.raises(actions.Unfit, match="原因"):
        actions.ask(steward, someone, Role.FILLER, reason="", at=now(), today=today())
    third = asked(steward, someone)
    Staff.objects.filter(pk=someone.pk).update(status=EmploymentStatus.LEFT)
    with pytest.raises(actions.Lapsed, match="不在职"):
        opened(itc, third)


def roles_count(staff: Staff) -> int:
    return RoleAssignment.objects.filter(user__staff=staff).count()


def test_the_three_sides_stay_apart_also_after_a_role_ended(
    gd: OrgUnit, steward: User, itc: User, heads: tuple[User, User]
) -> None:
    auditor = plant.person(Role.AUDITOR, gd)
    plant.person(Role.AUDITOR)
    assert auditor.staff is not None
    row = asked(steward, auditor.staff)
    for _time in range(2):
        with pytest.raises(actions.Lapsed, match="三员分立"):
            opened(itc, row)
        held = auditor.assignments.get()
        if held.until is None:
            with for_person(heads[0].pk):
                actions.end(heads[0], held, reason="轮岗", at=now(), today=today())
    row.refresh_from_db()
    assert (row.state, roles_of(auditor)) == (Asked.ASKED, set())


def test_a_number_in_use_elsewhere_is_told_and_nothing_opened(
    steward: User, itc: User, someone: Staff
) -> None:
    User.objects.create(username=someone.employee_no, name="旧号")
    row = asked(steward, someone)
    with pytest.raises(actions.Lapsed, match="已存在"):
        opened(itc, row)
    row.refresh_from_db()
    assert row.state == Asked.ASKED


# The end of a role -------------------------------------------------------------------------------


def test_a_role_that_ended_opens_nothing_with_the_next_request_and_the_session_stays(
    gd: OrgUnit, steward: User, itc: User, someone: Staff
) -> None:
    file = plant.dossier(gd)
    user = opened(itc, asked(steward, someone)).user
    browser = Client()
    browser.force_login(user)
    page = reverse("desk:dossier", args=[file.pk])
    assert browser.get(page).status_code == 200
    held = user.assignments.get()
    keeper = signed_in(steward)
    answer = keeper.post(
        reverse("role-end", args=[user.username, held.pk]), {"reason": "调整分工"}, follow=True
    )
    assert "已注销" in answer.content.decode()
    assert browser.get(page).status_code == 404
    assert "还没有角色" in browser.get("/").content.decode()
    row = RoleRequest.objects.get()
    assert (row.state, row.ended_by, row.end_reason) == (Asked.ENDED, steward, "调整分工")
    line = Event.objects.get(verb="role.ended")
    assert line.data == {"role": "filler", "of": gd.pk, "why": "调整分工"}
    with for_person(steward.pk), pytest.raises(actions.Lapsed):
        actions.end(steward, held, reason="再次", at=now(), today=today())
    opened(itc, asked(steward, someone))
    assert browser.get(page).status_code == 200
    assert RoleRequest.objects.count() == 2


def test_nobody_ends_their_own_and_the_group_keeps_its_last(
    steward: User, itc: User, heads: tuple[User, User]
) -> None:
    for user in (steward, heads[0], itc):
        with for_person(user.pk), pytest.raises(Denied):
            actions.end(user, user.assignments.get(), reason=WHY, at=now(), today=today())
    with for_person(heads[0].pk), pytest.raises(actions.Unfit, match="最后一名"):
        actions.end(heads[0], itc.assignments.get(), reason=WHY, at=now(), today=today())
    plant.person(Role.ITC)
    with for_person(heads[0].pk):
        actions.end(heads[0], itc.assignments.get(), reason=WHY, at=now(), today=today())
    assert roles_of(itc) == set()
    stranger = plant.person(Role.STEWARD, plant.unit("FJ", region="350000"))
    held = steward.assignments.get()
    with for_person(stranger.pk), pytest.raises(Denied):
        actions.end(stranger, held, reason=WHY, at=now(), today=today())


def test_with_the_post_all_requests_end(steward: User, itc: User, someone: Staff) -> None:
    opened(itc, asked(steward, someone))
    asked(steward, someone, Role.READER)
    Staff.objects.filter(pk=someone.pk).update(status=EmploymentStatus.RETIRED)
    event = Event(data={"at": now().isoformat(), "staff": [str(someone.pk)], "concurrent": []})
    with transaction.atomic():
        end_posts(event)
    states = RoleRequest.objects.order_by("role").values_list("role", "state")
    assert list(states) == [("filler", Asked.ENDED), ("reader", Asked.WITHDRAWN)]


# SQL ---------------------------------------------------------------------------------------------

NEW = (
    "INSERT INTO access_rolerequest (unit_id, staff_id, role, reason, asked_by_id, asked_at, state,"
    " agreed_by_id, agreed_at, opened_by_id, opened_at, ended_at) VALUES"
    " (%(unit)s, %(staff)s, {role}, 'x', {asker}, now(), {state}, {agreer}, now(), {opener}, now(),"
    " NULL)"
)


def sql(who: User, statement: str, **values: Any) -> str:
    """What the database says to the statement in the person's transaction; "" where it obeyed."""
    try:
        with for_person(who.pk), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            return "" if cursor.rowcount else "no row"
    except DatabaseError as said:
        return str(said)


def test_sql_in_a_persons_transaction_asks_agrees_and_opens_by_its_own_hand_only(
    gd: OrgUnit, steward: User, itc: User, someone: Staff, heads: tuple[User, User]
) -> None:
    def new(
        by: User, role: str, asker: User, *, state: str = "asked", staff: Staff = someone
    ) -> str:
        said = NEW.format(role=f"'{role}'", asker=asker.pk, state=f"'{state}'",
                          agreer="NULL", opener="NULL")  # fmt: skip
        return sql(by, said, unit=staff.unit_id, staff=staff.pk)

    filler = plant.person(Role.FILLER, gd)
    assert steward.staff is not None
    assert "the wish of who asks" in new(steward, "filler", filler)
    assert "only a steward" in new(filler, "filler", filler)
    assert "only a steward" in new(steward, "supervisor", steward)
    assert "only a steward" in new(itc, "filler", itc)
    assert "of their own" in new(steward, "filler", steward, staff=steward.staff)
    assert new(steward, "reader", steward) == ""  # the control
    row = asked(steward, someone)
    group = asked(heads[0], plant.staff(department()), Role.AUDITOR)
    open_ = (
        "UPDATE access_rolerequest SET state = 'opened', opened_by_id = %(by)s, opened_at = now()"
    )
    one = " WHERE id = %(pk)s"
    for by, as_whom in ((steward, steward), (steward, itc), (filler, filler), (heads[0], heads[0])):
        assert sql(by, open_ + one, pk=row.pk, by=as_whom.pk), by
    agree = (
        "UPDATE access_rolerequest SET state = 'agreed', agreed_by_id = %(by)s, agreed_at = now()"
    )
    assert "hands_apart" in sql(heads[0], agree + one, pk=group.pk, by=heads[0].pk)
    for by, as_whom in ((heads[0], heads[1]), (itc, itc), (steward, heads[1])):
        assert sql(by, agree + one, pk=group.pk, by=as_whom.pk), by
    assert "ITC opens" in sql(itc, open_ + one, pk=group.pk, by=itc.pk)
    assert "stands as it was" in sql(itc, open_ + ", role = 'steward'" + one, pk=row.pk, by=itc.pk)
    assert "only ever added" in sql(steward, "DELETE FROM access_rolerequest" + one, pk=row.pk)
    assert sql(heads[1], agree + one, pk=group.pk, by=heads[1].pk) == ""
    assert sql(itc, open_ + one, pk=group.pk, by=itc.pk) == ""
    stays = "UPDATE access_rolerequest SET state = 'asked', opened_by_id = NULL" + one
    assert sql(itc, stays, pk=group.pk)


@pytest.mark.parametrize("hands", [(0, 0, 1), (0, 1, 0), (0, 1, 1)])
def test_the_groups_own_work_makes_no_one_two_hands_either(hands: tuple[int, ...]) -> None:
    people = [plant.person(Role.SUPERVISOR).pk, plant.person(Role.ITC).pk]
    staff = plant.staff(department())
    asker, agreer, opener = (people[n] for n in hands)
    said = NEW.format(role="'auditor'", asker=asker, agreer=agreer, opener=opener, state="'opened'")
    with pytest.raises(DatabaseError, match="hands_apart"), transaction.atomic():
        connection.cursor().execute(said, {"unit": staff.unit_id, "staff": staff.pk})


# Pages -------------------------------------------------------------------------------------------


def test_the_pages_from_the_wish_to_the_opened_account(
    gd: OrgUnit, steward: User, itc: User, someone: Staff
) -> None:
    keeper, runner = signed_in(steward), signed_in(itc)
    assert someone.name in keeper.get(reverse("roles")).content.decode()
    person = reverse("role-person", args=[someone.pk])
    empty = keeper.post(person, {"role": "filler", "reason": ""})
    assert (empty.status_code, RoleRequest.objects.count()) == (422, 0)
    assert "请写明申请原因" in empty.content.decode()
    group = keeper.post(person, {"role": "supervisor", "reason": WHY})
    assert (group.status_code, RoleRequest.objects.count()) == (422, 0)
    assert keeper.post(person, {"role": "filler", "reason": WHY}).status_code == 302
    row = RoleRequest.objects.get()
    assert "1 项角色申请等您办理" in runner.get("/").content.decode()
    assert list(Notice.objects.values_list("user", "verb")) == [(itc.pk, "role.asked")]
    page = runner.get(reverse("role-requests")).content.decode()
    assert someone.name in page
    assert "开通填报员" in page
    done = runner.post(reverse("role-act", args=[row.pk, "open"]), follow=True)
    assert "还没有密码" in done.content.decode()
    account = runner.get(reverse("account", args=[someone.employee_no])).content.decode()
    assert WHY in account
    assert f"{steward.name} " in account
    assert Notice.objects.filter(user=steward, verb="role.opened").count() == 1


@pytest.mark.parametrize("act", ["agree", "open"])
def test_agreeing_and_opening_ask_for_fresh_proof(
    act: str, steward: User, itc: User, someone: Staff, heads: tuple[User, User]
) -> None:
    row = asked(steward, someone)
    if act == "agree":
        row = asked(heads[0], plant.staff(department()), Role.ITC)
    client = Client()
    client.force_login(heads[1] if act == "agree" else itc)
    path = reverse("role-act", args=[row.pk, act])
    answer = client.post(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("confirm"))
    prove(client)
    client.post(path)
    row.refresh_from_db()
    assert row.state == (Asked.AGREED if act == "agree" else Asked.OPENED)


def test_who_may_not_is_told_before_any_proof_and_elsewhere_there_is_nothing(
    gd: OrgUnit, steward: User, itc: User, someone: Staff
) -> None:
    row = asked(steward, someone)
    other = signed_in(plant.person(Role.STEWARD, plant.unit("FJ", region="350000")))
    for act in ("agree", "open", "refuse", "withdraw"):
        assert other.post(reverse("role-act", args=[row.pk, act])).status_code == 404
    assert other.get(reverse("role-person", args=[someone.pk])).status_code == 404
    assert signed_in(itc).get(reverse("roles")).status_code == 403
    client = Client()
    client.force_login(steward)
    assert client.post(reverse("role-act", args=[row.pk, "open"])).status_code == 403
    for name in ("roles", "role-requests"):
        assert someone.name not in other.get(reverse(name)).content.decode()
    for role in (Role.FILLER, Role.AUDITOR):
        reader = signed_in(plant.person(role, gd if role in UNIT_ROLES else None))
        assert reader.get(reverse("role-requests")).status_code == 403
    held = steward.assignments.get()
    assert other.post(reverse("role-end", args=[steward.username, held.pk])).status_code == 404


def test_itc_sees_people_here_and_nothing_of_customers(gd: OrgUnit, itc: User) -> None:
    steward, staff = plant.person(Role.STEWARD, gd), plant.staff(gd)
    file = plant.dossier(gd, name="只有广东知道的陶瓷有限公司")
    asked(steward, staff)
    with for_person(itc.pk), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM access_rolerequest")
        assert cursor.fetchone() == (1,)
        cursor.execute("SELECT count(*) FROM dossiers_dossier")
        assert cursor.fetchone() == (0,)
    page = signed_in(itc).get(reverse("role-requests")).content.decode()
    assert staff.name in page
    assert file.name_full not in page


@pytest.mark.parametrize("name", ["roles", "role-requests"])
def test_the_lists_ask_no_more_for_more_rows(
    name: str, gd: OrgUnit, steward: User, itc: User
) -> None:
    client, counts = signed_in(steward), []
    for more in (1, 2):
        for n in range(more):
            staff = plant.staff(gd, f"新人{n}")
            opened(itc, asked(steward, staff))
            asked(steward, staff, Role.READER)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse(name)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_list_by_role_name_and_none(gd: OrgUnit, steward: User, itc: User) -> None:
    with_role, without = plant.staff(gd, "甲有角色"), plant.staff(gd, "乙无角色")
    user = opened(itc, asked(steward, with_role)).user
    for chosen, there in (
        ({"role": "filler"}, {with_role}),
        ({"role": "none"}, {without}),
        ({"q": "乙无"}, {without}),
    ):
        assert set(queries.people(steward, chosen, today())) == there, chosen
    RoleAssignment.objects.filter(user=user).update(until=today() - timedelta(days=1))
    assert set(queries.people(steward, {"role": "filler"}, today())) == set()
    assert signed_in(steward).get(reverse("roles"), {"role": "x"}).status_code == 400
