"""The pages of segments, suggestions and the sheet before a visit (§3b, 5.5, 6.2.1d)."""

import re
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from tests import plant
from tests.care.asked import segment, when
from tests.dossiers.files import TODAY, Desk, complete_dossier, desk
from tests.risks.remarked import remark
from tests.visits.held import written
from yihu.access.entering import for_group
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.care import actions
from yihu.care.brief import COLUMNS
from yihu.care.models import Segment, Suggestion
from yihu.visits.actions import Promise, Wish

pytestmark = [pytest.mark.django_db, pytest.mark.clause("3b")]
RUNNING = when("contracts", "ge", "1")


@pytest.fixture
def at() -> Desk:
    return desk()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def sent(**more: str) -> dict[str, Any]:
    return {
        "name": "即将到期", "about": "", "match": "all", "due_visits": "2", "due_level": "top",
        "price_policy": "续签口径", "fact-0": "ends_in", "op-0": "le", "value-0": "90",
        "fact-1": "klass", "op-1": "in", "value-1": ["general", "vip"], "save": "1", **more,
    }  # fmt: skip


def test_a_segment_is_made_tried_and_changed_in_the_browser(at: Desk) -> None:
    plant.contract(plant.dossier(at.unit))
    client = browser(at.filler)
    page = client.post(reverse("care:new"), {**sent(), "try": "1"})
    assert "有 1 户符合" in page.content.decode()
    assert not Segment.objects.exists()
    made = client.post(reverse("care:new"), sent())
    row = Segment.objects.get()
    assert made["Location"] == reverse("care:show", args=[row.pk])
    assert [given["fact"] for given in row.conditions] == ["ends_in", "klass"]
    assert (row.due_visits, row.due_level, row.unit) == (2, "top", at.unit)
    edit = reverse("care:edit", args=[row.pk])
    wrong = client.post(edit, {**sent(), "seen": "1", "value-0": "很快", "reason": "改"})
    assert wrong.status_code == 422
    assert "第 1 个条件：“合同距到期（天）”应为数字" in wrong.content.decode()
    assert client.post(edit, {**sent(), "seen": "1"}).status_code == 422  # no reason
    client.post(edit, {**sent(), "seen": "1", "value-0": "60", "reason": "收紧"})
    row.refresh_from_db()
    assert (row.version, row.conditions[0]["values"]) == (2, ["60"])
    assert "收紧" in client.get(reverse("care:show", args=[row.pk])).content.decode()


def test_a_row_of_the_editor_follows_its_fact(at: Desk) -> None:
    client = browser(at.filler)
    address = reverse("care:condition")
    assert b'inputmode="decimal"' in client.get(address, {"row": 3, "fact-3": "ends_in"}).content
    assert b'type="checkbox"' in client.get(address, {"row": 0, "fact-0": "klass"}).content
    bare = client.get(address, {"row": "x", "fact-0": "ends_in", "op-0": "none"}).content
    assert b'name="value-0"' not in bare
    boss = browser(plant.person(Role.SUPERVISOR))
    assert b"owed_yuan" in client.get(address).content
    assert b"owed_yuan" not in boss.get(address).content


@pytest.mark.parametrize("number", [1, 3])
def test_the_lists_ask_no_more_for_more_rows(
    at: Desk, number: int, django_assert_max_num_queries: Any
) -> None:
    for place in range(number):
        plant.contract(plant.dossier(at.unit))
        segment(at.filler, at.unit, RUNNING, name=f"客群{place}")
    with for_group():
        actions.propose(today=TODAY)
    client = browser(at.filler)
    for name, most in (("care:home", 14), ("care:suggestions", 14)):
        with django_assert_max_num_queries(most):
            assert client.get(reverse(name)).status_code == 200
    with django_assert_max_num_queries(22):
        page = client.get(reverse("care:show", args=[Segment.objects.earliest("name").pk]))
    assert page.context["sum"].customers == number


