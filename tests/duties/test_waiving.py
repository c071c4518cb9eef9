"""Two people let a duty off, and it counts apart (§6.4.2)."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from tests import plant
from tests.desk.duties import duty
from tests.duties.test_actions import at
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.models import NEVER
from yihu.dossiers.problems import Refused, Unfit
from yihu.duties import waiving
from yihu.duties.actions import load_first_policy, refresh
from yihu.duties.choices import Verdict
from yihu.duties.models import Duty, Waiver

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.4.2")]
NOV = date(2026, 11, 23)


def test_a_waived_duty_is_neither_open_nor_done_and_stays_so() -> None:
    load_first_policy()
    unit = plant.unit()
    of = plant.dossier(unit)
    plant.contract(of)
    refresh(NOV)
    owed = Duty.objects.get(dossier=of, kind="offtake")
    row = waiving.ask(plant.person(Role.STEWARD, unit), owed, reason="停供", at=at(NOV))
    waiving.consent(plant.person(Role.SUPERVISOR), row, note="", at=at(NOV), today=NOV)
    before = Duty.objects.values().get(pk=owed.pk)
    assert before["waived_at"] == at(NOV)
    of.refresh_from_db()
    assert of.next_due_on != owed.due_on
    plant.month(of.contracts.get(), date(2026, 10, 1))
    refresh(NOV)
    assert Duty.objects.values().get(pk=owed.pk) == before
    assert Event.objects.filter(verb__startswith="waiver.").count() == 2
    assert of.next_due_on <= NEVER


def test_who_asks_and_who_consents_are_those_roles_and_two_people() -> None:
    unit = plant.unit()
    owed = duty(plant.dossier(unit))
    steward, boss = plant.person(Role.STEWARD, unit), plant.person(Role.SUPERVISOR)
    with pytest.raises(Denied):
        waiving.ask(plant.person(Role.FILLER, unit), owed, reason="停供", at=at(NOV))
    row = waiving.ask(steward, owed, reason="停供", at=at(NOV))
    with pytest.raises(Denied):
        waiving.consent(steward, row, note="", at=at(NOV), today=NOV)
    with pytest.raises(IntegrityError, match="waiver_two_people"), transaction.atomic():
        Waiver.objects.filter(pk=row.pk).update(
            verdict=Verdict.CONSENTED, decided_by=steward, decided_at=at(NOV)
        )
    with pytest.raises(Refused, match="已经申请过"):
        waiving.ask(steward, owed, reason="停供", at=at(NOV))
    with pytest.raises(Unfit, match="不同意的理由"):
        waiving.refuse(boss, row, note=" ", at=at(NOV))
    waiving.refuse(boss, row, note="仍须更新", at=at(NOV))
    again = waiving.ask(steward, owed, reason="停供，附说明", at=at(NOV))
    waiving.withdraw(steward, again, at=at(NOV))
    with pytest.raises(Refused, match="已经有了结论"):
        waiving.consent(boss, again, note="", at=at(NOV), today=NOV)
    owed.refresh_from_db()
    assert owed.waived_at is None


def test_a_done_duty_needs_no_waiver() -> None:
    unit = plant.unit()
    done = duty(plant.dossier(unit), done_on=date(2026, 11, 3))
    with pytest.raises(Refused, match="已经完成"):
        waiving.ask(plant.person(Role.STEWARD, unit), done, reason="停供", at=at(NOV))
