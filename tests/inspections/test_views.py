"""The pages: each its own part, a fixed number of queries, papers on their way out (§6.4, 4.3b)."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import plant
from tests.dossiers.files import moment
from tests.exports.taking import take_however
from tests.inspections.world import (
    TODAY,
    World,
    a_finding,
    checked,
    planned,
    subject_of,
    vip,
    world,
)
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.inspections import inspecting, rectifying
from yihu.inspections.models import Finding, Inspection
from yihu.kit.scoped import acting

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.4.1")]


@pytest.fixture(autouse=True)
def _on_the_fifth(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")
    settings.MEDIA_ROOT = tmp_path


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def got(client: Client, name: str, *, query: str = "", **kwargs: Any) -> tuple[int, str, int]:
    """Status, text, and how many queries it took."""
    with acting(None), CaptureQueriesContext(connection) as caught:
        answer = client.get(reverse(f"inspections:{name}", kwargs=kwargs) + query)
    return answer.status_code, answer.content.decode(), len(caught)


def sent(w: World, row: Inspection, number: int) -> list[Finding]:
    """So many findings of the unit, in one order."""
    waiting = row.subjects.filter(state="waiting").select_related("dossier")[:number]
    found = [a_finding(w.first, row, subject.dossier, at=moment(5)) for subject in waiting]
    rectifying.order(
        w.first, row, w.gd.unit, due_on=date(2026, 11, 20), text="", at=moment(5), today=TODAY
    )
    return found


@pytest.mark.parametrize("name", ["home", "findings", "orders"])
def test_lists_ask_as_much_for_three_rows_as_for_one(name: str) -> None:
    w = world()
    for _ in range(4):
        vip(w.gd)
    client = signed_in(w.first)
    sent(w, checked(w.first), 1)
    got(client, name)
    _status, _text, one = got(client, name)
    for seed in ("s2", "s3"):
        sent(w, checked(w.first, seed=seed), 1)
    status, _text, three = got(client, name)
    assert (status, three) == (200, one)


@pytest.mark.clause("4.3b")
def test_a_unit_sees_its_own_findings_once_they_are_sent_and_nothing_of_others() -> None:
    w, fj = world(), world("FJ")
    mine, other = vip(w.gd, name="广东的陶瓷有限公司"), vip(fj.gd, name="福建的陶瓷有限公司")
    row = checked(w.first)
    finding = a_finding(w.first, row, mine, at=moment(5))
    a_finding(w.first, row, other, at=moment(5))
    client = signed_in(w.steward)
    assert got(client, "finding", pk=finding.pk)[0] == 404
    assert "广东的" not in got(client, "findings")[1]
    for at in (w, fj):
        rectifying.order(
            w.first, row, at.gd.unit, due_on=date(2026, 11, 20), text="", at=moment(5), today=TODAY
        )
    for name in ("findings", "show", "draw", "order", "finding"):
        keys = {
            "findings": {}, "show": {"pk": row.pk}, "draw": {"pk": row.pk},
            "order": {"pk": finding.inspection.orders.get(unit=w.gd.unit).pk},
            "finding": {"pk": finding.pk},
        }[name]  # fmt: skip
        status, text, _queries = got(client, name, **keys)
        assert status == 200, name
        assert "福建的" not in text, name
    assert "广东的" in got(client, "findings")[1]
    assert got(client, "file", pk=finding.subject_id)[0] == 403
    assert got(signed_in(plant.person(Role.READER, w.gd.unit)), "home")[0] == 403


def test_the_pages_of_an_inspection_stand() -> None:
    w = world()
    file = vip(w.gd)
    row = checked(w.first)
    client = signed_in(w.first)
    finding = a_finding(w.first, row, file, at=moment(5))
    for name, kwargs in (
        ("show", {"pk": row.pk}), ("draw", {"pk": row.pk}), ("checks", {}),
        ("check", {"pk": row.pk, "code": "two_people"}), ("new", {"kind": "monthly"}),
        ("file", {"pk": subject_of(row, file).pk}), ("finding", {"pk": finding.pk}),
    ):  # fmt: skip
        status, text, _queries = got(client, name, **kwargs)
        assert status == 200, name
        assert "§" in text, name
    assert "完全一致" in got(client, "draw", query="?again=1", pk=row.pk)[1]


def test_one_that_is_planned_says_what_its_start_brings() -> None:
    w = world()
    said = "还没有启动"
    client = signed_in(w.first)
    assert said in got(client, "show", pk=planned(w.first).pk)[1]
    assert said not in got(client, "show", pk=checked(w.first).pk)[1]


def test_a_check_is_judged_in_bulk_and_with_a_reason() -> None:
    w = world()
    for _ in range(3):
        vip(w.gd)
    row = checked(w.first)
    client = signed_in(w.first)
    address = reverse("inspections:judge", kwargs={"pk": row.pk, "code": "two_people"})
    one = row.results.filter(check_code="two_people").first()
    assert one is not None
    with acting(None):
        client.post(address, {"result": str(one.pk), "act": "dismiss", "reason": ""})
        client.post(address, {"result": str(one.pk), "act": "dismiss", "reason": "夹具"})
        client.post(address, {"all": "1"})
    states = row.results.filter(check_code="two_people").order_by("state")
    assert [hit.state for hit in states] == ["dismissed", "found", "found"]
    assert Finding.objects.filter(check_code="two_people", serial__in=[1, 2]).count() == 2


def test_the_papers_print() -> None:
    gd = world()
    vip(gd.gd)
    row = checked(gd.first)
    [finding] = sent(gd, row, 1)
    rectifying.reply(gd.steward, finding, text="已改。", root="care", at=moment(6))
    client = signed_in(gd.first)
    order = finding.inspection.orders.get()
    for name, key, head in (
        ("notice", order.pk, b"%PDF"), ("report", order.pk, b"%PDF"), ("round", row.pk, b"%PDF"),
        ("draw-book", row.pk, b"PK"),
    ):  # fmt: skip
        path = reverse(f"inspections:{name}", kwargs={"pk": key})
        answer = take_however(client, gd.first, path, gd.second)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert content.startswith(head), name


def test_the_desk_takes_verdicts_and_findings() -> None:
    w = world()
    file = vip(w.gd)
    row = checked(w.first)
    subject = inspecting.claim(w.first, subject_of(row, file), at=moment(5))
    client = signed_in(w.first)
    here = {"pk": subject.pk}
    with acting(None):
        answer = client.post(
            reverse("inspections:mark", kwargs=here), {"item": "contacts", "verdict": "serious"},
            headers={"HX-Request": "true"},
        )  # fmt: skip
    assert "find-text-contacts" in answer.content.decode()
    with acting(None):
        answer = client.post(
            reverse("inspections:find", kwargs=here),
            {"item": "contacts", "place": "field:contacts", "severity": "3", "cause": "late",
             "text": "", "evidence": ""},
            headers={"HX-Request": "true"},
        )  # fmt: skip
    assert (answer.status_code, "请填写问题" in answer.content.decode()) == (422, True)
    with acting(None):
        client.post(
            reverse("inspections:find", kwargs=here),
            {"item": "contacts", "place": "field:contacts", "severity": "3", "cause": "late",
             "text": "联系人已离职。", "evidence": "六月来函"},
            headers={"HX-Request": "true"},
        )  # fmt: skip
    found = Finding.objects.get()
    assert (found.place, found.severity, found.clause) == ("contacts", 3, "5.1")
