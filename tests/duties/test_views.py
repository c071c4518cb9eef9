"""The pages of the cadence: who reads, who changes, what stands there and what it costs."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import plant
from tests.desk.duties import duty
from tests.duties.closed import closed
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.duties.actions import load_first_policy
from yihu.duties.models import (
    CadenceEdition,
    CalendarCorrection,
    Closure,
    Duty,
    StricterCycle,
    Waiver,
)
from yihu.kit.clock import today

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-23")
    load_first_policy()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.clause("6.2.1")
def test_everybody_who_owes_reads_the_policy_with_its_clauses() -> None:
    reader = signed_in(plant.person(Role.FILLER, plant.unit()))
    answer = reader.get(reverse("duties:policy"))
    assert [row.clause for row in answer.context["rows"]] == [
        "6.2.1", "6.2.1", "6.2.1", "6.2.1", "6.2.1", "6.2.1a", "6.2.1b", "6.2.1c", "6.2.1d",
        "6.2.1e", "6.2.2", "6.1.4", "6.4.2",
    ]  # fmt: skip
    assert not answer.context["sets"]
    for name in ("draft", "begin", "publish"):
        assert reader.post(reverse(f"duties:{name}")).status_code in {302, 403}
    assert CadenceEdition.objects.count() == 1


@pytest.mark.clause("6.2.1")
def test_a_supervisor_drafts_previews_and_publishes() -> None:
    for _ in range(2):
        plant.dossier(plant.unit(), klass=plant.Klass.VIP)
    boss = signed_in(plant.person(Role.SUPERVISOR))
    boss.post(reverse("duties:begin"))
    page = boss.get(reverse("duties:draft"))
    form = page.context["form"]
    sent = {name: form[name].value() for name in form.fields}
    sent |= {"period-review-vip": "month", "effective_on": "2027-01-01", "reason": "每月走访"}
    assert boss.post(reverse("duties:draft"), sent | {"days-rating": "0"}).status_code == 422
    page = boss.post(reverse("duties:draft"), sent, follow=True)
    assert page.context["more"] == 2 * (12 - 4)
    assert "+16" in page.content.decode()
    answer = boss.post(reverse("duties:publish"), follow=True)
    assert [row.number for row in answer.context["editions"]] == [2, 1]
    assert answer.context["current"].number == 1


@pytest.mark.clause("4.3a")
def test_a_steward_tightens_for_the_own_unit_and_ends_it() -> None:
    unit = plant.unit()
    steward = signed_in(plant.person(Role.STEWARD, unit))
    url = reverse("duties:stricter")
    sent = {"line": "rating", "period": "", "due_days": "3", "since": "2026-11-23", "basis": "细则"}
    assert steward.post(url, sent | {"due_days": "9"}).status_code == 422
    assert steward.post(url, sent).status_code == 302
    row = StricterCycle.objects.get()
    assert (row.unit, row.due_days) == (unit, 3)
    mine = steward.get(reverse("duties:policy")).context["rows"]
    assert [row.own for row in mine if row.clause == "6.2.1c"] == ["发生后 3 个工作日内"]
    steward.post(reverse("duties:stricter-end", args=[row.pk]), {"until": "2026-12-01"})
    row.refresh_from_db()
    assert row.until == date(2026, 12, 1)
    assert signed_in(plant.person(Role.FILLER, unit)).post(url, sent).status_code == 403


@pytest.mark.clause("6.2.1")
def test_a_supervisor_corrects_a_day_and_takes_it_back() -> None:
    boss = signed_in(plant.person(Role.SUPERVISOR))
    url = reverse("duties:calendar")
    assert boss.post(url, {"day": "2026-11-30", "working": "no", "note": "停办"}).status_code == 302
    row = CalendarCorrection.objects.get()
    assert row.day > today()
    boss.post(reverse("duties:forget-day", args=[row.pk]))
    assert not CalendarCorrection.objects.exists()


@pytest.mark.clause("6.4.2")
def test_a_waiver_from_the_request_to_the_figures() -> None:
    unit = plant.unit()
    of = plant.dossier(unit)
    owed = duty(of, due_on=date(2026, 11, 30))
    other = duty(plant.dossier(unit), due_on=date(2026, 11, 30))
    steward, boss = (
        signed_in(plant.person(Role.STEWARD, unit)),
        signed_in(plant.person(Role.SUPERVISOR)),
    )
    url = reverse("duties:waive", args=[owed.pk])
    assert url in steward.get(reverse("desk:dossier", args=[of.pk])).content.decode()
    assert steward.post(url, {"reason": ""}).status_code == 422
    assert steward.post(url, {"reason": "全年停产"}).status_code == 302
    row = Waiver.objects.get()
    boss.post(reverse("duties:waiver-consent", args=[row.pk]), {"note": "同意"})
    owed.refresh_from_db()
    assert owed.waived_at is not None
    query = "/timeliness/?since=2026-11&until=2026-11"
    line = next(row for row in boss.get(query).context["board"].lines if row.unit == unit)
    assert (line.whole.waived, line.whole.open, line.whole.percent) == (1, 1, None)
    listed = boss.get(line.whole.waived_url).context["lines"]
    assert [entry.duty for entry in listed] == [owed]
    still = boss.get(line.whole.open_url).context["lines"]
    assert [entry.duty for entry in still] == [Duty.objects.get(pk=other.pk)]


@pytest.mark.clause("6.1.2")
def test_a_closure_from_the_file_to_the_log() -> None:
    unit = plant.unit()
    of = plant.dossier(unit)
    plant.contract(of)
    steward, boss = (
        signed_in(plant.person(Role.STEWARD, unit)),
        signed_in(plant.person(Role.SUPERVISOR)),
    )
    url = reverse("duties:close", args=[of.pk])
    assert url in steward.get(reverse("desk:dossier", args=[of.pk])).content.decode()
    said = {"state": "closed", "ground": "ended", "reason": "不再用气"}
    answer = steward.post(url, said)
    assert answer.status_code == 422
    assert "1 份合同在执行" in answer.content.decode()
    of.contracts.update(terminated_on=date(2026, 9, 30))
    assert steward.post(url, {**said, "reason": ""}).status_code == 422
    owed = duty(of)
    offered = steward.get(url).context["form"].fields["state"].choices
    assert [state for state, _label in offered] == ["dormant"]  # a month is still owed
    Duty.objects.filter(pk=owed.pk).update(waived_at="2026-11-20T08:00+08:00")
    assert steward.post(url, said).status_code == 302
    row = Closure.objects.get()
    assert boss.get(url).context["asked"] == row
    waiting = boss.get(reverse("duties:closures")).context
    assert (waiting["verdict"], waiting["count"]) == ("asked", 1)
    boss.post(reverse("duties:closure-consent", args=[row.pk]), {"note": "同意"})
    of.refresh_from_db()
    assert of.state == "closed"
    assert boss.get(reverse("duties:closures") + "?verdict=consented").context["count"] == 1
    assert boss.get(reverse("duties:closures") + "?verdict=x").status_code == 400
    again = reverse("duties:reopen", args=[of.pk])
    assert steward.post(again, {"reason": ""}).status_code == 422
    assert steward.post(again, {"reason": "恢复供气"}).status_code == 302
    of.refresh_from_db()
    assert of.state == "active"
    page = steward.get(url)
    assert [line.ended_why for line in page.context["history"]] == ["恢复供气"]


@pytest.mark.clause("6.1.2")
def test_a_list_of_closures_costs_the_same_for_one_and_three() -> None:
    unit = plant.unit()
    client = signed_in(plant.person(Role.SUPERVISOR))
    counts = []
    for more in (1, 2):
        for _ in range(more):
            closed(plant.dossier(unit), date(2026, 11, 20))
        client.get(reverse("duties:closures"))
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(reverse("duties:closures"))
        counts.append(len(asked))
    assert len(answer.context["rows"]) == 3
    assert counts[0] == counts[1]


def test_a_list_of_waivers_costs_the_same_for_one_and_three() -> None:
    unit = plant.unit()
    steward = plant.person(Role.STEWARD, unit)
    client = signed_in(plant.person(Role.SUPERVISOR))
    counts = []
    for more in (1, 2):
        for _ in range(more):
            owed = duty(plant.dossier(unit))
            Waiver.objects.create(
                unit=unit, dossier=owed.dossier, duty=owed, reason="停供", asked_by=steward,
                asked_at="2026-11-20T08:00+08:00",
            )  # fmt: skip
        client.get(reverse("duties:waivers"))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = client.get(reverse("duties:waivers"))
        counts.append(len(asked))
    assert len(answer.context["rows"]) == 3
    assert counts[0] == counts[1]