def test_a_masked_segment_is_named_and_not_opened(at: Desk) -> None:
    made = segment(at.filler, at.unit, when("owed_yuan", "ge", "1"))
    boss = browser(plant.person(Role.SUPERVISOR))
    assert "含隐去的内容" in boss.get(reverse("care:home")).content.decode()
    assert boss.get(reverse("care:show", args=[made.pk])).status_code == 403
    assert boss.get(reverse("care:xlsx", args=[made.pk])).status_code == 403
    assert browser(at.filler).get(reverse("care:show", args=[made.pk])).status_code == 200


def test_an_unknown_filter_is_refused(at: Desk) -> None:
    made = segment(at.filler, at.unit, RUNNING)
    client = browser(at.filler)
    for address in (
        reverse("care:home"), reverse("care:suggestions"), reverse("care:show", args=[made.pk]),
    ):  # fmt: skip
        assert client.get(address, {"sort": "secret"}).status_code == 400
        assert client.get(address, {"after": "!"}).status_code == 400


def test_the_map_the_table_and_the_months_say_the_same(at: Desk) -> None:
    file = plant.dossier(at.unit, region="440100")
    plant.dossier(at.unit, region="")
    plant.month(plant.contract(file), TODAY.replace(month=10, day=1), actual="120")
    made = segment(at.filler, at.unit, when("opened_days", "ge", "0"))
    with for_group():
        actions.reckon_month(today=TODAY)
    page = browser(at.filler).get(reverse("care:show", args=[made.pk]))
    figure = page.context["map"]
    assert [(s.code, s.value, s.url) for s in figure.shades] == [
        ("", 1, ""),
        ("44", 1, "?province=44#list"),
    ]
    said = page.content.decode()
    assert 'id="ca-map" type="application/json"' in said
    assert 'data-map-code="44">广东省</a>' in said
    months = page.context["months"]
    assert [(m.month.isoformat(), m.point and m.point.customers, m.volume and m.volume.wan_m3)
            for m in months] == [("2026-10-01", None, 120), ("2026-11-01", 2, None)]  # fmt: skip
    assert (page.context["pipeline"], page.context["lng"]) == (True, False)


@pytest.mark.clause("5.5")
def test_who_enjoys_a_price_policy_is_told_to_those_who_keep_the_files(at: Desk) -> None:
    plain, favoured = plant.dossier(at.unit), plant.dossier(at.unit)
    favoured.document["price_policy"] = [{"approval": "批复", "until": "2026-12-31"}]
    favoured.save(update_fields=["document"])
    made = segment(at.filler, at.unit, when("opened_days", "ge", "0"), price_policy="一户一策")
    address = reverse("care:show", args=[made.pk])
    page = browser(at.filler).get(address)
    assert (page.context["priced"].enjoying, page.context["priced"].customers) == (1, 2)
    left = browser(at.filler).get(address, {"care": "unpriced"})
    assert [line.dossier.pk for line in left.context["lines"]] == [plain.pk]
    boss = browser(plant.person(Role.SUPERVISOR))
    assert boss.get(address).context["priced"] is None
    assert boss.get(address, {"care": "unpriced"}).status_code == 400


@pytest.mark.clause("5.5")
def test_the_customers_leave_by_the_one_way_out(at: Desk) -> None:
    file = plant.dossier(at.unit, name="广州名单燃气有限公司")
    plant.contract(file)
    made = segment(at.filler, at.unit, RUNNING)
    address = reverse("care:xlsx", args=[made.pk])
    client = browser(at.filler)
    assert client.post(address, {}).status_code == 422
    got = client.post(address, {"purpose": "review"})
    assert got.status_code == 200
    rows = list(openpyxl.load_workbook(BytesIO(got.content)).active.values)
    assert [row[1] for row in rows[:2]] == ["客户", "广州名单燃气有限公司"]
    assert Event.objects.filter(verb="segment.exported").get().data["rows"] == 1
    assert browser(plant.person(Role.READER, at.unit)).get(address).status_code == 403


