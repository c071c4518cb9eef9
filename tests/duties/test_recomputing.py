"""What stands is what the facts give, also of closed files and of facts that were corrected."""

from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from tests import plant
from tests.dossiers.files import complete_dossier, desk, moment
from tests.duties.closed import closed
from tests.duties.test_actions import approved, at, came
from tests.duties.test_events import NOV, changed, events, signed
from tests.visits.held import written
from yihu.access.models import User
from yihu.contracts.models import Contract
from yihu.dossiers.models import Dossier
from yihu.duties.actions import load_first_policy, refresh
from yihu.duties.models import Duty
from yihu.duties.recomputing import Recomputed, recompute
from yihu.guide.actions import load_first_edition
from yihu.visits import following
from yihu.visits.models import Followup, Visit

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.4.2")]
FIFTH = date(2026, 11, 5)


@pytest.fixture(autouse=True)
def _policy(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    load_first_edition()
    load_first_policy()


def same(as_of: date = NOV) -> Recomputed:
    """Recomputed, and nothing is astray; twice, as nothing is changed by it."""
    found = recompute(as_of)
    assert (found.unlike, found.astray) == ([], [])
    assert recompute(as_of) == found
    return found


def promised(monkeypatch: pytest.MonkeyPatch) -> tuple[Dossier, Followup, User]:
    """A file with a promise due on 2026-11-20, made on the fifth."""
    monkeypatch.setenv("YIHU_TODAY", f"{FIFTH}")
    gd = desk()
    file = complete_dossier(gd)
    written(gd, file)
    return file, Followup.objects.get(), gd.filler


def promises(of: Dossier) -> list[tuple[str, str, bool]]:
    """(source, due, whether done) of what stands of the file's promises and their results."""
    rows = Duty.objects.filter(dossier=of, source__startswith="visit_", dropped_at=None)
    return [
        (row.source, str(row.due_on), row.done_at is not None)
        for row in rows.order_by("period_start", "due_on", "source")
    ]


def test_of_a_closed_file_what_was_done_and_waived_is_what_the_facts_give() -> None:
    of = plant.dossier(plant.unit())
    came(of, date(2026, 10, 1))
    plant.month(plant.contract(of, ends_on=date(2026, 10, 31)), date(2026, 10, 1))
    changed(of, date(2026, 10, 12))
    changed(of, date(2026, 10, 26))
    refresh(date(2026, 10, 27))
    waived = Duty.objects.get(dossier=of, kind="basic_change", period_start="2026-10-12")
    Duty.objects.filter(pk=waived.pk).update(waived_at=at(date(2026, 10, 27)))
    approved(of, at(date(2026, 10, 28)))
    refresh(date(2026, 11, 2))
    closed(of, date(2026, 11, 3))
    refresh(NOV)
    assert events(of)[-1] == ("basic_change", "2026-10-26", "2026-11-02", True)
    same()


@pytest.mark.clause("6.2.1d")
def test_each_result_of_a_promise_that_was_opened_again_asks_for_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file, row, by = promised(monkeypatch)
    following.result(by, row, text="已答复", at=moment(6))
    approved(file, moment(7))
    refresh(date(2026, 11, 9))
    first = [("visit_followup", "2026-11-20", True), ("visit_result", "2026-11-13", True)]
    assert promises(file) == first
    following.reopen(
        by, row, text="客户未收到", due_on=date(2026, 11, 27), at=moment(9), today=date(2026, 11, 9)
    )
    refresh(date(2026, 11, 9))
    assert promises(file) == [*first, ("visit_followup", "2026-11-27", False)]
    following.result(by, row, text="已再次答复", at=moment(10))
    refresh(date(2026, 11, 10))
    again = [("visit_followup", "2026-11-27", True), ("visit_result", "2026-11-17", False)]
    assert promises(file) == [*first, *again]
    assert same(date(2026, 11, 10)).kept == 0


@pytest.mark.clause("6.2.1d")
def test_a_day_set_once_it_was_late_leaves_it_late(monkeypatch: pytest.MonkeyPatch) -> None:
    file, row, by = promised(monkeypatch)
    following.postpone(
        by, row, text="等资源池", due_on=date(2026, 11, 24), at=moment(16), today=date(2026, 11, 16)
    )
    refresh(date(2026, 11, 16))
    assert promises(file) == [("visit_followup", "2026-11-24", False)]
    following.postpone(
        by, row, text="再等", due_on=date(2026, 12, 4), at=moment(26), today=date(2026, 11, 26)
    )
    refresh(date(2026, 11, 26))
    assert promises(file) == [("visit_followup", "2026-11-24", False)]
    assert same(date(2026, 11, 26)).kept == 0


@pytest.mark.clause("6.2.1a", "6.2.1b")
def test_a_signing_is_judged_once_whatever_day_is_told_later(
    capsys: pytest.CaptureFixture[str],
) -> None:
    of = plant.dossier(plant.unit())
    came(of, date(2026, 10, 1))
    signed(of, date(2026, 10, 12))
    approved(of, at(date(2026, 10, 20)))
    refresh(NOV)
    judged = [("new_customer", "2026-10-12", "2026-10-26", True)]
    assert events(of) == judged
    Contract.objects.update(signed_on=date(2026, 10, 22))
    refresh(NOV)
    assert events(of) == judged
    assert same().kept == 1
    call_command("duties", "recompute", as_of=NOV)
    assert "1 项在合同或访谈日期更正之前已判定" in capsys.readouterr().out


def test_a_month_that_was_done_stays_done_when_its_contract_ended_before_it() -> None:
    of = plant.dossier(plant.unit())
    came(of, date(2026, 10, 1))
    contract = plant.contract(of)
    plant.month(contract, date(2026, 10, 1))
    refresh(NOV)
    Contract.objects.filter(pk=contract.pk).update(
        ends_on=date(2026, 9, 30), changed_at=at(date(2027, 1, 1))
    )
    refresh(NOV)
    assert Duty.objects.get(kind="offtake", dropped_at=None).done_at is not None
    assert same().kept == 1


@pytest.mark.clause("6.2.1d")
def test_minutes_are_judged_by_the_day_that_was_told_then(monkeypatch: pytest.MonkeyPatch) -> None:
    file, _row, _by = promised(monkeypatch)
    day = Duty.objects.get(dossier=file, source="visit").period_start
    Visit.objects.update(held_on=date(2026, 11, 4), changed_at=at(date(2027, 1, 1)))
    refresh(NOV)
    assert Duty.objects.get(dossier=file, source="visit").period_start == day
    assert same().kept == 1


def test_a_doctored_row_of_a_corrected_fact_is_named_all_the_same() -> None:
    of = plant.dossier(plant.unit())
    came(of, date(2026, 10, 1))
    signed(of, date(2026, 10, 12))
    approved(of, at(date(2026, 10, 20)))
    refresh(NOV)
    Duty.objects.filter(source="new_customer").update(done_at=at(date(2026, 11, 20)))
    (named,) = recompute(NOV).astray
    assert named.kind == "new_customer"
