"""Our own people hear that they are invited to a visit, that it moved, that it was cancelled."""

from dataclasses import replace
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from tests import plant
from tests.dossiers.files import Desk, complete_dossier, desk, moment
from tests.notices.test_actions import said
from tests.visits.held import content, planned, staff_of
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.notices.models import Notice
from yihu.visits import actions
from yihu.visits.models import Visit

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.2.1d")]
INVITED, MOVED, OFF = (
    "您受邀参加一次客户访谈", "您参加的一次客户访谈改了安排，请查看", "您参加的一次客户访谈已取消",
)  # fmt: skip
PLANNED = date(2026, 11, 12)


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")


def team(at: Desk, number: int = 2) -> list[User]:
    return [plant.person(Role.READER, at.unit) for _ in range(number)]


def of(at: Desk, *ours: User, **more: Any) -> dict[str, Any]:
    """Who comes, with the filler, beside whoever has no account at all."""
    nobody = plant.staff(at.unit)
    return {"ours": [*map(staff_of, ours), staff_of(at.filler), nobody], **more}


def replanned(at: Desk, visit: Visit, **more: Any) -> list[Notice]:
    """What anybody was told of the other plan."""
    Notice.objects.all().delete()
    visit.refresh_from_db()
    given = replace(content(at, held_on=None, planned_on=PLANNED), **more)
    actions.replan(at.filler, visit, content=given, seen=visit.revision, at=moment())
    return list(Notice.objects.order_by("user"))


def test_ours_with_an_account_are_invited_once_with_a_link_and_no_customer() -> None:
    at = desk()
    first, second = team(at)
    lead, stranger = plant.person(Role.STEWARD, at.unit), plant.person(Role.READER, at.unit)
    file = complete_dossier(at)
    visit = planned(at, file, lead=staff_of(lead), **of(at, first, second))
    assert not Notice.objects.exists()
    for _ in range(2):
        actions.invite(at.filler, visit, trace="7K3Q-9XMA-2B4D", at=moment())
    assert [said(user) for user in (first, second, lead)] == [[INVITED]] * 3
    assert [said(user) for user in (at.filler, at.reviewer, stranger)] == [[]] * 3
    told = Notice.objects.get(user=first)
    assert (told.topic, told.url, told.facts) == ("visit", f"/visits/{visit.pk}/", {})


@pytest.mark.parametrize(
    "change",
    [{"planned_on": date(2026, 11, 13)}, {"moment": time(9, 30)}, {"place": "客户储配站"}],
)
def test_another_day_hour_or_place_is_told_to_all_who_were_invited(change: dict[str, Any]) -> None:
    at = desk()
    first, second = team(at)
    ours = of(at, first, second)
    visit = planned(at, complete_dossier(at), on=PLANNED, **ours)
    assert replanned(at, visit, **ours | change) == []  # nobody knew of it yet
    actions.invite(at.filler, visit, trace="7K3Q-9XMA-2B4D", at=moment())
    back = {"planned_on": PLANNED, "moment": None, "place": content(at).place}
    assert [row.user_id for row in replanned(at, visit, **ours | back)] == [first.pk, second.pk]
    assert said(first) == [MOVED]
    assert replanned(at, visit, **ours | back | {"purpose": "另议价格"}) == []


def test_whoever_joins_or_drops_out_is_told_and_the_others_left_alone() -> None:
    at = desk()
    stays, leaves, joins = team(at, 3)
    ours = of(at, stays, leaves)
    visit = planned(at, complete_dossier(at), on=PLANNED, **ours)
    actions.invite(at.filler, visit, trace="7K3Q-9XMA-2B4D", at=moment())
    seats = [staff for staff in ours["ours"] if staff != leaves.staff]
    told = replanned(at, visit, ours=[*seats, staff_of(joins)])
    assert [row.user_id for row in told] == [leaves.pk, joins.pk]
    assert (said(leaves), said(joins)) == ([MOVED], [MOVED])


def test_a_visit_that_is_called_off_is_told_to_whoever_was_invited() -> None:
    at = desk()
    [guest] = team(at, 1)
    file = complete_dossier(at)
    for invited in (False, True):
        visit = planned(at, file, **of(at, guest))
        if invited:
            actions.invite(at.filler, visit, trace="7K3Q-9XMA-2B4D", at=moment())
        actions.cancel(at.filler, visit, reason="客户改期", at=moment(6))
    assert sorted(said(guest)) == sorted([INVITED, OFF])
    assert said(at.filler) == []
