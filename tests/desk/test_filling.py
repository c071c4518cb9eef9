"""The filling form over HTTP: autosave, conflicts, conclusions, submit, many at once."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.desk.duties import duty
from tests.dossiers.files import SECTIONS, Desk, approved, complete_dossier, desk
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier, Draft, Submission
from yihu.duties.choices import DutyKind

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def save(client: Client, dossier: Dossier, values: dict[str, Any], **seen: Any) -> Any:
    return client.post(
        reverse("desk:fill-save", args=[dossier.pk]),
        json.dumps({"values": values, "seen": seen}),
        content_type="application/json",
    )


def at_work() -> tuple[Desk, Dossier, Client]:
    gd = desk()
    return gd, complete_dossier(gd), entered(gd.filler)


def test_the_form_shows_each_section_with_what_is_stored() -> None:
    _gd, dossier, client = at_work()
    page = client.get(reverse("desk:fill", args=[dossier.pk]))
    assert page.status_code == 200
    assert 'value="李明"' in page.text
    assert "依据 §6.1.4" in page.text
    other = client.get(reverse("desk:fill", args=[dossier.pk]), {"section": "cooperation"})
    assert "自 2022 年起采购天然气" in other.text
    assert client.get(reverse("desk:fill", args=[dossier.pk]), {"section": "x"}).status_code == 400


def test_a_file_that_a_field_holds_is_named_in_its_section() -> None:
    _gd, dossier, client = at_work()
    dossier.document["class_basis"] = {"name": "客户分类认定批复.pdf"}
    dossier.save(update_fields=["document"])
    pages = [
        client.get(reverse("desk:fill", args=[dossier.pk]), {"section": section})
        for section in SECTIONS
    ]
    assert {page.status_code for page in pages} == {200}
    assert sum("客户分类认定批复.pdf" in page.text for page in pages) == 1


def test_autosave_answers_with_what_it_kept() -> None:
    _gd, dossier, client = at_work()
    answer = save(client, dossier, {"reg_capital": "3600万", "legal_rep": ""}, legal_rep="李明")
    assert answer.status_code == 200
    kept = answer.json()
    assert kept["saved"]["reg_capital"] == {
        "value": "3600.00",
        "text": "3600.00",
        "changed": True,
        "was": "3,000.00 万元",
        "problems": [],
    }
    assert [gap["code"] for gap in kept["progress"]["gaps"]] == ["legal_rep"]
    assert kept["conflicts"] == []


def test_a_conflict_shows_both_values() -> None:
    gd, dossier, client = at_work()
    other = entered(plant.person(Role.FILLER, gd.unit))
    save(client, dossier, {"legal_rep": "甲"}, legal_rep="李明")
    (clash,) = save(other, dossier, {"legal_rep": "乙"}, legal_rep="李明").json()["conflicts"]
    assert (clash["theirs_shown"], clash["mine_shown"]) == ("甲", "乙")
    assert clash["by"] == gd.filler.staff.name
    assert Draft.objects.get().changes == {"legal_rep": "甲"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[]", 400),
        ('{"values": {}}', 400),
        ('{"values": [], "seen": {}}', 400),
        ('{"values": {"legal_rep": "\\u0000"}, "seen": {}}', 422),
        ('{"values": {"cust_class": "vip"}, "seen": {}}', 422),
        ("[" * 100_000, 400),
    ],
)
def test_bad_bodies_are_refused_and_change_nothing(body: str, status: int) -> None:
    _gd, dossier, client = at_work()
    answer = client.post(
        reverse("desk:fill-save", args=[dossier.pk]), body, content_type="application/json"
    )
    assert answer.status_code == status
    assert not Draft.objects.exists()


def test_html_typed_is_text_on_the_page() -> None:
    _gd, dossier, client = at_work()
    save(client, dossier, {"legal_rep": "<img src=x onerror=alert(1)>"})
    page = client.get(reverse("desk:fill", args=[dossier.pk]))
    assert "<img src=x" not in page.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in page.text


def test_submit_is_blocked_with_what_is_missing_then_goes_through() -> None:
    _gd, dossier, client = at_work()
    save(client, dossier, {"legal_rep": ""})
    blocked = client.post(reverse("desk:fill-submit", args=[dossier.pk]))
    assert blocked.status_code == 422
    assert "“法定代表人”必填。" in blocked.text
    save(client, dossier, {"legal_rep": "甲"})
    done = client.post(reverse("desk:fill-submit", args=[dossier.pk]))
    assert (done.status_code, done["Location"]) == (302, reverse("desk:dossier", args=[dossier.pk]))
    page = client.get(reverse("desk:fill", args=[dossier.pk]))
    assert "提交审核，审核期间不能改动" in page.text
    assert save(client, dossier, {"legal_rep": "乙"}).status_code == 409
    client.post(reverse("desk:fill-withdraw", args=[dossier.pk]))
    assert save(client, dossier, {"legal_rep": "乙"}).status_code == 200


def test_unchanged_section_by_section() -> None:
    gd, dossier, client = at_work()
    approved(gd, dossier)
    for section in SECTIONS:
        answer = client.post(
            reverse("desk:fill-mark", args=[dossier.pk]),
            {"section": section, "basis": "已电话核实"},
        )
        assert answer.status_code == 302
    assert answer["Location"].endswith("?section=interviews")
    client.post(reverse("desk:fill-submit", args=[dossier.pk]))
    assert Submission.objects.filter(plain=True, decision="").count() == 1


def test_many_at_once() -> None:
    gd, dossier, client = at_work()
    approved(gd, dossier)
    owed = duty(dossier, kind=DutyKind.REVIEW)
    page = client.get(reverse("desk:confirm-many"))
    assert dossier.name_full in page.text
    done = client.post(
        reverse("desk:confirm"), {"dossier": [str(dossier.pk)], "basis": "已电话核实"}
    )
    assert "已提交 1 份，等待审核。" in done.text
    assert dossier.name_full not in client.get(reverse("desk:confirm-many")).text
    assert owed.pk


def test_others_do_not_get_in() -> None:
    gd, dossier, _client = at_work()
    fj = desk("FJ")
    assert entered(fj.filler).get(reverse("desk:fill", args=[dossier.pk])).status_code == 404
    assert save(entered(fj.filler), dossier, {"legal_rep": "x"}).status_code == 404
    for role in (Role.READER, Role.CUSTODIAN, Role.REVIEWER):
        inside = entered(plant.person(role, gd.unit))
        assert inside.get(reverse("desk:fill", args=[dossier.pk])).status_code == 403
    foreign = entered(fj.filler).post(
        reverse("desk:confirm"), {"dossier": [str(dossier.pk)], "basis": "x"}
    )
    assert foreign.status_code == 404
    assert not Draft.objects.exists()


def test_the_last_version_is_fetched_back() -> None:
    gd, dossier, client = at_work()
    approved(gd, dossier)
    save(client, dossier, {"legal_rep": "甲", "coop_summary": "改了"})
    client.post(reverse("desk:fill-take-last", args=[dossier.pk]), {"section": "basic"})
    assert Draft.objects.get(state="open").changes == {"coop_summary": "改了"}


def test_regions_for_the_cascade() -> None:
    _gd, _dossier, client = at_work()
    names = client.get(reverse("desk:regions")).json()
    assert (names["440000"], names["440100"], names["440112"]) == ("广东省", "广州市", "黄埔区")
