"""Remarks are raised, checked, corrected, published; lifted by two; never erased."""

import io
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests import plant
from tests.dossiers.files import TODAY, Desk, desk, moment
from tests.risks.remarked import FACTS, content, remark
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused, Unfit
from yihu.handover.kinds import Moving, kind_of
from yihu.risks import actions
from yihu.risks.models import Correction, Evidence, Remark, Review
from yihu.risks.proposing import tell_overdue
from yihu.risks.queries import contracts_of

pytestmark = pytest.mark.django_db


def at_work() -> tuple[Desk, Dossier]:
    gd = desk()
    return gd, plant.dossier(gd.unit, name="广州凯能陶瓷有限公司")


@pytest.mark.clause("6.2.2")
def test_a_remark_is_raised_with_its_contracts_and_a_number() -> None:
    gd, dossier = at_work()
    contract = plant.contract(dossier)
    made = remark(gd, dossier, contracts=[contract.pk])
    assert (made.number, made.state, made.level) == ("险2026-0001", "active", 2)
    assert contracts_of(made) == [contract]
    assert remark(gd, dossier, verified_by="").state == "pending"
    event = Event.objects.filter(verb="risk.raised").earliest("id")
    assert (event.dossier_id, event.data) == (
        dossier.pk,
        {"number": "险2026-0001", "proposed": False},
    )


@pytest.mark.clause("6.2.2a")
@pytest.mark.clause("6.2.2c")
@pytest.mark.clause("6.2.2d")
def test_each_of_the_kinds_is_remarked_and_stands_with_its_loss() -> None:
    gd, dossier = at_work()
    for kind in "abcd":
        remark(gd, dossier, kind=kind, loss_yuan=Decimal("1250000.00"))
    rows = Remark.objects.filter(unit=gd.unit, dossier=dossier).order_by("kind")
    assert list(rows.values_list("kind", "state", "loss_yuan")) == [
        (kind, "active", Decimal("1250000.00")) for kind in "abcd"
    ]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"kind": "e"}, "请选择风险类别"),
        ({"facts": " "}, "请填写事实。"),
        ({"found_on": date(2026, 11, 20)}, "发现日 2026-11-20 在今天之后"),
        ({"happened_on": date(2026, 11, 4)}, "发生日 2026-11-04 晚于发现日 2026-11-02"),
        ({"facts": "字" * 4001}, "事实有 4001 字，最多 4000 字。"),
    ],
)
def test_a_bad_remark_is_refused_by_field(wrong: dict[str, object], sentence: str) -> None:
    gd, dossier = at_work()
    with pytest.raises(Unfit, match=sentence):
        remark(gd, dossier, **wrong)
    assert Remark.objects.count() == 0


def test_contracts_and_people_of_others_are_refused() -> None:
    gd, dossier = at_work()
    other = plant.contract(plant.dossier(gd.unit))
    with pytest.raises(Unfit, match="影响合同应是这份档案的合同"):
        remark(gd, dossier, contracts=[other.pk])
    stranger = plant.staff(plant.unit("FJ", region="350000"))
    with pytest.raises(Unfit, match="责任人应是本单位在岗人员"):
        remark(gd, dossier, owner_id=stranger.pk)
    with pytest.raises(Unfit, match="下次复核日 2026-11-05 应在今天之后"):
        remark(gd, dossier, check_on=TODAY)


@pytest.mark.clause("6.2.2")
def test_a_check_is_added_and_moves_level_state_and_day() -> None:
    gd, dossier = at_work()
    made = remark(gd, dossier, level=1)
    actions.check_remark(
        gd.filler, made, found="又一个月未付", level=3, state="active", verified_by="",
        next_check_on=date(2026, 12, 5), at=moment(), today=TODAY,
    )  # fmt: skip
    made.refresh_from_db()
    assert (made.level, made.next_check_on, made.verified_by) == (
        3,
        date(2026, 12, 5),
        "法务部 陈明",
    )
    row = Review.objects.get()
    assert (row.level_before, row.level, row.due_on) == (1, 3, date(2026, 12, 1))
    with pytest.raises(Unfit, match="解除须另行申请"):
        actions.check_remark(
            gd.filler, made, found="没事了", level=1, state="lifted", verified_by="",
            next_check_on=date(2026, 12, 5), at=moment(), today=TODAY,
        )  # fmt: skip


@pytest.mark.clause("6.2.2")
def test_a_correction_keeps_what_stood_there_and_not_in_the_log() -> None:
    gd, dossier = at_work()
    made = remark(gd, dossier)
    actions.correct(
        gd.filler, made, content=content(gd, facts="八月货款未付"), reason="月份录错",
        at=moment(), today=TODAY,
    )  # fmt: skip
    row = Correction.objects.get()
    assert (row.before, row.after) == ({"facts": FACTS}, {"facts": "八月货款未付"})
    event = Event.objects.get(verb="risk.corrected")
    assert event.data == {"number": "险2026-0001", "fields": ["facts"]}
    with pytest.raises(Unfit, match="没有改动任何内容"):
        actions.correct(
            gd.filler, made, content=content(gd, facts="八月货款未付"), reason="再来一次",
            at=moment(), today=TODAY,
        )  # fmt: skip


