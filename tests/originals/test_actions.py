"""Originals: registered, moved, lent, counted, handed over, destroyed (§6.2.1, 6.3.3)."""

import random
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests import plant
from tests.originals.shelf import ORIGINAL, TODAY, Room, at, room, shelved
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.problems import Refused, Unfit
from yihu.dossiers.rules import digest_of
from yihu.originals import actions, disposing, lending, stocktaking
from yihu.originals.models import Disposal, Loan, Move, Original, StocktakeLine
from yihu.originals.rules import CLAIMS, LoanState, State
from yihu.originals.verify import verify_disposals

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.3")]

LATER = TODAY + timedelta(days=14)


def lent(of: Room, original: Original) -> Loan:
    loan = lending.ask(of.filler, original, purpose="对账", due_on=LATER, at=at(), today=TODAY)
    lending.decide(of.steward, loan, approve=True, note="", at=at(), today=TODAY)
    return lending.hand_out(of.custodian, loan, at=at())


# The register ------------------------------------------------------------------------------------


def test_an_original_is_registered_in_its_place_under_a_number_of_its_own() -> None:
    gd = room()
    first, second = shelved(gd), shelved(gd, title="补充协议")
    assert (first.shelf, first.custodian, first.state) == (
        "档案室-A柜-01",
        gd.custodian.staff,
        State.IN_STOCK,
    )
    assert first.barcode.startswith("GD-")
    assert first.barcode != second.barcode
    (seal,) = Move.objects.filter(original=first)
    assert (seal.from_shelf, seal.to_shelf, seal.by) == ("", first.shelf, gd.custodian.staff)
    assert Event.objects.filter(verb="original.registered").count() == 2


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"title": " "}, "请填写“题名”。"),
        ({"pages": "0"}, "“页数”应是 1 到 100000 的整数。"),
        ({"pages": "二十"}, "“页数”应是 1 到 100000 的整数。"),
        ({"year": "2027"}, "“年度”应是 1980 到 2026 的整数。"),
        ({"retention": "y5"}, "请从列表中选择“保管期限”。"),
        ({"title": "长" * 201}, "“题名”最多 200 字，现有 201 字。"),
    ],
)
def test_what_cannot_be_registered_says_why_and_changes_nothing(
    said: dict[str, str], why: str
) -> None:
    gd = room()
    with pytest.raises(Unfit) as refused:
        shelved(gd, **said)
    assert str(refused.value) == why
    assert not Original.objects.exists()


def test_only_the_units_keepers_register_and_only_in_their_places() -> None:
    gd, fj = room(), room("FJ")
    for user in (gd.filler, gd.reader, fj.custodian, plant.person(Role.SUPERVISOR)):
        with pytest.raises(Denied):
            actions.register(user, gd.dossier, place=gd.box, at=at(), today=TODAY, **ORIGINAL)
    with pytest.raises(Unfit):
        actions.register(gd.custodian, gd.dossier, place=fj.box, at=at(), today=TODAY, **ORIGINAL)


def test_a_box_stands_in_a_cabinet_and_not_the_other_way_round() -> None:
    gd = room()
    with pytest.raises(Unfit, match="柜不能设在盒里"):
        actions.add_place(gd.custodian, gd.unit.pk, parent=gd.box, kind="cabinet", code="B柜")
    with pytest.raises(Refused, match="已经有了"):
        actions.add_place(gd.custodian, gd.unit.pk, parent=None, kind="room", code="档案室")


