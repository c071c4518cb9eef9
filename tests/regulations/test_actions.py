"""Editions follow one another, one in force at a time; a unit's rule is renewed or checked."""

import io
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError

from tests import plant
from tests.dossiers.files import moment
from tests.papers import made as files
from tests.regulations.issued import content, group, of_group, own
from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.problems import Refused, Unfit
from yihu.papers.choices import TextState
from yihu.papers.problems import Damaged
from yihu.regulations import actions, queries
from yihu.regulations.choices import Standing
from yihu.regulations.models import Checked, Regulation

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 5)


def steward(code: str = "GD") -> User:
    return plant.person(Role.STEWARD, plant.unit(code))


def standing(of: Regulation, on: date = TODAY) -> str:
    return queries.regulations().get(pk=of.pk).standing(on)


@pytest.mark.clause("7.3")
def test_a_new_edition_ends_the_former_on_its_first_day() -> None:
    first = of_group(edition="2023-1", effective_on=date(2023, 3, 1))
    second = of_group(supersedes=first)
    first.refresh_from_db()
    assert (first.ended_on, second.ended_on) == (date(2024, 6, 1), None)
    assert second.chain == first.chain
    assert [standing(first, date(2024, 5, 31)), standing(first), standing(second)] == [
        Standing.IN_FORCE,
        Standing.SUPERSEDED,
        Standing.IN_FORCE,
    ]
    assert standing(second, date(2024, 5, 31)) == Standing.COMING
    event = Event.objects.filter(verb="regulation.issued").latest("id")
    assert event.data["supersedes"] == str(first.pk)
    with pytest.raises(Refused, match="已有新版"):
        of_group(edition="2025-1", effective_on=date(2025, 1, 1), supersedes=first)


@pytest.mark.clause("7.3")
def test_one_edition_of_a_number_is_in_force_at_a_time() -> None:
    of_group()
    with pytest.raises(Refused, match="已有一版有效，请在“替代的版次”中选择那一版"):
        of_group(edition="2025-1", effective_on=date(2025, 1, 1))
    with pytest.raises(Refused, match=r"的 2024-1 版已在库中|已有一版有效"):
        of_group()
    assert Regulation.objects.count() == 1
    clash = Regulation.objects.get()
    clash.pk, clash.edition = None, "x"
    with (
        pytest.raises(IntegrityError, match="regulation_one_in_force"),
        transaction.atomic(),
    ):
        Regulation.objects.bulk_create([clash])


def test_units_number_for_themselves() -> None:
    gd, fj = steward("GD"), steward("FJ")
    assert own(gd).number == own(fj).number


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"number": " "}, "请填写制度编号。"),
        ({"title": ""}, "请填写名称。"),
        ({"edition": "长" * 31}, "版次有 31 字，最多 30 字。"),
        ({"summary": "长" * 1001}, "内容摘要有 1001 字，最多 1000 字。"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Unfit) as said:
        of_group(**wrong)
    assert (str(said.value), Regulation.objects.count()) == (sentence, 0)


def test_dates_and_chains_that_do_not_fit_are_refused() -> None:
    first = of_group()
    gd = steward()
    with pytest.raises(Unfit, match="应晚于所替代版次的施行日期"):
        of_group(edition="2023-1", effective_on=date(2023, 1, 1), supersedes=first)
    with pytest.raises(Unfit, match="应是同一单位的"):
        own(gd, supersedes=first)
    mine = own(gd)
    with pytest.raises(Unfit, match="执行的应是一项集团制度"):
        own(gd, number="GD-2", carries_out=mine)
    with pytest.raises(Unfit, match="集团制度不填"):
        of_group(number="B", carries_out=first)
    first.refresh_from_db()
    assert first.ended_on is None


@pytest.mark.clause("4.1a")
@pytest.mark.clause("4.3a")
def test_who_issues_what() -> None:
    gd = plant.unit("GD")
    for role in (Role.FILLER, Role.REVIEWER, Role.CUSTODIAN, Role.READER):
        with pytest.raises(Denied):
            actions.issue(plant.person(role, gd), gd, content=content(), at=moment())
    with pytest.raises(Denied):
        actions.issue(steward(), group(), content=content(), at=moment())
    with pytest.raises(Denied):
        actions.issue(steward("FJ"), gd, content=content(), at=moment())
    with pytest.raises(Denied):
        actions.issue(plant.person(Role.SUPERVISOR), gd, content=content(), at=moment())
    assert Regulation.objects.count() == 0


