"""Nothing moves before everybody has signed the same list, and then everything does (§3d)."""

import pytest
from django.db import DatabaseError, connection, transaction

from tests import plant
from tests.handover.leaving import (
    NOW,
    TODAY,
    counts,
    frozen,
    house,
    leaves,
    signed,
    staff_of,
)
from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Lapsed, Refused, Unfit
from yihu.handover import actions, queries
from yihu.handover.models import Handover, Line, Signature
from yihu.handover.rules import digest_of
from yihu.org.actions import apply_personnel_events
from yihu.org.models import Staff
from yihu.originals.models import Move, Original

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.4"), pytest.mark.clause("3d")]


def test_the_whole_hand_over() -> None:
    at = house()
    assert counts(at.leaver) == {"filled": 2, "kept": 1}
    made = frozen(at)
    made = signed(made, at.leaver, at.heir, at.keeper)
    assert (made.state, counts(at.leaver)) == ("frozen", {"filled": 2, "kept": 1})
    made = signed(made, at.witness)
    assert (made.state, counts(at.leaver)) == ("done", {})
    assert set(Dossier.objects.values_list("filler", flat=True)) == {at.heir.staff_id}
    assert Original.objects.get().custodian_id == at.keeper.staff_id
    last = Move.objects.order_by("-id").first()
    assert last is not None
    assert (last.from_custodian, last.to_custodian) == (at.leaver.staff.name, at.keeper.staff.name)
    assert list(Line.objects.values_list("moved_at", flat=True).distinct()) == [NOW]
    assert Event.objects.filter(verb="holding.moved").count() == 3
    assert queries.leavers(at.steward) == []


def test_a_supervisor_confirms_for_somebody_who_has_gone() -> None:
    at = house()
    leaves(at.leaver)
    apply_personnel_events(today=TODAY, now=NOW)
    assert [(row.pk, n) for row, n in queries.leavers(at.steward)] == [(at.leaver.staff_id, 3)]
    made = frozen(at)
    made = signed(made, at.heir, at.keeper, at.witness, at.supervisor)
    assert made.state == "done"
    stood = Signature.objects.get(part="leaver")
    assert (stood.staff_id, stood.by_id, stood.in_place) == (
        at.leaver.staff_id,
        at.supervisor.pk,
        True,
    )


def test_nobody_confirms_for_somebody_who_is_here() -> None:
    at = house()
    with pytest.raises(Refused, match="没有等您确认"):
        signed(frozen(at), at.supervisor)


def test_only_what_was_looked_at_is_signed() -> None:
    at = house()
    with pytest.raises(Lapsed):
        actions.sign(at.leaver, frozen(at), digest="0" * 64, at=NOW)


def test_successors_are_active_have_the_role_and_are_not_the_leaver() -> None:
    at = house()
    made = actions.open_handover(at.steward, staff_of(at.leaver), at=NOW)
    reader = plant.person(Role.READER, at.unit)
    elsewhere = plant.person(Role.FILLER, plant.unit("FJ", region="350000"))
    closed = plant.person(Role.FILLER, at.unit)
    User.objects.filter(pk=closed.pk).update(is_active=False)
    for wrong in (at.leaver, reader, elsewhere, closed):
        with pytest.raises(Unfit, match="不能接收"):
            actions.assign(at.steward, made, kind="filled", successor=staff_of(wrong))
    with pytest.raises(Refused, match="3 项没有接收人"):
        actions.freeze(at.steward, made, at=NOW)


def test_filler_and_reviewer_stay_two_people() -> None:
    at = house()
    Dossier.objects.update(reviewer=at.steward.staff)
    made = actions.open_handover(at.steward, staff_of(at.leaver), at=NOW)
    actions.assign(at.steward, made, kind="filled", successor=staff_of(at.steward))
    actions.assign(at.steward, made, kind="kept", successor=staff_of(at.keeper))
    actions.name_witness(at.steward, made, witness=staff_of(at.witness))
    with pytest.raises(Refused, match="两人负责"):
        actions.freeze(at.steward, made, at=NOW)


def test_only_the_steward_or_a_supervisor_leads() -> None:
    at = house()
    other = plant.person(Role.STEWARD, plant.unit("FJ", region="350000"))
    for stranger in (at.leaver, at.heir, plant.person(Role.ITC), other):
        with pytest.raises(Denied):
            actions.open_handover(stranger, staff_of(at.leaver), at=NOW)
    actions.open_handover(at.supervisor, staff_of(at.leaver), at=NOW)
    with pytest.raises(Refused, match="已在办理"):
        actions.open_handover(at.steward, staff_of(at.leaver), at=NOW)


def test_what_was_cancelled_moves_nothing_and_may_begin_again() -> None:
    at = house()
    made = actions.cancel(at.steward, frozen(at), reason="改由他人接收", at=NOW)
    assert (made.state, counts(at.leaver)) == ("cancelled", {"filled": 2, "kept": 1})
    with pytest.raises(Refused):
        signed(made, at.leaver)
    assert frozen(at).state == "frozen"


def test_the_digest_is_of_the_list() -> None:
    at = house()
    made = frozen(at)
    assert digest_of(actions.content_of(made, queries.lines_of(made))) == made.digest


def test_files_of_somebody_gone_are_reassigned_without_a_list() -> None:
    at = house()
    with pytest.raises(Refused, match="仍在职"):
        actions.reassign(at.steward, staff_of(at.leaver), kind="filled",
                         successor=staff_of(at.heir), reason="调整", at=NOW)  # fmt: skip
    leaves(at.leaver)
    apply_personnel_events(today=TODAY, now=NOW)
    gone = Staff.objects.get(pk=at.leaver.staff_id)
    moved = actions.reassign(
        at.steward, gone, kind="filled", successor=staff_of(at.heir), reason="离职未交接", at=NOW
    )
    assert (moved, counts(at.leaver)) == (2, {"kept": 1})


STANDS = [
    "UPDATE handover_line SET successor_id = leaver_id",
    "UPDATE handover_line SET title = 'x'",
    "DELETE FROM handover_line",
    "UPDATE handover_handover SET state = 'draft'",
    "UPDATE handover_handover SET state = 'done', done_at = now()",
    "UPDATE handover_handover SET witness_id = leaver_id",
    "DELETE FROM handover_handover",
    "DELETE FROM handover_signature",
    "UPDATE handover_signature SET by_id = by_id",
]


@pytest.mark.parametrize("statement", STANDS)
def test_the_database_keeps_a_frozen_list(statement: str) -> None:
    at = house()
    made = signed(frozen(at), at.leaver)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Handover.objects.get(pk=made.pk).state == "frozen"


def test_witness_and_successor_are_apart_in_the_database() -> None:
    at = house()
    made = actions.open_handover(at.steward, staff_of(at.leaver), at=NOW)
    Line.objects.filter(handover=made).update(successor=at.heir.staff)
    with pytest.raises(DatabaseError), transaction.atomic():
        Handover.objects.filter(pk=made.pk).update(
            state="frozen", witness=at.heir.staff, frozen_at=NOW, digest="0" * 64
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        Handover.objects.filter(pk=made.pk).update(witness=at.leaver.staff)
    with pytest.raises(DatabaseError), transaction.atomic():
        Line.objects.filter(handover=made).update(successor=at.leaver.staff)