def test_moving_seals_who_put_it_where_and_the_seals_stand() -> None:
    gd = room()
    original = shelved(gd)
    moved = actions.move(gd.second, original, place=gd.other, reason="整理", at=at(1))
    assert (moved.shelf, moved.custodian) == ("档案室-A柜-02", gd.second.staff)
    seals = list(Move.objects.order_by("id").values_list("from_shelf", "to_shelf", "by"))
    assert seals[-1] == ("档案室-A柜-01", "档案室-A柜-02", gd.second.staff_id)
    for statement in ("UPDATE originals_move SET reason = 'x'", "DELETE FROM originals_move"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_correction_keeps_the_old_counts_in_the_log() -> None:
    gd = room()
    original = shelved(gd)
    actions.correct(gd.custodian, original, at=at(1), today=TODAY, **{**ORIGINAL, "pages": "26"})
    event = Event.objects.get(verb="original.corrected")
    assert event.data == {"before": {"pages": 24}, "fields": ["pages"]}


# Loans -------------------------------------------------------------------------------------------


def test_a_loan_goes_all_the_way_through_two_pairs_of_hands() -> None:
    gd = room()
    original = shelved(gd)
    loan = lent(gd, original)
    original.refresh_from_db()
    assert original.state == State.LENT
    lending.receive(gd.filler, loan, at=at())
    lending.remind(gd.custodian, loan, at=at(20))
    with pytest.raises(Unfit, match="状况说明"):
        lending.take_back(gd.custodian, loan, condition="damaged", note="", at=at(21))
    done = lending.take_back(gd.second, loan, condition="worn", note="封面有折痕", at=at(21))
    original.refresh_from_db()
    assert (done.state, done.condition, done.reminders) == (LoanState.RETURNED, "worn", 1)
    assert (original.state, original.custodian) == (State.IN_STOCK, gd.second.staff)


def test_nobody_decides_on_what_they_asked_for_themselves() -> None:
    gd = room()
    original = shelved(gd)
    loan = lending.ask(gd.steward, original, purpose="核对", due_on=LATER, at=at(), today=TODAY)
    with pytest.raises(Denied, match="另一人审批"):
        lending.decide(gd.steward, loan, approve=True, note="", at=at(), today=TODAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Loan.objects.filter(pk=loan.pk).update(
            state=LoanState.APPROVED, decided_by=gd.steward.staff, decided_at=at()
        )
    with pytest.raises(Denied):
        lending.decide(gd.custodian, loan, approve=True, note="", at=at(), today=TODAY)


def test_what_is_out_is_asked_for_in_line() -> None:
    gd = room()
    original = shelved(gd)
    loan = lent(gd, original)
    with pytest.raises(Refused, match="排队等候"):
        lending.ask(gd.reader, original, purpose="查阅", due_on=LATER, at=at(), today=TODAY)
    waiting = lending.ask(
        gd.reader, original, purpose="查阅", due_on=LATER, at=at(), today=TODAY, wait=True
    )
    with pytest.raises(Refused, match="不能续借"):
        lending.renew(gd.steward, loan, due_on=LATER + timedelta(days=3), today=TODAY)
    lending.take_back(gd.custodian, loan, condition="intact", note="", at=at(2))
    waiting.refresh_from_db()
    assert waiting.state == LoanState.ASKED


@pytest.mark.parametrize(("days", "why"), [(-1, "不能早于今天"), (91, "一次最多借 90 天")])
def test_a_due_date_lies_within_bounds(days: int, why: str) -> None:
    gd = room()
    with pytest.raises(Unfit, match=why):
        lending.ask(
            gd.filler,
            shelved(gd),
            purpose="x",
            due_on=TODAY + timedelta(days=days),
            at=at(),
            today=TODAY,
        )


def test_an_original_is_never_out_twice_whatever_is_tried() -> None:
    """C29: two thousand random steps by random people; the constraints are asked after each."""
    gd = room()
    originals = [shelved(gd, retention="y10", year="2000") for _ in range(2)]
    disposing.unlock(plant.person(Role.SUPERVISOR), gd.unit, allowed=True, basis="期限表", at=at())
    people = [gd.custodian, gd.second, gd.steward, gd.filler, gd.reader]
    rng = random.Random(7)

    def loan() -> Loan:
        found = Loan.objects.order_by("pk")
        count = found.count()
        if not count:
            raise Refused("none yet")
        return found.select_related("original__dossier", "borrower")[rng.randrange(count)]

    def step() -> None:
        by, original, when = rng.choice(people), rng.choice(originals), at()
        pick = rng.randrange(9)
        if pick == 0:
            lending.ask(
                by,
                original,
                purpose="x",
                due_on=LATER,
                at=when,
                today=TODAY,
                wait=rng.random() < 0.5,
            )
        elif pick == 1:
            lending.decide(by, loan(), approve=rng.random() < 0.8, note="x", at=when, today=TODAY)
        elif pick == 2:
            lending.hand_out(by, loan(), at=when)
        elif pick == 3:
            lending.take_back(by, loan(), condition="intact", note="", at=when)
        elif pick == 4:
            lending.withdraw(by, loan(), at=when)
        elif pick == 5:
            actions.move(by, original, place=rng.choice([gd.box, gd.other]), reason="x", at=when)
        elif pick == 6:
            lending.receive(by, loan(), at=when)
        elif pick == 7:
            disposing.propose(
                by, gd.unit.pk, [original.pk], reason="x", method="x", at=when, today=TODAY
            )
        else:
            disposal = Disposal.objects.order_by("?").first()
            if disposal is not None:
                disposing.cancel(by, disposal, reason="x", at=when)

    done = 0
    for _ in range(600):
        try:
            step()
            done += 1
        except (Refused, Denied):
            pass
        for original in originals:
            claims = Loan.objects.filter(original=original, state__in=CLAIMS)
            out = claims.filter(state=LoanState.OUT).count()
            assert claims.count() <= 1
            assert Original.objects.get(pk=original.pk).state == (
                State.LENT if out else State.IN_STOCK
            )
    assert done > 60


# Stocktakes --------------------------------------------------------------------------------------


@pytest.mark.clause("6.2.1")
def test_a_stocktake_freezes_its_list_and_its_result() -> None:
    gd = room()
    found, gone, moved, out = (shelved(gd, title=name) for name in "甲乙丙丁")
    lent(gd, out)
    taken = stocktaking.begin(
        gd.custodian, gd.unit.pk, title="2026", year=2026, scope="", sample=None, at=at()
    )
    shelved(gd, title="后来的")
    assert StocktakeLine.objects.filter(stocktake=taken).count() == 4
    say = {"seen": "", "note": "", "at": at()}
    stocktaking.look(gd.custodian, taken, found.barcode.lower(), result="found", **say)
    stocktaking.look(gd.custodian, taken, gone.barcode, result="missing", **say)
    with pytest.raises(Refused, match="还有 1 件没有盘"):
        stocktaking.close(gd.custodian, taken, note="账实基本相符", at=at(), today=TODAY)
    with pytest.raises(Unfit, match="请选择实际所在的位置"):
        stocktaking.look(gd.custodian, taken, moved.barcode, result="misplaced", **say)
    stocktaking.look(
        gd.custodian, taken, moved.barcode, result="misplaced", **(say | {"seen": gd.other.path})
    )
    closed = stocktaking.close(gd.custodian, taken, note="账实基本相符", at=at(), today=TODAY)
    assert stocktaking.counts_of(closed) == {
        "pending": 0, "found": 1, "misplaced": 1, "missing": 1, "out": 1,
    }  # fmt: skip
    assert dict(Original.objects.values_list("title", "finding")) == {
        "甲": "", "乙": "missing", "丙": "misplaced", "丁": "", "后来的": "",
    }  # fmt: skip
    with pytest.raises(Refused, match="已经结束"):
        stocktaking.look(gd.custodian, taken, gone.barcode, result="found", **say)
    for statement in (
        "UPDATE originals_stocktakeline SET result = 'found'",
        "UPDATE originals_stocktake SET note = 'x'",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_sample_can_be_drawn_again_from_its_seed() -> None:
    gd = room()
    keys = [shelved(gd, title=str(number)).pk for number in range(9)]
    taken = stocktaking.begin(
        gd.custodian, gd.unit.pk, title="抽", year=2026, scope=gd.box.path, sample=4, at=at()
    )
    drawn = set(StocktakeLine.objects.values_list("original", flat=True))
    assert (taken.eligible, len(drawn)) == (9, 4)
    assert set(stocktaking.redraw(taken, keys)) == drawn


# The end -----------------------------------------------------------------------------------------


def test_destroying_is_locked_until_headquarters_opens_it() -> None:
    gd = room()
    old = shelved(gd, year="2000", retention="y10")
    with pytest.raises(Refused, match="没有开通"):
        disposing.propose(
            gd.custodian, gd.unit.pk, [old.pk], reason="期满", method="粉碎", at=at(), today=TODAY
        )
    with pytest.raises(Denied):
        disposing.unlock(gd.steward, gd.unit, allowed=True, basis="x", at=at())


def test_destroying_takes_four_people_and_leaves_a_certificate_for_ever() -> None:
    gd = room()
    head = plant.person(Role.SUPERVISOR)
    disposing.unlock(head, gd.unit, allowed=True, basis="保管期限表 2026", at=at())
    old = shelved(gd, year="2000", retention="y10")
    made = disposing.propose(
        gd.custodian,
        gd.unit.pk,
        [old.pk],
        reason="期满无保存价值",
        method="粉碎",
        at=at(),
        today=TODAY,
    )
    with pytest.raises(Refused):
        disposing.witness(gd.filler, made, at=at(), today=TODAY)
    disposing.approve(gd.steward, made, at=at())
    with pytest.raises(Denied, match="两个人"):
        disposing.witness(gd.custodian, made, at=at(), today=TODAY)
    disposing.witness(gd.filler, made, at=at(), today=TODAY)
    with pytest.raises(Denied, match="两个人"):
        disposing.witness(gd.filler, made, at=at(), today=TODAY)
    old.refresh_from_db()
    assert old.state == State.IN_STOCK
    done = disposing.witness(gd.reader, made, at=at(), today=TODAY)
    old.refresh_from_db()
    assert old.state == State.DESTROYED
    assert done.certificate["witnesses"] == [gd.filler.staff.name, gd.reader.staff.name]
    assert done.sha256 == digest_of(done.certificate)
    assert verify_disposals() == (1, [])
    Disposal.objects.create(  # one that was slipped in beside the actions
        unit=gd.unit,
        number="X2026-999999",
        state="done",
        reason="x",
        method="x",
        proposed_by=gd.custodian.staff,
        proposed_at=at(),
        approved_by=gd.steward.staff,
        first_witness=gd.filler.staff,
        second_witness=gd.reader.staff,
        done_at=at(),
        certificate=done.certificate | {"reason": "另一个"},
        sha256=done.sha256,
    )
    assert verify_disposals() == (2, ["X2026-999999"])
    for statement in (
        "UPDATE originals_disposal SET certificate = '{}'",
        "DELETE FROM originals_disposal",
        "UPDATE originals_original SET state = 'in_stock'",
        "DELETE FROM originals_original",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize("what", ["held", "asked", "undecided", "young"])
def test_what_may_not_be_destroyed(what: str) -> None:
    gd = room()
    disposing.unlock(plant.person(Role.SUPERVISOR), gd.unit, allowed=True, basis="x", at=at())
    values = {"year": "2000", "retention": "y10"}
    values |= {"undecided": {"retention": "undecided"}, "young": {"year": "2016"}}.get(what, {})
    original = shelved(gd, **values)
    if what == "held":
        actions.hold(gd.custodian, original, reason="诉讼", at=at())
    if what == "asked":
        lending.ask(gd.filler, original, purpose="x", due_on=LATER, at=at(), today=TODAY)
    with pytest.raises(Refused, match="不能销毁"):
        disposing.propose(
            gd.custodian, gd.unit.pk, [original.pk], reason="x", method="x", at=at(), today=TODAY
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        Original.objects.filter(pk=original.pk).update(state=State.DESTROYED)


def test_a_hold_placed_after_the_approval_still_saves_the_original() -> None:
    gd = room()
    disposing.unlock(plant.person(Role.SUPERVISOR), gd.unit, allowed=True, basis="x", at=at())
    old = shelved(gd, year="2000", retention="y10")
    made = disposing.propose(
        gd.custodian, gd.unit.pk, [old.pk], reason="x", method="x", at=at(), today=TODAY
    )
    disposing.approve(gd.steward, made, at=at())
    disposing.witness(gd.filler, made, at=at(), today=TODAY)
    standing = actions.hold(gd.second, old, reason="仲裁", at=at())
    with pytest.raises(Refused, match="已冻结"):
        disposing.witness(gd.reader, made, at=at(), today=TODAY)
    actions.release(gd.second, standing, reason="仲裁终结", at=at())
    assert disposing.witness(gd.reader, made, at=at(), today=TODAY).state == "done"


def test_a_transfer_names_three_people_and_takes_the_originals_off_the_shelf() -> None:
    gd = room()
    one, other = shelved(gd), shelved(gd, title="乙")
    said = {"receiver": "集团档案馆", "received_by": "王档", "witness": "李监", "basis": "年度移交",
            "handed_on": TODAY, "at": at(), "today": TODAY}  # fmt: skip
    lent(gd, other)
    with pytest.raises(Refused, match="不能移交"):
        actions.transfer(gd.custodian, gd.unit.pk, [one.pk, other.pk], **said)
    with pytest.raises(Unfit, match="第三人"):
        actions.transfer(gd.custodian, gd.unit.pk, [one.pk], **(said | {"witness": "王档"}))
    made = actions.transfer(gd.custodian, gd.unit.pk, [one.pk], **said)
    one.refresh_from_db()
    assert (one.state, one.transfer) == (State.TRANSFERRED, made)
    with pytest.raises(Refused, match="不能再改"):
        actions.move(gd.custodian, one, place=gd.other, reason="x", at=at())
