"""From each duty to the page on which it is done; from a group to what is done in one go."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.desk.duties import duty
from tests.dossiers.files import TODAY, approved, complete_dossier, desk, moment
from tests.risks.remarked import remark
from tests.visits.held import planned, written
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.duties.actions import load_first_policy
from yihu.duties.choices import DutyKind
from yihu.duties.models import Duty
from yihu.visits import actions as visits

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.2.1")]


@pytest.fixture(autouse=True)
def _day(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setenv("YIHU_TODAY", TODAY.isoformat())
    load_first_policy()


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def shown(client: Client, **conditions: str) -> list[tuple[str, str]]:
    """Label and address of the way of each duty of the list, sorted."""
    lines = client.get(reverse("desk:duties"), conditions).context["lines"]
    return sorted((str(line.way.label), line.way.url) for line in lines if line.way is not None)


def test_each_duty_leads_to_where_it_is_done() -> None:
    gd = desk()
    file = complete_dossier(gd)
    duty(file)
    duty(file, kind=DutyKind.REVIEW)
    duty(file, start=date(2026, 9, 1), done_on=date(2026, 10, 20))
    found = remark(gd, file, check_on=date(2026, 11, 20))
    held = planned(gd, file)
    visits.hold(gd.filler, held, held_on=TODAY, at=moment(), today=TODAY)
    talk = written(gd, file)
    promise = talk.followups.get()
    client = entered(gd.filler)
    ways = shown(client, state="todo")
    assert ways == sorted([
        ("导入量、价", f"{reverse('intake:new')}?kind=offtake&month=2026-10"),
        ("填报", reverse("desk:fill", args=[file.pk])),
        ("复核风险", reverse("risks:review", args=[found.pk])),
        ("整理纪要", reverse("visits:write", args=[held.pk])),
        ("登记进展", f"{reverse('visits:show', args=[talk.pk])}#followup-{promise.pk}"),
    ])  # fmt: skip
    assert all(client.get(url).status_code == 200 for _label, url in ways)
    assert shown(client, state="done") == []
    finding = uuid4()
    Duty.objects.create(
        unit=gd.unit, dossier=file, kind=DutyKind.RECTIFICATION, source="rectification",
        subject_id=finding, period_start=TODAY, period_end=TODAY, due_on=TODAY,
    )  # fmt: skip
    righted = ("回复整改", reverse("inspections:finding", args=[finding]))
    assert shown(client, kind="rectification") == [righted]
    for role in (Role.REVIEWER, Role.SUPERVISOR):
        assert shown(entered(plant.person(role, gd.unit)), state="todo") == []


def test_together_are_confirmed_the_reviews_that_can_be() -> None:
    gd = desk()
    ready, new = complete_dossier(gd), complete_dossier(gd)
    approved(gd, ready)
    for file in (ready, new):
        duty(file, kind=DutyKind.REVIEW)
    remark(gd, ready)
    client = entered(gd.filler)

    def groups(at: Client) -> list[tuple[str, int, int]]:
        return [(row.kind, row.open, row.confirms) for row in at.get("/").context["groups"]]

    assert sorted(groups(client)) == [("review", 2, 1), ("risk", 1, 0)]
    page = client.get("/").text
    assert page.count("批量核对") == page.count("逐项办理") == 1
    client.post(reverse("desk:confirm"), {"dossier": [str(ready.pk)], "basis": "已电话核实"})
    assert sorted(groups(client)) == [("review", 2, 0), ("risk", 1, 0)]
    assert "批量核对" not in client.get("/").text
    checking = entered(gd.reviewer)
    assert sorted(groups(checking)) == [("review", 2, 0), ("risk", 1, 0)]
    assert "逐项办理" not in checking.get("/").text
