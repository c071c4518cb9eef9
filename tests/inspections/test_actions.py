"""Who may do what, one file one inspector, two people, repeats, lateness (§6.4, 4.3b, 6.2.1)."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from tests import plant
from tests.dossiers.files import approved, complete_dossier, moment
from tests.inspections.world import (
    TODAY,
    a_finding,
    checked,
    content,
    planned,
    subject_of,
    vip,
    world,
)
from yihu.access.models import RoleAssignment
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused, Unfit
from yihu.duties.actions import load_first_policy
from yihu.duties.models import Duty
from yihu.inspections import actions, inspecting, queries, rectifying
from yihu.inspections.choices import FindingState, SubjectState
from yihu.inspections.models import Evidence, Finding, Inspection, Result, Subject
from yihu.notices.models import Notice

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.4.2")]


@pytest.fixture(autouse=True)
def _on_the_fifth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")


@pytest.mark.clause("6.2.1")
def test_headquarters_plans_the_groups_and_a_steward_self_checks_only() -> None:
    w = world()
    for nobody in (w.gd.filler, w.steward):
        with pytest.raises(Denied):
            planned(nobody)
    with pytest.raises(Denied):
        planned(w.first, kind="self")
    own = planned(w.steward, kind="self")
    assert (own.number, own.owner, own.units) == ("自GD2026-001", w.gd.unit, [w.gd.unit.pk])
    assert planned(w.first).number == "检2026-001"
    with pytest.raises(Unfit):
        planned(w.first, w.steward)


def test_a_seed_is_given_once_and_what_hangs_on_it_stays() -> None:
    w = world()
    file = vip(w.gd)
    row = checked(w.first)
    with pytest.raises(Refused):
        actions.begin(w.first, row, seed="besser", at=moment(6), today=TODAY)
    for change in ({"seed": "x"}, {"amount": 1}, {"draw_sha256": "0" * 64}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Inspection.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Subject.objects.filter(inspection=row).update(drawn=False)
    frozen = subject_of(row, file)
    Dossier.objects.filter(pk=file.pk).update(name_full="改了名的有限公司")
    frozen.refresh_from_db()
    assert frozen.name_full == file.name_full


def test_the_frozen_file_is_the_version_of_the_cut_off() -> None:
    w = world()
    file = complete_dossier(w.gd)
    early = approved(w.gd, file)
    row = checked(w.first)
    frozen = subject_of(row, file)
    assert (frozen.version_id, frozen.sha256, frozen.facts) == (early.pk, early.sha256, None)
    before = checked(w.first, seed="s2", cutoff_on=date(2026, 11, 4))
    assert subject_of(before, file).version_id is None
    assert subject_of(before, file).facts["legal_rep"] == "李明"


def test_two_inspectors_never_hold_one_file() -> None:
    w = world()
    files = [vip(w.gd), vip(w.gd)]
    row = checked(w.first, w.second)
    mine = inspecting.claim_next(w.first, row, at=moment(5))
    again = inspecting.claim_next(w.first, row, at=moment(5))
    theirs = inspecting.claim_next(w.second, row, at=moment(5))
    assert mine is not None
    assert theirs is not None
    assert mine == again
    assert {mine.dossier_id, theirs.dossier_id} == {file.pk for file in files}
    with pytest.raises(Refused, match="正在检查"):
        inspecting.claim(w.second, mine, at=moment(5))
    inspecting.release(w.second, mine)  # who leads takes it from an absent inspector
    assert inspecting.claim(w.second, mine, at=moment(5)).claimed_by == w.second


@pytest.mark.clause("5.2")
def test_whoever_filled_or_approved_a_file_does_not_inspect_it() -> None:
    """A steward who reviews as well: neither by the page nor by SQL."""
    w = world()
    RoleAssignment.objects.create(
        user=w.gd.reviewer, role=Role.STEWARD, unit=w.gd.unit, since=date(2026, 1, 1)
    )
    w.gd.reviewer.__dict__.pop("_scope", None)
    file = complete_dossier(w.gd)
    approved(w.gd, file)
    row = checked(w.gd.reviewer, w.steward, kind="self")
    frozen = subject_of(row, file)
    assert inspecting.claim_next(w.gd.reviewer, row, at=moment(5)) is None
    with pytest.raises(Refused, match="应由他人检查"):
        inspecting.claim(w.gd.reviewer, frozen, at=moment(5))
    keys = list(Result.objects.filter(inspection=row).values_list("pk", flat=True))
    assert keys
    assert inspecting.accept(w.gd.reviewer, row, keys, at=moment(5)) == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        Subject.objects.filter(pk=frozen.pk).update(
            state=SubjectState.CLAIMED, claimed_by=w.gd.reviewer,
            claimed_staff=w.gd.reviewer.staff_id,
        )  # fmt: skip
    assert inspecting.claim_next(w.steward, row, at=moment(5)) == frozen


def test_a_file_is_done_when_every_item_is_answered_and_each_problem_written() -> None:
    w = world()
    file = vip(w.gd)
    row = checked(w.first)
    subject = inspecting.claim(w.first, subject_of(row, file), at=moment(5))
    with pytest.raises(Unfit, match="没有结论"):
        inspecting.done(w.first, subject, at=moment(5))
    for code in queries.items_of(row):
        inspecting.mark(
            w.first, subject, item=code, verdict="serious" if code == "visit" else "ok",
            at=moment(5),
        )  # fmt: skip
    with pytest.raises(Unfit, match="写明问题：纪要写出客户需求和结论"):
        inspecting.done(w.first, subject, at=moment(5))
    with pytest.raises(Refused, match="没有检查完"):
        actions.finish(w.first, row, conclusion="好", at=moment(5))


def test_the_same_thing_found_again_is_marked_as_repeated() -> None:
    w = world()
    file = vip(w.gd)
    first = a_finding(w.first, checked(w.first), file, at=moment(5))
    second = a_finding(w.first, checked(w.first, seed="s2"), file, at=moment(6))
    second.refresh_from_db()
    assert (first.repeats_id, second.repeats_id) == (None, first.pk)
    [auto] = _accepted(w.first, "two_people", moment(6))
    assert auto.repeats_id is None


def _accepted(by: object, code: str, at: object) -> list[Finding]:
    row = Inspection.objects.latest("made_at", "number")
    keys = queries.open_results(by, row, code, None)  # type: ignore[arg-type]  # a person
    inspecting.accept(by, row, keys, at=at)  # type: ignore[arg-type]  # as above
    return list(Finding.objects.filter(check_code=code))


@pytest.mark.clause("4.3b")
def test_answered_returned_answered_closed_each_by_another() -> None:
    load_first_policy()
    w = world()
    file = vip(w.gd, region="440100")
    row = checked(w.first)
    finding = a_finding(w.first, row, file, at=moment(5))
    due = date(2026, 11, 20)
    order = rectifying.order(
        w.first, row, w.gd.unit, due_on=due, text="举一反三", at=moment(5), today=TODAY
    )
    told = Notice.objects.filter(verb="rectification.ordered")
    assert [notice.user for notice in told] == [w.steward]
    owed = Duty.objects.get(kind="rectification")
    assert (owed.subject_id, owed.dossier_id, owed.due_on) == (finding.pk, file.pk, due)
    with pytest.raises(Denied):
        rectifying.reply(w.first, finding, text="好", root="care", at=moment(6))
    rectifying.reply(
        w.steward, finding, text="已改。", root="care", at=moment(6),
        files=[(BytesIO("截图".encode()), "截图.txt")],
    )  # fmt: skip
    assert Evidence.objects.get().reply is not None
    with pytest.raises(Denied):
        rectifying.verify(
            w.steward, finding, judgement="accepted", note="", at=moment(7), today=TODAY
        )
    with pytest.raises(Unfit, match="退回的理由"):
        rectifying.verify(
            w.first, finding, judgement="returned", note="", at=moment(7), today=TODAY
        )
    later = date(2026, 11, 27)
    rectifying.verify(
        w.first, finding, judgement="returned", note="附截图", due_on=later, at=moment(7),
        today=TODAY,
    )  # fmt: skip
    owed.refresh_from_db()
    assert (owed.due_on, owed.done_at) == (later, None)
    rectifying.reply(w.gd.filler, finding, text="已附。", root="care", at=moment(9))
    closed = rectifying.verify(
        w.second, finding, judgement="accepted", note="", at=moment(10), today=TODAY
    )
    assert (closed.state, closed.righted_at) == (FindingState.CLOSED, moment(9))
    owed.refresh_from_db()
    assert owed.done_at == moment(9)
    assert order.findings.count() == 1
    said = Event.objects.filter(verb__in=["rectification.ordered", "finding.closed"])
    assert "已改" not in str([event.data for event in said])


def test_nobody_verifies_their_own_reply_even_by_sql() -> None:
    w = world()
    file = vip(w.gd)
    row = checked(w.first)
    finding = a_finding(w.first, row, file, at=moment(5))
    rectifying.order(
        w.first, row, w.gd.unit, due_on=date(2026, 11, 20), text="", at=moment(5), today=TODAY
    )
    reply = rectifying.reply(w.steward, finding, text="已改。", root="care", at=moment(6))
    with pytest.raises(IntegrityError), transaction.atomic():
        type(reply).objects.filter(pk=reply.pk).update(
            judgement="accepted", judged_by=w.steward, judged_at=moment(7)
        )


def test_what_is_late_goes_up_step_by_step_once() -> None:
    w = world()
    file = vip(w.gd)
    row = checked(w.first)
    a_finding(w.first, row, file, at=moment(5))
    due = date(2026, 11, 20)
    rectifying.order(w.first, row, w.gd.unit, due_on=due, text="", at=moment(5), today=TODAY)
    raised = [rectifying.escalate(due + timedelta(days=late)) for late in (0, 1, 1, 5, 6, 30)]
    assert raised == [0, 1, 0, 0, 1, 0]
    told = Notice.objects.filter(verb="rectification.overdue").values_list("user", flat=True)
    assert set(told) == {w.steward.pk, w.first.pk, w.second.pk}


def test_withdrawn_it_is_no_duty_and_stays_in_the_books() -> None:
    load_first_policy()
    w = world()
    file = vip(w.gd)
    row = checked(w.first)
    finding = a_finding(w.first, row, file, at=moment(5))
    rectifying.order(
        w.first, row, w.gd.unit, due_on=date(2026, 11, 20), text="", at=moment(5), today=TODAY
    )
    with pytest.raises(Unfit):
        rectifying.withdraw(w.first, finding, reason=" ")
    rectifying.withdraw(w.first, finding, reason="营业执照已更新")
    assert Duty.objects.get(kind="rectification").dropped_why == "withdrawn"
    with pytest.raises(DatabaseError), transaction.atomic():
        Finding.objects.filter(pk=finding.pk).delete()


def test_a_plan_says_what_is_wrong_with_it() -> None:
    w = world()
    for more, told in (
        ({"name": " "}, "检查名称"),
        ({"period_end": date(2026, 9, 1)}, "期间止"),
        ({"method": "share", "amount": 0}, "比例"),
        ({"klasses": ["royal"]}, "royal"),
    ):
        with pytest.raises(Unfit, match=told):
            actions.plan(w.first, content([w.first], **more), at=moment(5), today=TODAY)
    with pytest.raises(Refused, match="还没有到"):
        actions.begin(w.first, planned(w.first), seed="s", at=moment(4), today=date(2026, 11, 4))
    assert plant.unit("GD") == w.gd.unit
