"""What visits and risk remarks ask for, at once when the deed happens (§6.2.1d, 6.2.2)."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests import plant
from tests.dossiers.files import TODAY, approved, complete_dossier, desk, moment
from tests.risks.remarked import remark
from tests.visits.held import planned, written
from yihu.access.entering import for_person
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier
from yihu.duties.actions import load_first_policy, refresh
from yihu.duties.models import Duty
from yihu.notices.models import Notice
from yihu.notices.words import say
from yihu.risks import actions as risks
from yihu.visits import actions as visits
from yihu.visits import following

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setenv("YIHU_TODAY", TODAY.isoformat())
    load_first_policy()


def owed(of: Dossier) -> list[tuple[str, str, bool]]:
    """(source, due, whether done) of what events brought and stands; the sweep adds nothing."""
    found = standing(of)
    refresh(TODAY)
    assert standing(of) == found
    return found


def standing(of: Dossier) -> list[tuple[str, str, bool]]:
    rows = Duty.objects.filter(dossier=of, dropped_at=None).exclude(source="")
    return [
        (row.source, str(row.due_on), row.done_at is not None)
        for row in rows.order_by("due_on", "source")
    ]


@pytest.mark.clause("6.2.1d")
def test_a_visit_asks_for_its_minutes_and_each_result_for_the_file() -> None:
    gd = desk()
    file = complete_dossier(gd)
    visit = planned(gd, file, on=TODAY)
    assert owed(file) == []
    visits.hold(gd.filler, visit, held_on=TODAY, at=moment(), today=TODAY)
    assert owed(file) == [("visit", "2026-11-12", False)]
    visit.refresh_from_db()
    written(gd, file, visit, seen=visit.revision, held_on=TODAY)
    promise = visit.followups.get()
    assert owed(file) == [("visit", "2026-11-12", True), ("visit_followup", "2026-11-20", False)]
    following.result(gd.filler, promise, text="可增供 300 万立方米，客户已知悉。", at=moment())
    assert owed(file) == [
        ("visit", "2026-11-12", True),
        ("visit_result", "2026-11-12", False),
        ("visit_followup", "2026-11-20", True),
    ]
    approved(gd, file, at_time=moment(6))
    assert owed(file)[1] == ("visit_result", "2026-11-12", True)


@pytest.mark.clause("6.2.1d")
def test_a_cancelled_visit_asks_for_nothing() -> None:
    gd = desk()
    file = complete_dossier(gd)
    visit = planned(gd, file)
    visits.cancel(gd.filler, visit, reason="客户改期", at=moment())
    refresh(date(2026, 12, 1))
    assert owed(file) == []


@pytest.mark.clause("6.2.2")
def test_each_check_of_a_remark_is_one_duty_until_it_is_lifted() -> None:
    gd = desk()
    file = plant.dossier(gd.unit, filler=gd.filler.staff)
    made = remark(gd, file, check_on=date(2026, 11, 20))
    assert owed(file) == [("risk_check", "2026-11-20", False)]
    risks.check_remark(
        gd.filler, made, found="已回款一半", level=1, state="mitigated", verified_by="法务部 陈明",
        next_check_on=date(2026, 12, 18), at=moment(5, 10), today=TODAY,
    )  # fmt: skip
    both = [("risk_check", "2026-11-20", True), ("risk_check", "2026-12-18", False)]
    assert owed(file) == both
    refresh(TODAY)
    assert owed(file) == both
    made.refresh_from_db()
    risks.ask_lift(gd.filler, made, reason="全部回款", at=moment(5, 11))
    told = [say(row) for row in Notice.objects.filter(user=gd.reviewer)]
    assert told == ["有一条风险备注申请解除，等您审批"]
    made.refresh_from_db()
    risks.decide_lift(gd.reviewer, made, consent=True, note="属实", at=moment(5, 12), today=TODAY)
    assert owed(file) == [("risk_check", "2026-11-20", True)]


@pytest.mark.clause("6.2.2")
def test_a_reader_of_the_unit_does_not_learn_of_a_remark_by_its_duty() -> None:
    gd = desk()
    file = plant.dossier(gd.unit, filler=gd.filler.staff)
    remark(gd, file)
    with for_person(gd.filler.pk):
        assert Duty.objects.filter(kind="risk").count() == 1
    with for_person(plant.person(Role.READER, gd.unit).pk):
        assert Dossier.objects.filter(pk=file.pk).exists()
        assert Duty.objects.filter(kind="risk").count() == 0