@pytest.mark.clause("7.2")
def test_a_new_edition_of_the_groups_is_work_until_renewed() -> None:
    first = of_group(edition="2023-1", effective_on=date(2023, 3, 1))
    gd, fj, boss = steward("GD"), steward("FJ"), plant.person(Role.SUPERVISOR)
    mine = own(gd, carries_out=first)
    own(fj, carries_out=first)
    assert [queries.work_count(user) for user in (gd, fj, boss)] == [0, 0, 0]
    second = of_group(supersedes=first)
    assert [queries.work_count(user) for user in (gd, fj, boss)] == [1, 1, 2]
    assert [(line.own, line.newest) for line in queries.work_of(gd)] == [(mine, second)]
    own(gd, edition="2", supersedes=mine, carries_out=second, effective_on=date(2024, 9, 1))
    assert [queries.work_count(user) for user in (gd, fj, boss)] == [0, 1, 1]


@pytest.mark.clause("7.2")
def test_or_until_the_steward_states_that_no_change_is_needed() -> None:
    first = of_group(edition="2023-1", effective_on=date(2023, 3, 1))
    gd = steward()
    mine = own(gd, carries_out=first)
    with pytest.raises(Refused, match="没有待核对的集团新版"):
        actions.check_unchanged(gd, mine, basis="无关", at=moment())
    second = of_group(supersedes=first)
    with pytest.raises(Unfit, match="请填写核对依据"):
        actions.check_unchanged(gd, mine, basis=" ", at=moment())
    with pytest.raises(Denied):
        actions.check_unchanged(plant.person(Role.SUPERVISOR), mine, basis="代为核对", at=moment())
    done = actions.check_unchanged(gd, mine, basis="新版只改了编号", at=moment())
    assert (done.against, done.by, done.basis) == (second, gd, "新版只改了编号")
    assert queries.work_count(gd) == 0
    third = of_group(edition="2026-1", effective_on=date(2026, 1, 1), supersedes=second)
    assert [line.newest for line in queries.work_of(gd)] == [third]
    with (
        pytest.raises(ProgrammingError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE regulations_checked SET basis = 'x'")
    assert Checked.objects.get() == done


@pytest.mark.clause("7.2")
def test_units_without_a_rule_of_their_own_are_named() -> None:
    first = of_group()
    gd, fj = steward("GD"), steward("FJ")
    own(gd, carries_out=first)
    assert [unit.code for unit in queries.without_own_rule(plant.person(Role.SUPERVISOR))] == ["FJ"]
    assert queries.without_own_rule(gd) == []
    assert [unit.code for unit in queries.without_own_rule(fj)] == ["FJ"]


def test_a_regulation_ends_without_another() -> None:
    boss = plant.person(Role.SUPERVISOR)
    first = of_group(boss)
    with pytest.raises(Unfit, match="早于施行日期"):
        actions.repeal(boss, first, on=date(2024, 1, 1), reason="录错")
    with pytest.raises(Unfit, match="请填写废止原因"):
        actions.repeal(boss, first, on=TODAY, reason="")
    actions.repeal(boss, first, on=first.effective_on, reason="录错")
    assert standing(first) == Standing.REPEALED
    with pytest.raises(Refused, match="已失效"):
        actions.repeal(boss, first, on=TODAY, reason="再来")
    again = of_group(boss, supersedes=first)
    assert (again.edition, standing(again)) == ("2024-1", Standing.IN_FORCE)


def test_title_summary_and_file_are_mended() -> None:
    boss = plant.person(Role.SUPERVISOR)
    row = of_group(boss)
    file = files.written("Article 7")
    values: dict[str, Any] = {"title": row.title, "summary": "七条", "reason": "补传"}
    actions.amend(boss, row, file=(io.BytesIO(file), "细则.pdf"), **values)
    row.refresh_from_db()
    assert (row.summary, row.pages, row.text_state) == ("七条", 1, TextState.WAITING)
    event = Event.objects.get(verb="regulation.amended")
    assert event.data["before"] == {"summary": "", "sha256": None}
    with pytest.raises(Unfit, match="没有改动"):
        actions.amend(boss, row, file=None, **values)


def test_a_bad_file_leaves_nothing() -> None:
    with pytest.raises(Damaged):
        of_group(text=b"")
    assert Regulation.objects.count() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM regulations_regulation",
        "UPDATE regulations_regulation SET effective_on = '2020-01-01'",
        "UPDATE regulations_regulation SET number = 'x'",
    ],
)
def test_an_edition_is_neither_deleted_nor_moved(statement: str) -> None:
    of_group()
    with (
        pytest.raises(ProgrammingError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.clause("4.3a")
def test_a_regulation_is_found_by_its_text() -> None:
    boss = plant.person(Role.SUPERVISOR)
    row = of_group(boss, text="客户档案查询人员须严格注意客户信息保密".encode())
    of_group(boss, number="RPSM-01-16", title="天然气客户管理办法")
    actions.read(row.pk)
    found = queries.library(boss, {"q": "保密"}, TODAY)
    assert [(hit.pk, "保密" in hit.excerpt) for hit in found] == [(row.pk, True)]
    assert queries.library(boss, {"q": "管理办法"}, TODAY).count() == 1
    assert queries.waiting_for_text(5) == []
