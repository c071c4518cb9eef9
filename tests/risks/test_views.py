"""Risks over HTTP: who may know, the register, the forms, the check before signing."""

import io
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from tests import plant
from tests.dossiers.files import TODAY, Desk, approved, complete_dossier, desk, moment
from tests.exports.taking import take, take_agreed
from tests.risks.remarked import FACTS, remark
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.scope import CORE, PRICED
from yihu.audit.models import Event
from yihu.dossiers.models import Dossier
from yihu.exports.models import TakeoutFile
from yihu.grants.models import Grant
from yihu.risks import actions
from yihu.risks.models import Proposal, Remark

pytestmark = pytest.mark.django_db
REGISTER, CHECK, API = reverse("risks:register"), reverse("risks:check"), reverse("risk-check")


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def at_work() -> tuple[Desk, Dossier, Client]:
    gd = desk()
    return gd, plant.dossier(gd.unit, name="广州凯能陶瓷有限公司"), entered(gd.filler)


def numbers(client: Client, **query: str) -> list[str]:
    answer = client.get(REGISTER, query)
    assert answer.status_code == 200, answer.text
    return [row.number for row in answer.context["page"].rows]


def form(at: Desk, **more: Any) -> dict[str, Any]:
    return {
        "kind": "c", "level": "2", "found_on": "2026-11-02", "found_how": "月度对账",
        "facts": FACTS, "owner": str(at.filler.staff_id), "next_check_on": "2026-12-01", **more,
    }  # fmt: skip


@pytest.mark.clause("6.2.2")
def test_filters_find_remarks() -> None:
    gd, dossier, client = at_work()
    remark(gd, dossier, level=3)
    lifting = remark(gd, plant.dossier(gd.unit, name="广州南华能源有限公司"), kind="b", level=1)
    actions.ask_lift(gd.filler, lifting, reason="结清", at=moment())
    assert numbers(client, level="3") == ["险2026-0001"]
    assert numbers(client, kind="b") == ["险2026-0002"]
    assert numbers(client, due="lifting") == ["险2026-0002"]
    assert numbers(client, customer="南华") == ["险2026-0002"]
    assert numbers(client, state="pending") == []
    assert numbers(client, sort="-level") == ["险2026-0001", "险2026-0002"]
    for bad in ({"kind": "e"}, {"after": "?"}, {"colour": "red"}):
        assert client.get(REGISTER, bad).status_code == 400


def test_one_row_and_three_ask_the_same_queries() -> None:
    gd, dossier, client = at_work()

    def propose(occasion: str) -> None:
        Proposal.objects.create(
            unit=gd.unit, dossier=dossier, rule="registration", occasion=occasion, level=1,
            figures={"status": "revoked"}, found_on=TODAY,
        )  # fmt: skip

    addresses = (
        REGISTER, reverse("risks:proposals"), reverse("risks:of", args=[dossier.pk]),
        reverse("desk:dossiers"), reverse("desk:search") + "?q=广州", reverse("letters:register"),
    )  # fmt: skip

    def asked() -> list[int]:
        counts = []
        for address in addresses:
            with CaptureQueriesContext(connection) as seen:
                assert client.get(address).status_code == 200
            counts.append(len(seen))
        return counts

    remark(gd, dossier)
    propose("一")
    asked()
    one = asked()
    for word in ("二", "三"):
        remark(gd, plant.dossier(gd.unit, name=f"广州{word}号燃气有限公司"))
        remark(gd, dossier, level=3)
        propose(word)
    assert asked() == one


@pytest.mark.clause("6.2.2")
def test_a_remark_is_raised_checked_corrected_and_lifted_by_forms() -> None:
    gd, dossier, client = at_work()
    contract = plant.contract(dossier)
    new = reverse("risks:new", args=[dossier.pk])
    offered = client.get(new, {"contract": str(contract.pk)}).text
    assert f'value="{contract.pk}" id="id_contracts_0" checked' in offered
    wrong = client.post(new, form(gd, facts="", loss_yuan="-1"))
    assert (wrong.status_code, Remark.objects.count()) == (422, 0)
    assert [said in wrong.text for said in ("请填写事实。", "损失金额不能为负数")] == [True, True]
    answer = client.post(new, form(gd, contracts=[str(contract.pk)], loss_yuan="1250000"))
    made = Remark.objects.get()
    show = reverse("risks:show", args=[made.pk])
    assert answer["Location"] == show
    page = client.get(show).text
    for said in (FACTS, contract.number, "1,250,000.00 元", "待核实", "核心商密"):
        assert said in page, said
    review = reverse("risks:review", args=[made.pk])
    checked = {"found": "已核实", "level": "3", "state": "active", "next_check_on": "2026-12-09"}
    assert "请填写核实人" in client.post(review, checked).text
    client.post(review, {**checked, "verified_by": "陈明"})
    assert "较重 → 严重" in client.get(show).text
    correct = reverse("risks:correct", args=[made.pk])
    client.post(correct, form(gd, facts="八月货款未付", verified_by="陈明", reason="月份录错"))
    assert f"<del>{FACTS}</del>" in client.get(show).text
    client.post(reverse("risks:lift", args=[made.pk]), {"reason": "结清"})
    decide = reverse("risks:decide", args=[made.pk])
    assert entered(gd.reviewer).post(decide, {"consent": "yes"}).status_code == 302
    assert numbers(client, state="lifted") == [made.number]
    assert "复核</a>" not in client.get(show).text
    assert Event.objects.filter(verb="risk.read").count() == 4


