"""Visits are planned, held, written up, corrected; what was sent twice is one visit."""

import io
from datetime import date
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from tests import plant
from tests.dossiers.files import TODAY, Desk, approved, complete_dossier, desk, moment
from tests.visits.held import SUMMARY, content, planned, staff_of, written
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused, Unfit
from yihu.papers.models import Document
from yihu.visits import actions
from yihu.visits.actions import Clash, Guest, Promise
from yihu.visits.models import Followup, Need, Participant, Revision, Visit
from yihu.visits.queries import plan_lines

pytestmark = pytest.mark.django_db


@pytest.fixture
def at() -> Desk:
    return desk()


@pytest.fixture
def dossier(at: Desk) -> Dossier:
    return complete_dossier(at)


def verbs() -> list[str]:
    rows = Event.objects.filter(subject_type__startswith="visits.").order_by("id")
    return list(rows.values_list("verb", flat=True))


@pytest.mark.clause("6.2.1d")
def test_minutes_make_follow_ups_and_needs_by_themselves(at: Desk, dossier: Dossier) -> None:
    visit = written(at, dossier)
    promise, need = Followup.objects.get(), Need.objects.get()
    assert (visit.number, visit.state, visit.day) == ("访2026-0001", "written", date(2026, 11, 3))
    assert (visit.recorded_by, visit.written_at) == (at.filler.staff, moment())
    assert (promise.visit, promise.owner, promise.due_on, promise.state) == (
        visit, at.filler.staff, date(2026, 11, 20), "todo",
    )  # fmt: skip
    assert (need.visit, need.state, need.heard_on) == (visit, "heard", date(2026, 11, 3))
    assert verbs() == ["visit.held", "visit.written", "followup.added", "need.heard"]


def test_a_promise_without_a_day_is_due_thirty_days_after(at: Desk, dossier: Dossier) -> None:
    written(at, dossier, promises=[Promise("theirs", "提供用气计划")])
    assert Followup.objects.get().due_on == date(2026, 12, 3)


def test_the_same_sent_twice_is_one_visit(at: Desk, dossier: Dossier) -> None:
    key = uuid4()
    first = written(at, dossier, client_id=key)
    again = written(at, dossier, client_id=key)
    assert again.pk == first.pk
    assert (Visit.objects.count(), Followup.objects.count(), Need.objects.count()) == (1, 1, 1)
    other = complete_dossier(at)
    with pytest.raises(Unfit, match="另一客户"):
        written(at, other, client_id=key)


def test_minutes_of_a_planned_visit_sent_twice_are_written_once(at: Desk, dossier: Dossier) -> None:
    visit, key = planned(at, dossier), uuid4()
    written(at, dossier, visit, client_id=key)
    again = written(at, dossier, visit, client_id=key)
    assert (again.revision, Followup.objects.count()) == (1, 1)


@pytest.mark.clause("6.2.1d")
def test_a_plan_is_invited_to_held_and_written(at: Desk, dossier: Dossier) -> None:
    visit = planned(at, dossier)
    actions.invite(at.filler, visit, trace="7K3Q-9XMA-2B4D", at=moment())
    held = actions.hold(at.filler, visit, held_on=TODAY, at=moment(), today=TODAY)
    assert (held.state, held.held_on) == ("held", TODAY)
    done = written(at, dossier, held, seen=held.revision)
    assert (done.state, done.planned_on, done.held_on) == (
        "written", date(2026, 11, 12), date(2026, 11, 3),
    )  # fmt: skip
    assert verbs()[:4] == ["visit.planned", "visit.invited", "visit.held", "visit.written"]


def test_a_stale_form_meets_what_is_there_and_changes_nothing(at: Desk, dossier: Dossier) -> None:
    visit = planned(at, dossier)
    written(at, dossier, visit, summary=SUMMARY + "先到的。")
    with pytest.raises(Clash) as met:
        written(at, dossier, visit, summary=SUMMARY + "后到的。")
    assert met.value.visit.summary.endswith("先到的。")
    visit.refresh_from_db()
    assert (visit.summary.endswith("先到的。"), Followup.objects.count()) == (True, 1)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"summary": "太短"}, "纪要有 2 字，至少 50 字"),
        ({"summary": "好 " * 49}, "纪要有 49 字"),
        ({"topics": []}, "至少选择一个议题"),
        ({"topics": ["nothing"]}, "没有“nothing”这个议题"),
        ({"ours": []}, "我方参加人"),
        ({"theirs": []}, "客户方参加人"),
        ({"held_on": date(2026, 11, 6)}, "在今天之后"),
        ({"held_on": None}, "请填写访谈日期"),
        ({"kind": "letter"}, "访谈形式"),
        ({"level": ""}, "访谈层级"),
        ({"risk_signal": True}, "风险信号的情况"),
        ({"promises": [Promise("ours", "早", due_on=date(2026, 11, 1))]}, "早于访谈日期"),
        ({"promises": [Promise("nobody", "谁")]}, "谁的承诺"),
        ({"purpose": "长" * 301}, "目的有 301 字，最多 300 字"),
    ],
)
def test_minutes_that_lack_something_are_refused_by_name(
    at: Desk, dossier: Dossier, more: dict[str, object], said: str
) -> None:
    with pytest.raises(Unfit, match=said), transaction.atomic():
        written(at, dossier, **more)
    assert Visit.objects.count() == 0


def test_a_signed_paper_stands_for_long_minutes(at: Desk, dossier: Dossier) -> None:
    visit = written(
        at, dossier, summary="见附件", file=(io.BytesIO("签字纪要".encode()), "纪要.txt")
    )
    assert visit.document == Document.objects.get()
    assert visit.document.title == "访2026-0001 访谈纪要"


