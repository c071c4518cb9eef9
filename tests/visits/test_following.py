"""Follow-ups until they are closed with a result, needs until they are done, and what is late."""

from datetime import date, timedelta

import pytest

from tests import plant
from tests.dossiers.files import TODAY, Desk, complete_dossier, desk, moment
from tests.visits.held import planned, staff_of, written
from yihu.access.entering import for_group
from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.actions import subscribe
from yihu.audit.models import Event
from yihu.dossiers.problems import Refused, Unfit
from yihu.visits import following
from yihu.visits.actions import Promise, Wish
from yihu.visits.models import Followup, Need, Progress
from yihu.visits.queries import followups, tally_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def at() -> Desk:
    return desk()


@pytest.fixture
def row(at: Desk) -> Followup:
    written(at, complete_dossier(at))
    made: Followup = Followup.objects.get()
    return made


@pytest.mark.clause("6.2.1d")
def test_it_goes_from_progress_to_result_to_close_and_may_come_back(
    at: Desk, row: Followup
) -> None:
    following.progress(at.filler, row, text="已对接", at=moment(6))
    following.result(at.filler, row, text="已答复", at=moment(7))
    row.refresh_from_db()
    assert (row.state, row.result, row.resulted_at) == ("resulted", "已答复", moment(7))
    with pytest.raises(Refused, match="重新打开"):
        following.progress(at.filler, row, text="又说", at=moment(7))
    following.close(at.filler, row, text="", confirmed=True, at=moment(8))
    row.refresh_from_db()
    assert (row.state, row.confirmed, row.closed_at) == ("closed", True, moment(8))
    following.reopen(
        at.filler, row, text="客户未收到", due_on=date(2026, 11, 30), at=moment(9), today=TODAY
    )
    row.refresh_from_db()
    assert (row.state, row.result, row.closed_at, row.due_on) == (
        "doing", "", None, date(2026, 11, 30),
    )  # fmt: skip
    entries = list(Progress.objects.order_by("at").values_list("entry", "text"))
    assert entries == [
        ("progress", "已对接"), ("result", "已答复"), ("close", "客户已确认"),
        ("reopen", "客户未收到"),
    ]  # fmt: skip
    told = Event.objects.filter(subject_type="visits.followup").order_by("id")
    assert list(told.values_list("verb", flat=True)) == [
        "followup.added", "followup.progressed", "followup.resulted", "followup.closed",
        "followup.reopened",
    ]  # fmt: skip


def test_nothing_is_closed_without_a_result(at: Desk, row: Followup) -> None:
    with pytest.raises(Unfit, match="请填写结果"):
        following.close(at.filler, row, text="  ", confirmed=False, at=moment())
    following.close(at.filler, row, text="一次办完", confirmed=False, at=moment())
    row.refresh_from_db()
    assert (row.state, row.result) == ("closed", "一次办完")


def test_the_owner_reports_but_sets_no_new_day(at: Desk, row: Followup) -> None:
    reader = plant.person(Role.READER, at.unit)
    with pytest.raises(Denied):
        following.progress(reader, row, text="不是我的", at=moment())
    Followup.objects.update(owner=staff_of(reader))
    following.progress(reader, row, text="是我的", at=moment())
    with pytest.raises(Denied):
        following.postpone(
            reader, row, text="来不及", due_on=date(2026, 12, 30), at=moment(), today=TODAY
        )
    with pytest.raises(Unfit, match="今天或以后"):
        following.postpone(
            at.filler, row, text="来不及", due_on=TODAY - timedelta(days=1), at=moment(),
            today=TODAY,
        )  # fmt: skip
    following.postpone(
        at.filler, row, text="客户延期", due_on=date(2026, 12, 1), at=moment(), today=TODAY
    )
    row.refresh_from_db()
    assert row.due_on == date(2026, 12, 1)


@pytest.mark.clause("6.4.2")
def test_what_is_late_is_told_once_a_step_and_heard_above(at: Desk, row: Followup) -> None:
    heard: list[int] = []
    subscribe("followup.overdue", lambda event: heard.append(event.data["step"]))
    raised = []
    with for_group():
        for late in (0, 1, 2, 6, 6, 16, 40):
            raised.append(following.escalate(row.due_on + timedelta(days=late)))
    assert raised == [0, 1, 0, 1, 0, 1, 0]
    assert heard == [1, 2, 3]
    told = Event.objects.filter(verb="followup.overdue").order_by("id")
    assert [event.data["role"] for event in told] == ["reviewer", "steward", "supervisor"]


def test_after_nights_without_a_worker_only_the_last_step_is_told(row: Followup) -> None:
    with for_group():
        assert following.escalate(row.due_on + timedelta(days=30)) == 1
    assert [event.data["step"] for event in Event.objects.filter(verb="followup.overdue")] == [3]


def test_a_result_ends_being_late(at: Desk, row: Followup) -> None:
    following.result(at.filler, row, text="好了", at=moment())
    with for_group():
        assert following.escalate(row.due_on + timedelta(days=30)) == 0


@pytest.mark.clause("6.2.1d")
def test_each_sees_what_went_up_to_them(at: Desk, row: Followup) -> None:
    steward, head = plant.person(Role.STEWARD, at.unit), plant.person(Role.SUPERVISOR)

    def seen(user: User, late: int) -> int:
        rows = followups(user, {"state": "escalated"}, row.due_on + timedelta(days=late))
        return int(rows.count())

    for late, expected in ((1, (1, 0, 0)), (6, (1, 1, 0)), (16, (1, 1, 1))):
        assert tuple(seen(user, late) for user in (at.reviewer, steward, head)) == expected
    late_day = row.due_on + timedelta(days=1)
    assert (tally_of(at.filler, late_day).mine, tally_of(at.filler, late_day).late) == (1, 1)
    assert tally_of(at.filler, late_day).escalated == 0


@pytest.mark.clause("3a")
def test_a_need_is_answered_before_it_is_done(at: Desk, row: Followup) -> None:
    need: Need = Need.objects.get()
    with pytest.raises(Refused, match="先答复"):
        following.finish(at.filler, need, text="做了", on=TODAY)
    with pytest.raises(Unfit, match="请填写答复"):
        following.answer(at.filler, need, text=" ", on=TODAY)
    following.answer(at.filler, need, text="按月确认", on=TODAY)
    with pytest.raises(Refused, match="已答复"):
        following.answer(at.filler, need, text="再答", on=TODAY)
    following.finish(at.filler, need, text="已增供", on=TODAY)
    need.refresh_from_db()
    assert (need.state, need.answer, need.outcome) == ("done", "按月确认", "已增供")


def test_more_comes_of_a_visit_only_once_it_was_held(at: Desk, row: Followup) -> None:
    following.add_followup(at.filler, row.visit, Promise("theirs", "发计划"), at=moment())
    following.add_need(at.filler, row.visit, Wish("price", "降价"))
    assert (Followup.objects.count(), Need.objects.count()) == (2, 2)
    ahead = planned(at, row.dossier)
    with pytest.raises(Refused, match="进行之后"):
        following.add_need(at.filler, ahead, Wish("price", "降价"))
    reader = plant.person(Role.READER, at.unit)
    with pytest.raises(Denied):
        following.add_need(reader, row.visit, Wish("price", "降价"))