def test_a_proposal_fills_the_form_in_and_is_accepted_by_it() -> None:
    gd, dossier, client = at_work()
    found = Proposal.objects.create(
        unit=gd.unit, dossier=dossier, rule="registration", occasion="revoked", level=3,
        figures={"status": "revoked"}, found_on=TODAY,
    )  # fmt: skip
    found.refresh_from_db()
    new = reverse("risks:new", args=[dossier.pk])
    page = client.get(new, {"proposal": str(found.pk)})
    assert page.context["form"].initial["facts"] == "登记状态为“吊销”。"
    client.post(new, form(gd, proposal=str(found.pk)))
    found.refresh_from_db()
    assert found.state == "accepted"
    assert "没有待处理的提示" in client.get(reverse("risks:proposals")).text


@pytest.mark.clause("6.3.1")
def test_those_who_may_not_know_see_nothing_anywhere() -> None:
    gd = desk()
    dossier = complete_dossier(gd, name="广州凯能陶瓷有限公司")
    made = remark(gd, dossier)
    version = approved(gd, dossier)
    addresses = [
        reverse("desk:dossier", args=[dossier.pk]), reverse("desk:dossiers"),
        reverse("desk:search") + "?q=凯能陶瓷",
        reverse("desk:version", args=[dossier.pk, version.number]),
    ]  # fmt: skip
    knowing, unknowing = entered(gd.reviewer), entered(plant.person(Role.READER, gd.unit))
    for address in addresses:
        assert "较重" in knowing.get(address).text or FACTS in knowing.get(address).text, address
        page = unknowing.get(address)
        assert page.status_code == 200
        for word in (FACTS, "较重", "风险备注", "登记风险", made.number, "yh-risk"):
            assert word not in page.text, (address, word)
    for name in ("show", "review"):
        assert unknowing.get(reverse(f"risks:{name}", args=[made.pk])).status_code == 404
    assert unknowing.get(reverse("risks:of", args=[dossier.pk])).status_code == 404
    assert unknowing.get(REGISTER).status_code == 403


@pytest.mark.clause("6.2.2")
def test_the_check_tells_a_signer_level_and_kind_but_not_the_text() -> None:
    gd, dossier, client = at_work()
    remark(gd, dossier, level=3)
    remark(gd, dossier, kind="b", level=1)
    assert gd.filler.staff is not None
    reader = entered(plant.person(Role.READER, gd.unit))
    for who in (client, reader):
        answer = who.get(API, {"credit_code": dossier.credit_code})
        assert answer.status_code == 200
        assert answer.json() == {
            "credit_code": dossier.credit_code, "level": 3, "level_name": "严重",
            "kinds": [{"code": "b", "name": "资信风险"}, {"code": "c", "name": "财务问题"}],
            "unverified": False, "checked_on": "2026-11-05", "group_notice": False,
            "ask": [f"{gd.unit.short_name} {gd.filler.staff.name}"],
        }  # fmt: skip
        page = who.get(CHECK, {"q": dossier.credit_code}).text
        assert ("严重" in page, FACTS in page) == (True, False)
    assert "核查：广州凯能陶瓷有限公司" in reader.get(CHECK, {"q": "凯能"}).text
    made = Event.objects.filter(verb="risk_check.made")
    assert made.count() == 4
    assert dossier.credit_code not in str(list(made.values_list("data", flat=True)))


@pytest.mark.clause("6.3.1")
def test_another_unit_learns_nothing_until_headquarters_publishes() -> None:
    gd, dossier, _client = at_work()
    made = remark(gd, dossier, level=3)
    stranger = entered(plant.person(Role.FILLER, plant.unit("FJ", region="350000")))
    unknown = plant.credit_code(777_001)

    def said(code: str) -> tuple[dict[str, Any], int]:
        with CaptureQueriesContext(connection) as seen:
            answer = stranger.get(API, {"credit_code": code})
        return {k: v for k, v in answer.json().items() if k != "credit_code"}, len(seen)

    said(unknown)
    assert said(dossier.credit_code) == said(unknown)
    assert said(unknown)[0]["level"] == 0
    head = plant.person(Role.SUPERVISOR)
    publish = reverse("risks:publish", args=[made.pk])
    assert entered(gd.filler).post(publish, {"reason": "警示"}).status_code == 403
    entered(head).post(publish, {"reason": "多家单位洽谈同一客户"})
    assert said(dossier.credit_code)[0] == {
        "level": 3, "level_name": "严重", "kinds": [{"code": "c", "name": "财务问题"}],
        "unverified": False, "checked_on": "2026-11-05", "group_notice": True,
        "ask": ["集团资源与市场部"],
    }  # fmt: skip
    entered(head).post(reverse("risks:withdraw", args=[made.pk]))
    assert said(dossier.credit_code) == said(unknown)


