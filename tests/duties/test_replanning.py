"""Of many files, a decision of the group stands at once and a job plans unit by unit (§6.2.1)."""

import json
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.duties.test_actions import at, came
from tests.duties.test_cadence import NOV, drafted
from yihu.access.entering import for_group
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.customers.rules import Klass
from yihu.duties import cadence, jobs, replanning
from yihu.duties.actions import load_first_policy, refresh
from yihu.duties.choices import ReplanState
from yihu.duties.models import CadenceEdition, Duty, Replan
from yihu.kit.clock import now
from yihu.notices.models import Notice
from yihu.notices.words import say
from yihu.org.models import OrgUnit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", NOV.isoformat())
    monkeypatch.setattr(replanning, "LARGE", 0)
    load_first_policy()


def queued() -> list[Any]:
    with for_group(), connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'duties.replan'")
        return [json.loads(row[0]) for row in cursor.fetchall()]


def owed() -> list[tuple[str, str]]:
    rows = Duty.objects.filter(dropped_at=None).order_by("unit__code")
    return [(row.unit.code, str(row.period_end)) for row in rows.select_related("unit")]


@pytest.mark.clause("6.2.1")
def test_an_edition_stands_when_it_is_published_and_a_job_plans_every_unit_once() -> None:
    units = [plant.unit(code, live_from=date(2026, 10, 1)) for code in ("GD", "FJ")]
    for unit in units:
        came(plant.dossier(unit, klass=Klass.VIP), date(2026, 1, 5))
    refresh(NOV)
    quarters = [("FJ", "2026-12-31"), ("GD", "2026-12-31")]
    assert owed() == quarters
    boss = plant.person(Role.SUPERVISOR)
    draft = drafted(boss, NOV, rating=("event", 3))
    client = Client()
    client.force_login(boss)
    Duty.objects.all().delete()  # what the job will have to do
    cadence.publish(boss, draft, at=at(NOV), today=NOV)
    assert CadenceEdition.objects.get(pk=draft.pk).published_by == boss
    run = Replan.objects.get()
    assert (run.why, run.asked_by, run.units, run.done) == ("policy.published", boss, 2, 0)
    assert queued() == [{"replan_id": run.pk}]
    assert owed() == []
    page, asks = reverse("duties:policy"), reverse("duties:replan")
    assert "0 / 2 个单位" in client.get(page).text
    assert "0 / 2 个单位" in client.get(asks).text
    for _twice in range(2):
        jobs.replan(replan_id=run.pk)
    assert owed() == quarters
    run.refresh_from_db()
    assert (run.state, run.done) == (ReplanState.DONE, 2)
    text = client.get(asks).text
    assert "2 个单位的更新任务都已重排" in text
    assert "hx-get" not in text
    assert "重排" not in client.get(page).text
    assert Event.objects.filter(verb="duties.replanned").count() == 1
    assert [say(row) for row in Notice.objects.filter(user=boss)] == [
        "各单位的更新任务已按您的决定重排"
    ]


@pytest.mark.clause("6.2.1")
def test_a_job_that_died_in_mid_way_goes_on_and_one_that_breaks_says_so() -> None:
    for code in ("GD", "FJ"):
        came(
            plant.dossier(plant.unit(code, live_from=date(2026, 10, 1)), klass=Klass.VIP),
            date(2026, 1, 5),
        )
    boss = plant.person(Role.SUPERVISOR)
    cadence.correct_day(
        boss, date(2026, 12, 30), working=False, note="国办发明电", at=at(NOV), today=NOV
    )
    run = Replan.objects.get()
    refresh(NOV, unit_id=OrgUnit.objects.get(code="GD").pk)  # so far it came, and died
    Replan.objects.update(done=1)
    jobs.replan(replan_id=run.pk)
    assert owed() == [("FJ", "2026-12-31"), ("GD", "2026-12-31")]
    run.refresh_from_db()
    assert (run.state, run.done) == (ReplanState.DONE, 2)

    second = replanning.replan(boss.pk, "calendar.corrected", today=NOV)
    assert second is not None
    replanning.give_up(second.pk, at=now())
    jobs.replan(replan_id=second.pk)
    second.refresh_from_db()
    assert (second.state, second.done) == (ReplanState.FAILED, 0)
    verbs = Notice.objects.filter(user=boss).order_by("told_at").values_list("verb", flat=True)
    assert list(verbs) == ["duties.replanned", "duties.replan_failed"]


@pytest.mark.clause("4.3a")
def test_a_units_own_rule_stands_at_once_and_a_job_plans_that_unit_alone() -> None:
    units = [plant.unit(code, live_from=date(2026, 10, 1)) for code in ("GD", "FJ")]
    for unit in units:
        came(plant.dossier(unit, klass=Klass.VIP), date(2026, 1, 5))
    refresh(NOV)
    steward, other = (plant.person(Role.STEWARD, unit) for unit in units)
    client, elsewhere = Client(), Client()
    client.force_login(steward)
    elsewhere.force_login(other)
    answer = client.post(
        reverse("duties:stricter"),
        {
            "line": "review-vip",
            "period": "month",
            "since": NOV.isoformat(),
            "basis": "本单位细则第三条",
        },
        follow=True,
    )
    assert "0 / 1 个单位" in answer.text
    assert "个单位" not in elsewhere.get(reverse("duties:replan")).text
    run = Replan.objects.get()
    assert (run.why, run.of_unit, run.asked_by) == ("cycle.tightened", units[0], steward)
    Duty.objects.all().delete()  # what the job will have to do, and what it leaves alone
    jobs.replan(replan_id=run.pk)
    assert {code for code, _ in owed()} == {"GD"}
    assert "1 个单位的更新任务都已重排" in client.get(reverse("duties:replan")).text