def test_who_took_part_is_kept_as_it_was_and_strangers_are_told(at: Desk, dossier: Dossier) -> None:
    visit = written(at, dossier, theirs=[Guest("王芳", "经理"), Guest("赵新", "副总经理")])
    seats = Participant.objects.filter(visit=visit).order_by("place")
    assert [(row.side, row.name, row.known) for row in seats] == [
        ("ours", staff_of(at.filler).name, True), ("theirs", "王芳", True),
        ("theirs", "赵新", False),
    ]  # fmt: skip


def test_people_of_another_unit_do_not_take_part_for_ours(at: Desk, dossier: Dossier) -> None:
    stranger = plant.staff(plant.unit("FJ", region="350000"))
    with pytest.raises(Unfit, match="本单位在职人员"):
        written(at, dossier, ours=[stranger])


@pytest.mark.clause("5.2")
def test_minutes_are_corrected_with_a_reason_and_the_old_words_stay(
    at: Desk, dossier: Dossier
) -> None:
    visit = written(at, dossier)
    given = content(at, place="科学城会议室", summary=SUMMARY + "补记。")
    done = actions.correct(
        at.filler, visit, content=given, reason="补记一句", seen=visit.revision, at=moment(),
        today=TODAY,
    )  # fmt: skip
    kept = Revision.objects.get()
    assert (done.place, kept.number, kept.reason) == ("科学城会议室", 1, "补记一句")
    assert kept.before == {"place": "客户办公楼", "summary": SUMMARY}
    told = Event.objects.get(verb="visit.corrected").data
    assert told["changed"] == ["place", "summary"]
    assert SUMMARY not in str(told)
    with pytest.raises(Unfit, match="没有改动"):
        actions.correct(
            at.filler, visit, content=given, reason="再来", seen=done.revision, at=moment(),
            today=TODAY,
        )  # fmt: skip
    with pytest.raises(Unfit, match="更正的原因"):
        actions.correct(
            at.filler, visit, content=content(at), reason=" ", seen=done.revision, at=moment(),
            today=TODAY,
        )  # fmt: skip


def test_the_database_refuses_what_no_action_does(at: Desk, dossier: Dossier) -> None:
    visit = written(at, dossier)
    for refused in (
        lambda: Visit.objects.filter(pk=visit.pk).delete(),
        lambda: Visit.objects.filter(pk=visit.pk).update(serial=9),
        lambda: Followup.objects.all().delete(),
        lambda: Need.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            refused()
    for broken in ({"state": "planned"}, {"written_at": None}, {"state": "cancelled"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Visit.objects.filter(pk=visit.pk).update(**broken)


def test_a_cancelled_visit_keeps_its_number(at: Desk, dossier: Dossier) -> None:
    visit = planned(at, dossier)
    with pytest.raises(Unfit, match="取消的原因"):
        actions.cancel(at.filler, visit, reason="", at=moment())
    done = actions.cancel(at.filler, visit, reason="客户改期", at=moment())
    assert (done.state, done.cancelled_reason) == ("cancelled", "客户改期")
    assert planned(at, dossier).number == "访2026-0002"
    with pytest.raises(Refused, match="已取消"):
        actions.hold(at.filler, visit, held_on=TODAY, at=moment(), today=TODAY)


@pytest.mark.clause("5.5")
@pytest.mark.parametrize("role", [Role.READER, Role.REVIEWER, Role.CUSTODIAN, Role.ITC])
def test_only_fillers_and_stewards_of_the_unit_write(
    at: Desk, dossier: Dossier, role: Role
) -> None:
    person = plant.person(role, None if role == Role.ITC else at.unit)
    with pytest.raises(Denied):
        actions.plan(
            person, dossier, content=content(at, planned_on=TODAY), at=moment(), today=TODAY
        )
    elsewhere = plant.person(Role.FILLER, plant.unit("FJ", region="350000"))
    with pytest.raises(Denied):
        actions.write(
            elsewhere, dossier, None, content=content(at), seen=0, at=moment(), today=TODAY
        )


@pytest.mark.clause("3c")
def test_a_version_holds_visits_follow_ups_and_needs(at: Desk, dossier: Dossier) -> None:
    written(at, dossier)
    planned(at, dossier)
    version = approved(at, dossier)
    tables = version.content["tables"]
    assert [row["number"] for row in tables["visits"]] == ["访2026-0001", "访2026-0002"]
    assert tables["visits"][0]["theirs"] == "王芳（经理）"
    assert [row["text"] for row in tables["followups"]] == ["测算可增供气量"]
    assert [row["text"] for row in tables["needs"]] == ["采暖季增供"]


@pytest.mark.clause("5.1")
def test_the_yearly_plan_counts_what_is_held_against_what_is_wanted(at: Desk) -> None:
    steward = plant.person(Role.STEWARD, at.unit)
    first, second = plant.dossier(at.unit), plant.dossier(at.unit)
    written(at, first)
    planned(at, second)
    wanted = {"strategic": 4, "vip": 2, "internal": 1, "general": 1}
    actions.set_quotas(steward, at.unit, year=2026, visits=wanted, at=moment())
    line = next(row for row in plan_lines(at.filler, at.unit.pk, 2026) if row.klass == "general")
    assert (line.customers, line.wanted, line.planned, line.held, line.met) == (2, 2, 1, 1, 1)
    with pytest.raises(Denied):
        actions.set_quotas(at.filler, at.unit, year=2026, visits=wanted, at=moment())
    with pytest.raises(Unfit, match="0 到 52"):
        actions.set_quotas(steward, at.unit, year=2026, visits={"vip": 53}, at=moment())