def test_taking_a_suggestion_up_leads_to_the_plan_of_a_visit(at: Desk) -> None:
    file = plant.dossier(at.unit)
    plant.contract(file)
    with for_group():
        actions.propose(today=TODAY)
    row = Suggestion.objects.get(rule="ending")
    client = browser(at.filler)
    assert "尚无接续合同" in client.get(reverse("care:suggestions")).content.decode()
    went = client.post(reverse("care:take", args=[row.pk]))
    assert went["Location"] == reverse("visits:new", args=[file.pk])
    row.refresh_from_db()
    assert (row.state, row.decided_by_id) == ("taken", at.filler.staff_id)
    assert client.get(reverse("care:suggestions")).context["count"] == 0


@pytest.mark.clause("6.2.1d")
def test_the_sheet_says_who_what_was_promised_and_asked(at: Desk) -> None:
    file = complete_dossier(at)
    plant.month(plant.contract(file), TODAY.replace(month=10, day=1))
    written(at, file)
    with for_group():
        actions.propose(today=TODAY)
    page = browser(at.filler).get(reverse("care:of", args=[file.pk])).content.decode()
    for said in ("王芳", "13800000001", "测算可增供气量", "采暖季增供", "尚无接续合同", "2026-10",
                 "没有未解除的风险备注"):  # fmt: skip
        assert said in page, said
    assert Event.objects.filter(verb="dossier.read", data__page="brief").count() == 1
    got = browser(at.filler).post(reverse("care:brief", args=[file.pk]), {"purpose": "negotiate"})
    paper = PdfReader(BytesIO(got.content))
    text = "".join("".join(sheet.extract_text().split()) for sheet in paper.pages)
    assert len(paper.pages) == 1
    for said in ("王芳", "测算可增供气量", "采暖季增供", "尚无接续合同"):
        assert said in text, said
    assert Event.objects.filter(verb="brief.printed").count() == 1


@pytest.mark.clause("6.2.1d")
def test_the_sheet_is_one_however_much_there_is(at: Desk) -> None:
    file = complete_dossier(at)
    told = "来函告知主生产线拟于明年一季度异地搬迁，搬迁期间用气量可能下降四成。" * 8
    for code in ("contacts", "our_team", "competitors", "supply_mix", "satisfaction", "next_plan"):
        file.document[code] = [dict.fromkeys(COLUMNS[code], told[:60]) for _row in range(30)]
    file.save(update_fields=["document"])
    for _contract in range(30):
        plant.contract(file)
    written(
        at, file, conclusions=told,
        promises=[Promise("ours", told[:200], due_on=date(2026, 11, 20)) for _row in range(20)],
        wishes=[Wish("supply", told[:200]) for _row in range(20)],
    )  # fmt: skip
    for _remark in range(10):
        remark(at, file, facts=told, measures=told)
    got = browser(at.filler).post(reverse("care:brief", args=[file.pk]), {"purpose": "negotiate"})
    paper = PdfReader(BytesIO(got.content))
    text = "".join("".join(sheet.extract_text().split()) for sheet in paper.pages)
    assert len(paper.pages) == 1
    for said in ("联系人", "未办结的承诺", "未落实的诉求", "未解除的风险", "履行中的合同"):
        assert said in text, said
    left = [int(number) for number in re.findall(r"另有(\d+)条", text)]
    assert len(left) >= 5
    assert {30, 20, 10} >= {number + 2 for number in left}


@pytest.mark.clause("5.5")
def test_the_sheet_masks_what_the_file_masks(at: Desk) -> None:
    file = complete_dossier(at)
    plant.month(plant.contract(file), TODAY.replace(month=10, day=1))
    reader, boss = plant.person(Role.READER, at.unit), plant.person(Role.SUPERVISOR)
    for who, knows in ((reader, False), (boss, True)):
        page = browser(who).get(reverse("care:of", args=[file.pk])).content.decode()
        assert "13800000001" not in page
        assert "均价" not in page
        assert "已隐去" in page
        assert ("未解除的风险" in page) is knows
    address = reverse("care:brief", args=[file.pk])
    assert browser(reader).get(address).status_code == 403
