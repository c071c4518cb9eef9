"""Each kind of holding is found and goes where it should (§3d, 6.3.3, 6.3.4)."""

from datetime import timedelta

import pytest

from tests import plant
from tests.handover.leaving import NOW, TODAY, counts, house, signed, staff_of
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier, Draft
from yihu.dossiers.problems import Refused
from yihu.guide.actions import load_first_edition
from yihu.handover import actions, queries
from yihu.handover.kinds import kinds
from yihu.handover.models import Line
from yihu.letters.actions import Content, register
from yihu.originals.lending import ask, decide, hand_out
from yihu.originals.models import Loan, Original

pytestmark = [pytest.mark.django_db, pytest.mark.clause("3d"), pytest.mark.clause("6.3.4")]


def test_everything_is_found_and_what_follows_needs_no_successor() -> None:
    at = house()
    Dossier.objects.filter(pk=at.files[1].pk).update(reviewer=at.leaver.staff, filler=None)
    for file, state in zip(at.files, ("open", "submitted"), strict=True):
        Draft.objects.create(
            unit=at.unit,
            dossier=file,
            state=state,
            edition=load_first_edition(),
            opened_by=at.leaver.staff,
            opened_at=NOW,
            changed_at=NOW,
        )
    register(
        at.leaver,
        at.files[0],
        direction="in",
        content=Content(TODAY, "对方", "请回复", reply_due_on=TODAY + timedelta(days=9)),
        at=NOW,
        today=TODAY,
    )
    assert counts(at.leaver) == {
        "filled": 1,
        "reviewed": 1,
        "kept": 1,
        "drafts": 1,
        "submitted": 1,
        "letters": 1,
    }
    assert queries.held_counts([at.leaver.staff_id]) == {at.leaver.staff_id: 3}
    actions.open_handover(at.steward, staff_of(at.leaver), at=NOW)
    follows = set(Line.objects.exclude(follows="").values_list("kind", flat=True))
    assert follows == {"drafts", "submitted", "letters"}


def test_a_loan_goes_over_and_a_request_gives_way_to_the_next_in_line() -> None:
    at = house()
    Original.objects.update(custodian=at.keeper.staff)
    borrowed = ask(at.leaver, at.paper, purpose="对账", due_on=TODAY, at=NOW, today=TODAY)
    waiting = ask(at.heir, at.paper, purpose="续签", due_on=TODAY, at=NOW, today=TODAY, wait=True)
    assert (borrowed.state, waiting.state) == ("asked", "waiting")
    assert counts(at.leaver) == {"filled": 2, "requests": 1}
    made = actions.open_handover(at.steward, staff_of(at.leaver), at=NOW)
    actions.assign(at.steward, made, kind="filled", successor=staff_of(at.heir))
    actions.name_witness(at.steward, made, witness=staff_of(at.witness))
    signed(actions.freeze(at.steward, made, at=NOW), at.leaver, at.heir, at.witness)
    states = dict(Loan.objects.values_list("pk", "state"))
    assert states == {borrowed.pk: "withdrawn", waiting.pk: "asked"}


def test_a_loan_is_not_given_to_whoever_approved_or_handed_it_out() -> None:
    at = house()
    Dossier.objects.update(filler=None)
    Original.objects.update(custodian=at.keeper.staff)
    loan = ask(at.leaver, at.paper, purpose="对账", due_on=TODAY, at=NOW, today=TODAY)
    decide(at.steward, loan, approve=True, note="", at=NOW, today=TODAY)
    hand_out(at.keeper, loan, at=NOW)
    made = actions.open_handover(at.steward, staff_of(at.leaver), at=NOW)
    actions.name_witness(at.steward, made, witness=staff_of(at.witness))
    actions.assign(at.steward, made, kind="loans", successor=staff_of(at.keeper))
    with pytest.raises(Refused, match="审批人或交出人"):
        actions.freeze(at.steward, made, at=NOW)
    reader = plant.person(Role.READER, at.unit)
    actions.assign(at.steward, made, kind="loans", successor=staff_of(reader))
    signed(actions.freeze(at.steward, made, at=NOW), at.leaver, reader, at.witness)
    taken = Loan.objects.get()
    assert (taken.borrower_id, taken.received_by_id, taken.state) == (
        reader.staff_id,
        reader.staff_id,
        "out",
    )


def test_what_came_after_the_choice_is_not_forgotten() -> None:
    at = house()
    made = actions.open_handover(at.steward, staff_of(at.leaver), at=NOW)
    actions.assign(at.steward, made, kind="filled", successor=staff_of(at.heir))
    actions.assign(at.steward, made, kind="kept", successor=staff_of(at.keeper))
    actions.name_witness(at.steward, made, witness=staff_of(at.witness))
    plant.dossier(at.unit, filler=at.leaver.staff)
    with pytest.raises(Refused, match="其中 1 项是刚新增的"):
        actions.freeze(at.steward, made, at=NOW)


def test_every_kind_that_moves_names_who_may_take_it() -> None:
    moving = {kind.code for kind in kinds() if kind.roles}
    assert moving == {
        "filled", "reviewed", "kept", "loans", "risks", "visits", "followups", "needs",
        "inspected", "endpoints",
    }  # fmt: skip
    for kind in kinds():
        assert bool(kind.roles) != bool(kind.follows), kind.code
