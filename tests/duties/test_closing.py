"""A file is dormant or closed by two people, and in use again by itself (§6.1.2, 6.2.1)."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from tests import plant
from tests.desk.duties import duty
from tests.duties.test_actions import at, came, told
from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.contracts.models import Contract
from yihu.customers.rules import Klass
from yihu.desk.gaps.queries import counts
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused, Unfit
from yihu.dossiers.rules import State
from yihu.duties import closing
from yihu.duties.actions import load_first_policy, refresh
from yihu.duties.choices import DropReason, DutyKind, Ground, Verdict
from yihu.duties.models import Closure, Duty
from yihu.org.models import OrgUnit

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.1.2")]
NOV = date(2026, 11, 23)
WHY = "合同到期后不再续签"


@pytest.fixture
def gd() -> OrgUnit:
    load_first_policy()
    return plant.unit()


def ended(gd: OrgUnit, *, klass: Klass = Klass.VIP) -> Dossier:
    """A file whose only contract ended before its unit began."""
    of = plant.dossier(gd, klass=klass)
    plant.contract(of, effective_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))
    came(of, date(2026, 11, 2))
    told(of, klass, date(2026, 11, 2))
    refresh(NOV)
    return of


def asked(of: Dossier, state: State = State.CLOSED, *, by: User | None = None) -> Closure:
    steward = by or plant.person(Role.STEWARD, of.unit)
    return closing.ask(
        steward, of, state=state, ground=Ground.ENDED, reason=WHY, at=at(NOV), today=NOV
    )


def consented(of: Dossier, state: State = State.CLOSED) -> Closure:
    boss = plant.person(Role.SUPERVISOR)
    return closing.consent(boss, asked(of, state), note="", at=at(NOV), today=NOV)


def state_of(of: Dossier) -> str:
    return Dossier.objects.get(pk=of.pk).state


def test_closing_drops_what_is_yet_to_fall_due_and_is_told(gd: OrgUnit) -> None:
    of = ended(gd)
    owed = Duty.objects.get(dossier=of, kind="review")
    assert (owed.due_on, owed.dropped_at) == (date(2026, 12, 31), None)
    row = consented(of)
    owed.refresh_from_db()
    assert (state_of(of), row.since, owed.dropped_why) == (State.CLOSED, NOV, DropReason.CLOSED)
    told_of = Event.objects.filter(dossier_id=of.pk, verb__in=["closure.asked", "dossier.closed"])
    assert told_of.count() == 2
    refresh(date(2027, 3, 1))
    assert not Duty.objects.filter(dossier=of, dropped_at=None).exists()


def test_a_dormant_file_keeps_its_clock_and_is_no_gap(gd: OrgUnit) -> None:
    of = ended(gd)
    boss = plant.person(Role.SUPERVISOR)
    assert counts(boss, NOV)["ended"] == 1
    consented(of, State.DORMANT)
    assert counts(boss, NOV)["ended"] == 0
    assert Duty.objects.get(dossier=of, kind="review").dropped_at is None
    closing.consent(boss, asked(of, State.CLOSED), note="", at=at(NOV), today=NOV)
    dormant, closed = Closure.objects.filter(dossier=of).order_by("asked_at", "state")[::-1]
    assert (dormant.state, dormant.until, closed.ended_at) == ("dormant", NOV, None)
    assert state_of(of) == State.CLOSED


def test_a_contract_that_still_runs_brings_a_closed_file_back_by_itself(gd: OrgUnit) -> None:
    of = ended(gd)
    row = consented(of)
    later = date(2027, 2, 1)
    plant.contract(of, effective_on=date(2027, 3, 1), ends_on=date(2028, 2, 29))
    refresh(later)
    row.refresh_from_db()
    assert (state_of(of), row.until, row.ended_by_id) == (State.ACTIVE, later, None)
    assert Event.objects.get(verb="dossier.reopened").dossier_id == of.pk
    owed = Duty.objects.filter(dossier=of, dropped_at=None, kind="review")
    assert [str(y.due_on) for y in owed] == ["2027-03-31"]  # the year's end passed while closed
    assert not Duty.objects.filter(dossier=of, dropped_at=None, due_on__lt=later).exclude(
        kind="new_customer"
    )


def test_a_contract_that_has_ended_leaves_it_closed(gd: OrgUnit) -> None:
    of = ended(gd)
    consented(of)
    plant.contract(of, effective_on=date(2025, 1, 1), ends_on=date(2026, 9, 30))
    refresh(date(2027, 2, 1))
    assert state_of(of) == State.CLOSED


def test_either_of_the_two_opens_it_again_with_a_reason(gd: OrgUnit) -> None:
    for by in (plant.person(Role.STEWARD, gd), plant.person(Role.SUPERVISOR)):
        of = ended(gd)
        row = consented(of)
        day = date(2026, 12, 1)
        with pytest.raises(Unfit, match="恢复在用的理由"):
            closing.reopen(by, of, reason=" ", at=at(day), today=day)
        closing.reopen(by, of, reason="客户重新洽谈供气", at=at(day), today=day)
        row.refresh_from_db()
        assert (state_of(of), row.until, row.ended_by) == (State.ACTIVE, day, by)
        assert Duty.objects.get(dossier=of, kind="review").dropped_at is None
        with pytest.raises(Refused, match="已经在用"):
            closing.reopen(by, of, reason="再来", at=at(day), today=day)
    with pytest.raises(Denied):
        closing.reopen(plant.person(Role.FILLER, gd), of, reason="再来", at=at(day), today=day)


def late(of: Dossier) -> None:
    duty(of, due_on=date(2026, 11, 20))


def promised(of: Dossier) -> None:
    duty(of, kind=DutyKind.RISK, due_on=date(2027, 3, 1))


def running(of: Dossier) -> None:
    plant.contract(of, effective_on=date(2026, 12, 1), ends_on=date(2027, 11, 30))


@pytest.mark.parametrize(
    ("happens", "says"),
    [(late, "1 项更新任务没有完成"), (promised, "风险备注复核"), (running, "1 份合同在执行")],
)
def test_what_is_owed_for_the_past_stands_in_the_way(
    gd: OrgUnit, happens: Callable[[Dossier], None], says: str
) -> None:
    of = ended(gd)
    waiting = asked(of)
    happens(of)
    with pytest.raises(Refused, match=says):  # asked again when it is decided
        closing.consent(plant.person(Role.SUPERVISOR), waiting, note="", at=at(NOV), today=NOV)
    assert state_of(of) == State.ACTIVE
    closing.withdraw(plant.person(Role.STEWARD, gd), waiting, at=at(NOV))
    with pytest.raises(Refused, match=says):
        asked(of)


def test_a_contract_ended_early_is_no_contract(gd: OrgUnit) -> None:
    of = plant.dossier(gd)
    row = plant.contract(of, effective_on=date(2025, 1, 1), ends_on=date(2027, 12, 31))
    assert closing.in_the_way(of, State.DORMANT, NOV) != []
    Contract.objects.filter(pk=row.pk).update(terminated_on=date(2026, 9, 30))
    assert closing.in_the_way(of, State.DORMANT, NOV) == []


def test_who_asks_and_who_consents_are_those_roles_and_two_people(gd: OrgUnit) -> None:
    of = ended(gd)
    with pytest.raises(Denied):
        asked(of, by=plant.person(Role.FILLER, gd))
    row = asked(of)
    with pytest.raises(Denied):
        closing.consent(row.asked_by, row, note="", at=at(NOV), today=NOV)
    with pytest.raises(Refused, match="已经提过申请"):
        asked(of)
    with pytest.raises(IntegrityError, match="closure_two_people"), transaction.atomic():
        Closure.objects.filter(pk=row.pk).update(
            verdict=Verdict.CONSENTED, decided_by=row.asked_by, decided_at=at(NOV), since=NOV
        )
    boss = plant.person(Role.SUPERVISOR)
    with pytest.raises(Unfit, match="不同意的理由"):
        closing.refuse(boss, row, note="", at=at(NOV))
    closing.refuse(boss, row, note="仍在洽谈", at=at(NOV))
    assert state_of(of) == State.ACTIVE
    with pytest.raises(Refused, match="已经有了结论"):
        closing.consent(boss, row, note="", at=at(NOV), today=NOV)
    consented(of)
    with pytest.raises(Refused, match="已经是“关闭”"):
        asked(of)