def test_a_bad_code_is_told_which_character_fails() -> None:
    _gd, dossier, client = at_work()
    bad = "O" + dossier.credit_code[1:]
    answer = client.get(API, {"credit_code": bad})
    assert (answer.status_code, answer.json()["field"]) == (422, "credit_code")
    assert "第 1 位“O”不在代码字符集内" in answer.json()["detail"]
    assert "第 1 位“O”" in client.get(CHECK, {"q": bad}).text
    assert Client().get(API).status_code == 401
    assert entered(plant.person(Role.ITC)).get(API, {"credit_code": bad}).status_code == 422
    assert (
        entered(plant.person(Role.ITC)).get(API, {"credit_code": dossier.credit_code}).status_code
        == 403
    )


@pytest.mark.clause("5.5")
def test_the_register_leaves_marked_and_logged() -> None:
    gd, dossier, client = at_work()
    remark(gd, dossier, facts="=1+1")
    assert f'href="{reverse("risks:xlsx")}" data-takeout' in client.get(REGISTER).text
    steward = plant.person(Role.STEWARD, gd.unit)
    made = take_agreed(gd.filler, steward, "risks:xlsx", query={"kind": "c"})
    assert (made.rows, made.level, made.waits_why) == (1, "core", "含核心商密内容")
    content = bytes(TakeoutFile.objects.get(takeout=made).content)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    cells: list[list[Any]] = rows.to_python()
    assert (cells[1][0], cells[1][9]) == ("险2026-0001", "=1+1")
    for said in (gd.filler.name, "密级：核心商密　共 1 行", made.trace):
        assert said in cells[-1][0]
    assert Event.objects.get(verb="risks.exported").data == {
        "rows": 1,
        "conditions": {"kind": "c"},
        "trace": made.trace,
    }


@pytest.mark.clause("5.5")
def test_who_knows_of_no_risk_takes_none_and_a_core_file_lends_the_list_its_mark() -> None:
    gd, dossier, _client = at_work()
    Dossier.objects.filter(pk=dossier.pk).update(klass="vip")
    remark(gd, dossier)
    reader = entered(plant.person(Role.READER, gd.unit))
    assert take(reader, "risks:xlsx").status_code == 403
    made = take_agreed(gd.filler, plant.person(Role.STEWARD, gd.unit), "risks:xlsx")
    content = bytes(TakeoutFile.objects.get(takeout=made).content)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert "密级：核心商密★长期" in str(rows[-1][0])


@pytest.mark.clause("5.5")
def test_a_guest_takes_none_of_what_a_grant_lets_them_read() -> None:
    gd, dossier, _client = at_work()
    fj = desk("FJ")
    remark(gd, dossier)
    remark(fj, plant.dossier(fj.unit))
    Grant.objects.create(
        unit=gd.unit, person=fj.filler, purpose="核对", sections=[PRICED], level=CORE,
        since=date(2026, 1, 1), until=date(2099, 1, 1), state="opened",
        within=True, asked_at=moment(),
        approved_by=plant.person(Role.STEWARD, gd.unit), opened_by=plant.person(Role.ITC),
        confirmed_until=date(2099, 1, 1),
    )  # fmt: skip
    seen = entered(fj.filler).get(REGISTER).context["page"].rows
    assert {row.unit_id for row in seen} == {gd.unit.pk, fj.unit.pk}
    made = take_agreed(fj.filler, plant.person(Role.STEWARD, fj.unit), "risks:xlsx")
    assert (made.rows, made.concerns) == (1, [fj.unit.pk])


@pytest.mark.clause("6.2.2")
def test_the_home_page_tells_whose_turn_it_is() -> None:
    gd, dossier, client = at_work()
    made = remark(gd, dossier)
    Remark.objects.update(next_check_on=moment(3).date())
    actions.ask_lift(gd.filler, made, reason="结清", at=moment())
    assert "1 条逾期未复核" in client.get("/").text
    assert "1 条等您批准解除" in entered(gd.reviewer).get("/").text
    assert "风险备注" not in entered(plant.person(Role.READER, gd.unit)).get("/").text
