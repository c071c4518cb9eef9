"""A unit rules, a person asks, the unit agrees, ITC opens: three hands, each its owner's own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.dossiers.files import complete_dossier, desk
from yihu.access.entering import for_door, for_group, for_person
from yihu.access.models import RoleAssignment, User
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.models import Dossier
from yihu.grants import actions, queries
from yihu.grants.models import Grant
from yihu.grants.rules import Line, State
from yihu.kit.clock import now, today
from yihu.org.models import OrgUnit

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.2")]


@dataclass(frozen=True, slots=True)
class House:
    gd: OrgUnit
    fj: OrgUnit
    asker: User
    steward: User
    second: User
    itc: User
    file: Dossier


@pytest.fixture
def house() -> House:
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    asker = plant.person(Role.FILLER, fj)
    assert asker.staff is not None
    asker.staff.post = "市场经理"
    asker.staff.save()
    return House(
        gd=gd,
        fj=fj,
        asker=asker,
        steward=plant.person(Role.STEWARD, gd),
        second=plant.person(Role.STEWARD, gd),
        itc=plant.person(Role.ITC),
        file=plant.dossier(gd, name="广州请查电厂有限公司"),
    )


def asked(house: House, **said: Any) -> Grant:
    wish = {
        "purpose": "跨区域用气协调",
        "sections": ["basic"],
        "regions": [],
        "level": 2,
        "since": today(),
        "until": today() + timedelta(days=29),
        **said,
    }
    with for_person(house.asker.pk):
        return actions.ask(house.asker, house.gd, **wish, at=now(), today=today())


def agreed(house: House, grant: Grant, by: User | None = None) -> Grant:
    by = by or house.steward
    with for_person(by.pk):
        return actions.agree(by, grant, at=now(), today=today())


def opened(house: House, grant: Grant) -> Grant:
    with for_person(house.itc.pk):
        return actions.open_(house.itc, grant, at=now(), today=today())


def ruled(house: House, *lines: Line) -> None:
    with for_person(house.steward.pk):
        actions.publish_policy(
            house.steward, house.gd, lines=lines, basis="本单位细则第六条",
            effective_on=today(), at=now(), today=today(),
        )  # fmt: skip


WIDE = Line("市场经理", frozenset({"basic", "performance"}), frozenset(), 3, 90)


def sees(user: User) -> bool:
    fresh = User.objects.get(pk=user.pk)
    with for_person(fresh.pk):
        rows = Dossier.objects.filter(name_full="广州请查电厂有限公司")
        raw, scoped = rows.exists(), rows.visible_to(fresh).exists()
    assert raw == scoped, "the policies and visible_to say different things"
    return raw


def test_within_the_policy_one_agrees_and_itc_opens(house: House) -> None:
    ruled(house, WIDE)
    grant = asked(house)
    assert not sees(house.asker)
    row = agreed(house, grant)
    assert (row.state, row.within) == (State.APPROVED, True)
    assert not sees(house.asker)
    row = opened(house, grant)
    assert row.state == State.OPENED
    assert sees(house.asker)
    verbs = Event.objects.filter(subject_id=str(grant.pk)).order_by("id")
    assert [event.verb for event in verbs] == ["grant.asked", "grant.agreed", "grant.opened"]


@pytest.mark.parametrize(
    "said",
    [
        {"sections": ["basic", "interviews"]},
        {"level": 3, "sections": ["cooperation"]},
        {"until": today() + timedelta(days=200)},
    ],
)
def test_outside_the_policy_a_second_person_agrees(house: House, said: dict[str, Any]) -> None:
    ruled(house, WIDE)
    grant = asked(house, **said)
    row = agreed(house, grant)
    assert (row.state, row.within) == (State.SECOND, False)
    with pytest.raises(actions.Lapsed):
        opened(house, grant)
    with pytest.raises(Denied):
        agreed(house, grant)
    assert agreed(house, grant, house.second).state == State.APPROVED
    opened(house, grant)
    assert sees(house.asker)


def test_without_a_policy_two_agree_and_headquarters_may_be_the_second(house: House) -> None:
    grant = asked(house)
    assert agreed(house, grant).state == State.SECOND
    head = plant.person(Role.SUPERVISOR)
    assert agreed(house, grant, head).state == State.APPROVED


def test_what_nobody_may_do(house: House) -> None:
    grant = asked(house)
    stranger = plant.person(Role.STEWARD, house.fj)
    for by in (house.asker, stranger, house.itc, plant.person(Role.FILLER, house.gd)):
        with for_group(), pytest.raises(Denied):
            actions.agree(by, grant, at=now(), today=today())
    agreed(house, grant)
    agreed(house, grant, house.second)
    for by in (house.asker, house.steward, house.second, stranger):
        with for_group(), pytest.raises(Denied):
            actions.open_(by, grant, at=now(), today=today())


@pytest.mark.parametrize(
    ("said", "way_out"),
    [
        ({"purpose": " "}, "查询目的"),
        ({"sections": []}, "范围"),
        ({"sections": ["all"]}, "范围"),
        ({"level": 4}, "密级"),
        ({"since": date(2020, 1, 1)}, "开始日期"),
        ({"until": today() - timedelta(days=1)}, "结束日期"),
        ({"until": today() + timedelta(days=366)}, "366"),
        ({"regions": ["110000"]}, "所属区域"),
    ],
)
def test_a_wish_that_cannot_stand_is_refused(
    house: House, said: dict[str, Any], way_out: str
) -> None:
    with pytest.raises(actions.Unfit, match=way_out):
        asked(house, **said)
    assert not Grant.objects.exists()


def test_a_grant_opens_its_regions_its_sections_and_nothing_else(house: House) -> None:
    plant.contract(house.file)
    elsewhere = plant.dossier(house.gd, name="汕头请查化工有限公司", region="440500")
    plant.unit("GD").regions.create(region_code="440100")
    grant = asked(house, regions=["440100"], sections=["basic", "performance"])
    agreed(house, grant)
    agreed(house, grant, house.second)
    opened(house, grant)
    with for_person(house.asker.pk), connection.cursor() as cursor:
        cursor.execute("SELECT name_full FROM dossiers_dossier WHERE unit_id = %s", [house.gd.pk])
        assert cursor.fetchall() == [("广州请查电厂有限公司",)]
        for table in ("contracts_contract", "dossiers_fileversion", "papers_document"):
            cursor.execute(f"SELECT count(*) FROM {table} WHERE unit_id = %s", [house.gd.pk])
            assert cursor.fetchone() == (0,), table  # volumes and prices are core secrets
        cursor.execute("UPDATE dossiers_dossier SET circle = '' WHERE unit_id = %s", [house.gd.pk])
        assert cursor.rowcount == 0
    assert Dossier.objects.filter(pk=elsewhere.pk).exists()


def test_core_secrets_of_the_section_open_its_contracts(house: House) -> None:
    plant.contract(house.file)
    for level, there in ((2, 0), (3, 1)):
        grant = asked(house, sections=["performance"], level=level)
        agreed(house, grant)
        agreed(house, grant, house.second)
        opened(house, grant)
        with for_person(house.asker.pk), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM contracts_contract")
            assert cursor.fetchone() == (there,), level


def test_the_page_shows_what_was_opened_and_not_a_byte_of_the_rest(house: House) -> None:
    file = complete_dossier(desk("GD"))
    grant = asked(house, sections=["basic"], level=1)
    agreed(house, grant)
    agreed(house, grant, house.second)
    opened(house, grant)
    keeper, guest = Client(), Client()
    keeper.force_login(house.steward)
    guest.force_login(User.objects.get(pk=house.asker.pk))
    page = reverse("desk:dossier", args=[file.pk])
    whole, part = (client.get(page).content.decode() for client in (keeper, guest))
    for open_word in ("李明", file.name_full):
        assert open_word in whole
        assert open_word in part
    for closed in ("13800000001", "6222000000000001", "合作平稳"):
        assert closed in whole, closed
        assert closed not in part, closed
    assert "凭查询权限查看" in part


@pytest.mark.parametrize("how", ["end", "day", "confirmation", "leaver", "role"])
def test_it_ends_with_its_day_its_confirmation_or_by_anybodys_hand(house: House, how: str) -> None:
    grant = asked(house)
    agreed(house, grant)
    agreed(house, grant, house.second)
    opened(house, grant)
    assert sees(house.asker)
    yesterday = today() - timedelta(days=1)
    if how == "end":
        with for_person(house.steward.pk):
            actions.end(house.steward, grant, reason="项目结束", at=now())
    elif how == "day":
        Grant.objects.filter(pk=grant.pk).update(since=yesterday, until=yesterday)
    elif how == "confirmation":
        Grant.objects.filter(pk=grant.pk).update(confirmed_until=yesterday)
    elif how == "leaver":
        actions.end_for([house.asker.pk], now())
    else:
        User.objects.filter(pk=house.asker.pk).update(is_active=False)
    assert not sees(house.asker)
    actions.close_lapsed(at=now(), today=today())
    state = Grant.objects.get(pk=grant.pk).state
    assert state == (State.OPENED if how == "role" else State.ENDED)


def test_the_unit_confirms_for_another_quarter(house: House) -> None:
    grant = asked(house, until=today() + timedelta(days=300))
    agreed(house, grant)
    agreed(house, grant, house.second)
    opened(house, grant)
    Grant.objects.filter(pk=grant.pk).update(confirmed_until=today())
    with for_person(house.steward.pk):
        row = actions.confirm(house.steward, grant, at=now(), today=today())
    assert row.confirmed_until > today()
    with for_person(house.asker.pk), pytest.raises(Denied):
        actions.confirm(house.asker, grant, at=now(), today=today())


# By raw SQL, as the application ------------------------------------------------------------------


def forced(by: User, sql: str, *values: Any) -> str:
    """The wall that the statement meets: a refusal, or no row there to change."""
    with for_person(by.pk):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql, values)
                return "" if cursor.rowcount else "no row was there"
        except DatabaseError as wall:
            return str(wall)


NEW = (
    "INSERT INTO grants_grant (unit_id, person_id, purpose, sections, level, since, until, "
    "state, asked_at, within, approved_by_id, opened_by_id, confirmed_until) "
    "VALUES (%s, %s, '看看', '{basic}', 3, '2026-01-01', '2027-01-01', %s, now(), true, %s, %s, "
    "'2027-01-01')"
)


def test_sql_cannot_grant_itself_anything(house: House) -> None:
    """T11: requester, approver and executor are three hands, proven with raw SQL."""
    me, gd = house.asker.pk, house.gd.pk
    grant = asked(house)
    tries: list[tuple[User, str, tuple[Any, ...]]] = [
        (house.asker, NEW, (gd, me, "opened", house.steward.pk, house.itc.pk)),
        (house.asker, NEW, (gd, me, "approved", house.steward.pk, None)),
        (house.asker, NEW, (gd, house.second.pk, "asked", None, None)),
        (house.itc, NEW, (gd, house.itc.pk, "opened", house.steward.pk, house.itc.pk)),
    ]
    for by in (house.asker, house.itc, house.steward, plant.person(Role.STEWARD, house.fj)):
        for change in (
            f"state = 'opened', within = true, approved_by_id = {house.steward.pk}, "
            f"opened_by_id = {house.itc.pk}, confirmed_until = '2027-01-01'",
            f"approved_by_id = {house.second.pk}, within = true, state = 'approved'",
            f"person_id = {house.second.pk}",
            "until = '2030-01-01'",
            "sections = '{basic,performance}', level = 3",
            f"unit_id = {house.fj.pk}",
        ):
            tries.append((by, f"UPDATE grants_grant SET {change} WHERE id = %s", (grant.pk,)))
        tries.append((by, "DELETE FROM grants_grant WHERE id = %s", (grant.pk,)))
    for by, sql, values in tries:
        assert forced(by, sql, *values), (by, sql)
    row = Grant.objects.get(pk=grant.pk)
    assert (row.state, row.approved_by_id, row.opened_by_id) == (State.ASKED, None, None)
    assert not sees(house.asker)


def test_one_person_is_never_two_hands_whoever_writes_it(house: House) -> None:
    grant = asked(house)
    me, steward = house.asker.pk, house.steward.pk
    for change in (
        {"approved_by_id": me},
        {"approved_by_id": steward, "second_by_id": steward},
        {"approved_by_id": steward, "second_by_id": me},
        {"approved_by_id": steward, "opened_by_id": steward},
        {"approved_by_id": steward, "opened_by_id": me},
        {"state": State.OPENED},
        {"state": State.APPROVED, "approved_by_id": steward, "within": False},
    ):
        with for_group(), pytest.raises(IntegrityError), transaction.atomic():
            Grant.objects.filter(pk=grant.pk).update(**change)


def test_a_policy_once_published_stands(house: House) -> None:
    ruled(house, WIDE)
    for sql in (
        "UPDATE grants_policyline SET level = 3",
        "DELETE FROM grants_policyline",
        "UPDATE grants_querypolicy SET basis = ''",
    ):
        assert "refused" in forced(house.steward, sql)


# Why -------------------------------------------------------------------------------------------


def target(house: House) -> queries.Target:
    return queries.Target(house.gd, "440100", house.file.credit_code, "广州请查电厂有限公司")


def nobody(_house: House) -> User:
    return plant.person(Role.READER, plant.unit("FJ", region="350000"))


def left(house: House) -> User:
    User.objects.filter(pk=house.steward.pk).update(is_active=False)
    return house.steward


WHY: list[tuple[Callable[[House], User], bool, str]] = [
    (lambda h: plant.person(Role.SUPERVISOR), True, "集团监督员"),
    (lambda h: h.steward, True, "任单位管理员"),
    (lambda h: plant.person(Role.READER, h.gd), True, "所属区域内"),
    (nobody, False, "不是GD的人员"),
    (left, False, "账号已停用"),
    (lambda h: h.itc, False, "没有获准的查询权限"),
]


@pytest.mark.parametrize(("who", "can", "words"), WHY)
def test_why_in_one_sentence(
    house: House, who: Callable[[House], User], can: bool, words: str
) -> None:
    person = who(house)
    found, sentence = queries.why(User.objects.get(pk=person.pk), target(house))
    assert found == can == sees(person)
    assert words in sentence
    assert sentence.count("。") == 1


def test_the_matrix_names_everybody_who_can(house: House) -> None:
    reader = plant.person(Role.READER, house.gd)
    head = plant.person(Role.SUPERVISOR)
    grant = asked(house)
    agreed(house, grant)
    agreed(house, grant, house.second)
    opened(house, grant)
    named = {line.user.pk for line in queries.matrix(house.gd, today())}
    everybody = {user.pk for user in User.objects.all() if sees(user)}
    assert named == everybody
    assert {reader.pk, head.pk, house.asker.pk} <= named


# Three sides of the administrator ----------------------------------------------------------------


def test_itc_gives_no_business_role_to_itself(house: House) -> None:
    """No person's transaction gives a role; where one is given, the two sides never meet."""

    def give() -> None:
        with transaction.atomic():
            RoleAssignment.objects.create(
                user=house.itc, role=Role.FILLER, unit=house.gd, since=date(2026, 1, 1)
            )

    with for_person(house.itc.pk), pytest.raises(ProgrammingError, match="row-level security"):
        give()
    with for_door(), pytest.raises(IntegrityError, match="role_sides_apart"):
        give()
