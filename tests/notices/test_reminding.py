"""Duties with an owner of their own remind the owner; a file without a filler its stewards."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import plant
from tests.desk.duties import duty
from tests.dossiers.files import Desk, complete_dossier, moment
from tests.inspections.world import a_finding, checked, vip, world
from tests.notices.test_actions import at_work, said
from tests.risks.remarked import remark
from tests.visits.held import staff_of, written
from yihu.access.entering import for_group
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier
from yihu.duties.actions import load_first_policy
from yihu.duties.models import Duty
from yihu.inspections import rectifying
from yihu.notices import actions
from yihu.notices.models import Notice
from yihu.risks.proposing import tell_overdue
from yihu.visits import following
from yihu.visits.actions import Promise

pytestmark = pytest.mark.django_db
DUE = date(2026, 11, 20)
AHEAD, ON_THE_DAY, LATE, LATER = date(2026, 11, 13), DUE, date(2026, 11, 23), date(2026, 11, 30)
"""Five working days before, the day, one and six working days after."""


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")
    load_first_policy()


def reminded(day: date, *people: User) -> list[list[str]]:
    """What each is told on that day that was not told before."""
    Notice.objects.all().delete()
    actions.remind(day, at=moment(day.day))
    assert actions.remind(day, at=moment(day.day, 10)) == 0
    return [said(user) for user in people]


def only(kind: str, of: Dossier) -> None:
    """No other duty of the file is in the way."""
    Duty.objects.filter(dossier=of).exclude(kind=kind).delete()


def promised(at: Desk, owner: User, number: int = 1) -> Dossier:
    """A file with follow-ups of that owner."""
    file = complete_dossier(at)
    promise = Promise("ours", "测算可增供气量", owner=staff_of(owner), due_on=DUE)
    written(at, file, promises=[promise] * number)
    only("visit", file)
    return file


@pytest.mark.clause("6.2.1d")
def test_a_follow_up_reminds_its_owner_ahead_and_on_the_day_and_nobody_else() -> None:
    gd, steward, _supervisor = at_work()
    owner = plant.person(Role.READER, gd.unit)
    file = promised(gd, owner, 2)
    assert reminded(AHEAD, owner, gd.filler, steward) == [
        ["由您负责的客户跟进事项：2 项，2026-11-20 截止"], [], [],
    ]  # fmt: skip
    [told] = Notice.objects.filter(user=owner)
    assert (told.topic, told.url) == ("visit", "/visits/followups/?whose=mine&state=open")
    assert file.name_full not in str(told.facts)
    assert reminded(ON_THE_DAY, owner, gd.filler, steward) == [
        ["由您负责的客户跟进事项：2 项，今天（2026-11-20）截止"], [], [],
    ]  # fmt: skip
    assert reminded(LATE, owner, gd.filler) == [
        [], ["访谈情况更新：2 户已逾期，应于 2026-11-20 前完成"],
    ]  # fmt: skip


@pytest.mark.clause("6.2.1d")
def test_a_filler_who_owns_the_follow_up_is_told_once() -> None:
    gd, _steward, _supervisor = at_work()
    promised(gd, gd.filler)
    assert reminded(AHEAD, gd.filler) == [["由您负责的客户跟进事项：1 项，2026-11-20 截止"]]
    Notice.objects.all().delete()
    with for_group():
        following.escalate(LATE)
    actions.remind(LATE, at=moment(23))
    assert said(gd.filler) == ["有一项客户跟进事项已逾期"]
    assert reminded(LATER, gd.filler) == [["访谈情况更新：1 户已逾期，应于 2026-11-20 前完成"]]


@pytest.mark.clause("6.2.1d")
def test_a_follow_up_whose_owner_has_no_account_falls_to_the_filler_then_to_the_steward() -> None:
    gd, steward, _supervisor = at_work()
    owner = plant.person(Role.READER, gd.unit)
    file = promised(gd, owner)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert reminded(AHEAD, owner, gd.filler, steward) == [
        [], ["访谈情况更新：1 户，2026-11-20 截止"], [],
    ]  # fmt: skip
    Dossier.objects.filter(pk=file.pk).update(filler=None)
    assert reminded(AHEAD, gd.filler, steward) == [[], ["访谈情况更新：1 户，2026-11-20 截止"]]


@pytest.mark.clause("6.2.2")
def test_a_risk_reminds_its_owner_and_the_filler_who_writes_the_check() -> None:
    gd, steward, _supervisor = at_work()
    owner = plant.person(Role.REVIEWER, gd.unit)
    file = complete_dossier(gd)
    remark(gd, file, check_on=DUE, owner_id=staff_of(owner).pk)
    only("risk", file)
    assert reminded(AHEAD, owner, gd.filler, steward) == [
        ["由您负责的风险备注复核：1 项，2026-11-20 截止"],
        ["风险备注复核：1 户，2026-11-20 截止"],
        [],
    ]
    [told] = Notice.objects.filter(user=owner)
    assert (told.topic, told.url) == ("risk", "/risks/?state=standing")
    assert reminded(ON_THE_DAY, owner, gd.filler, steward) == [
        ["由您负责的风险备注复核：1 项，今天（2026-11-20）截止"],
        ["风险备注复核：1 户，今天（2026-11-20）截止"],
        [],
    ]
    Dossier.objects.filter(pk=file.pk).update(filler=None)
    Notice.objects.all().delete()
    with for_group():
        tell_overdue(today=LATE)
    actions.remind(LATE, at=moment(23))
    assert (said(owner), said(steward)) == (["有一条风险备注逾期未复核"],) * 2


@pytest.mark.clause("6.4.2")
def test_a_rectification_reminds_the_stewards_and_the_filler_who_may_reply() -> None:
    w = world()
    file = vip(w.gd)
    row = checked(w.first)
    a_finding(w.first, row, file, at=moment(5))
    rectifying.order(
        w.first, row, w.gd.unit, due_on=DUE, text="", at=moment(5), today=date(2026, 11, 5)
    )
    only("rectification", file)
    assert reminded(AHEAD, w.steward, w.gd.filler, w.first) == [
        ["本单位的检查整改：1 项，2026-11-20 截止"], ["检查整改：1 户，2026-11-20 截止"], [],
    ]  # fmt: skip
    [told] = Notice.objects.filter(user=w.steward)
    assert (told.topic, told.url) == (
        "inspection", "/inspections/findings/?state=standing&sort=due",
    )  # fmt: skip
    Dossier.objects.filter(pk=file.pk).update(filler=None)
    assert reminded(ON_THE_DAY, w.steward) == [["本单位的检查整改：1 项，今天（2026-11-20）截止"]]


@pytest.mark.clause("5.2")
def test_a_file_without_an_active_filler_reminds_the_steward_ahead_too() -> None:
    gd, steward, supervisor = at_work()
    gone, other = plant.person(Role.FILLER, gd.unit), plant.person(Role.STEWARD, plant.unit("FJ"))
    User.objects.filter(pk=gone.pk).update(is_active=False)
    for filler in (None, gone.staff, gd.filler.staff):
        duty(plant.dossier(gd.unit, filler=filler), due_on=DUE)
    assert reminded(AHEAD, steward, gd.filler, supervisor, gone, other) == [
        ["月度提气量、价：2 户，2026-11-20 截止"],
        ["月度提气量、价：1 户，2026-11-20 截止"],
        [],
        [],
        [],
    ]


def test_owners_cost_no_statement_more() -> None:
    gd, _steward, _supervisor = at_work()
    counts = []
    for number in (1, 3):
        for _ in range(number):
            promised(gd, plant.person(Role.READER, gd.unit))
        Notice.objects.all().delete()
        with CaptureQueriesContext(connection) as captured:
            assert actions.remind(AHEAD, at=moment(13)) > 0
        counts.append(len(captured))
    assert counts[0] == counts[1]