@pytest.mark.clause("6.2.2")
def test_it_is_lifted_by_another_than_who_asked_and_for_good() -> None:
    gd, dossier = at_work()
    steward = plant.person(Role.STEWARD, gd.unit)
    made = remark(gd, dossier)
    with pytest.raises(Refused, match="没有人申请解除"):
        actions.decide_lift(gd.reviewer, made, consent=True, note="", at=moment(), today=TODAY)
    with pytest.raises(Unfit, match="请写明解除的理由"):
        actions.ask_lift(steward, made, reason="", at=moment())
    actions.ask_lift(steward, made, reason="欠款已结清", at=moment())
    with pytest.raises(Refused, match="申请与批准须是两个人"):
        actions.decide_lift(steward, made, consent=True, note="", at=moment(), today=TODAY)
    with pytest.raises(Denied):
        actions.decide_lift(gd.filler, made, consent=True, note="", at=moment(), today=TODAY)
    actions.decide_lift(gd.reviewer, made, consent=False, note="还欠利息", at=moment(), today=TODAY)
    assert Review.objects.get().found == "不同意解除（申请理由：欠款已结清）：还欠利息"
    actions.ask_lift(gd.filler, made, reason="本息结清", at=moment())
    actions.decide_lift(gd.reviewer, made, consent=True, note="", at=moment(), today=TODAY)
    made.refresh_from_db()
    assert (made.state, made.next_check_on, made.lifted_by) == (
        "lifted",
        None,
        gd.reviewer.staff,
    )
    with pytest.raises(Refused, match="已解除，只能查阅"):
        actions.ask_lift(gd.filler, made, reason="再来", at=moment())


@pytest.mark.clause("6.2.2")
def test_the_database_erases_nothing_and_wants_two() -> None:
    gd, dossier = at_work()
    made = remark(gd, dossier)
    actions.ask_lift(gd.filler, made, reason="结清", at=moment())
    assert gd.filler.staff is not None
    alone = {
        "state": "lifted", "lifted_by": gd.filler.staff, "lifted_at": moment(),
        "next_check_on": None,
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="remark_lifted_by_two"), transaction.atomic():
        Remark.objects.update(**alone)
    actions.decide_lift(gd.reviewer, made, consent=True, note="", at=moment(), today=TODAY)
    for statement in (
        "DELETE FROM risks_remark",
        "UPDATE risks_remark SET facts = '无'",
        "DELETE FROM risks_review",
        "UPDATE risks_correction SET reason = '无'",
    ):
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_evidence_is_a_core_secret_and_bound_once() -> None:
    gd, dossier = at_work()
    made = remark(gd, dossier)
    paper = actions.add_evidence(
        gd.filler, made, file=io.BytesIO("催款函".encode()), name="函.txt", title="", at=moment()
    )
    assert (paper.sensitivity, Evidence.objects.get().document) == ("core", paper)
    with pytest.raises(Refused, match="已是本备注的证据"):
        actions.add_evidence(
            gd.filler, made, file=io.BytesIO("催款函".encode()), name="函.txt", title="",
            at=moment(),
        )  # fmt: skip


@pytest.mark.clause("6.3.1")
def test_only_the_units_filler_or_steward_writes() -> None:
    gd, dossier = at_work()
    made = remark(gd, dossier)
    fj = plant.unit("FJ", region="350000")
    for user in (
        gd.reviewer, plant.person(Role.CUSTODIAN, gd.unit), plant.person(Role.READER, gd.unit),
        plant.person(Role.SUPERVISOR), plant.person(Role.FILLER, fj), plant.person(Role.ITC),
    ):  # fmt: skip
        with pytest.raises(Denied):
            actions.ask_lift(user, made, reason="结清", at=moment())


def test_an_overdue_check_is_told_once_for_each_day() -> None:
    gd, dossier = at_work()
    made = remark(gd, dossier)
    assert tell_overdue(today=date(2026, 12, 1)) == 0
    assert [tell_overdue(today=date(2026, 12, 2)) for _time in range(2)] == [1, 0]
    assert Event.objects.get(verb="risk.check_overdue").data == {
        "number": made.number,
        "due_on": "2026-12-01",
    }


@pytest.mark.clause("6.3.4")
def test_a_leavers_remarks_go_to_a_successor_but_for_what_was_lifted() -> None:
    gd, dossier = at_work()
    held, lifted = remark(gd, dossier), remark(gd, dossier)
    actions.ask_lift(gd.filler, lifted, reason="结清", at=moment())
    actions.decide_lift(gd.reviewer, lifted, consent=True, note="", at=moment(), today=TODAY)
    heir = plant.staff(gd.unit, name="接手人")
    kind = kind_of("risks")
    assert kind is not None
    assert kind.move is not None
    assert gd.filler.staff is not None
    lines = [("risks", row.pk, heir.pk) for row in (held, lifted)]
    moving = Moving(gd.unit.pk, gd.filler.staff.pk, lines, moment())
    assert kind.move(moving) == [held.pk]
    held.refresh_from_db()
    assert held.owner == heir
