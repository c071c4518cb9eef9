"""The page of one dossier, and headquarters' page of one customer."""

import html
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import plant
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit import actions as audit
from yihu.contracts.choices import Source
from yihu.contracts.models import Offtake
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.duties.models import Duty
from yihu.guide.actions import load_first_edition
from yihu.guide.queries import definition_in_force
from yihu.guide.rules import completeness, facts_of
from yihu.ratings.models import RatingResult

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 5)
DOCUMENT = {
    "legal_rep": "陈伟",
    "reg_capital": "50000.00",
    "term_to": "9999-12-31",
    "contacts": [
        {"name": "李敏", "mobile": "13800000001"},
        {"name": "张伟", "mobile": "13800000002"},
    ],
}


@pytest.fixture(autouse=True)
def _today_and_guide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", TODAY.isoformat())
    load_first_edition()
    definition_in_force(TODAY)


def page(client: Client, user: User, file: Dossier) -> str:
    client.force_login(user)
    answer = client.get(reverse("desk:dossier", args=[file.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def section(markup: str, code: str) -> str:
    found = re.search(rf'<section[^>]* id="{code}".*?</section>', markup, re.S)
    assert found is not None
    return found[0]


def charts(markup: str) -> dict[str, Any]:
    found = re.findall(
        r'<script id="(offtake-[a-z0-9_-]+)" type="application/json">(.*?)</script>', markup
    )
    return {name: json.loads(content) for name, content in found}


def rows_of(markup: str, table: str) -> list[list[str]]:
    found = re.search(rf'<table[^>]* id="{table}">.*?<tbody>(.*?)</tbody>', markup, re.S)
    assert found is not None
    return [
        [text_of(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]
        for row in re.findall(r"<tr>(.*?)</tr>", found[1], re.S)
    ]


def values_of(markup: str, code: str) -> dict[str, str]:
    lists = re.findall(r'<dl class="dp-values">(.*?)</dl>', section(markup, code), re.S)
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", "".join(lists), re.S)
    return {text_of(label): text_of(value) for label, value in found}


@pytest.mark.clause("6.1.1")
def test_four_sections_and_the_clause(client: Client) -> None:
    unit = plant.unit()
    markup = page(client, plant.person(Role.FILLER, unit), plant.dossier(unit))
    titles = re.findall(r'<h2 id="\w+-title">(.*?)</h2>', markup)
    assert [text_of(title) for title in titles] == [
        "A 客户基本信息",
        "B 与海油合作情况",
        "C 合同执行情况",
        "D 客户访谈情况",
        "更新任务",
        "大事记",
    ]
    clause = re.search(r'<span class="yh-clause">(依据.*?)</span>', markup)
    assert clause is not None
    assert clause[1] == "依据 §6.1.1"


def test_fields_are_shown_with_label_value_and_unit(client: Client) -> None:
    unit = plant.unit()
    file = plant.dossier(unit, name="广州燃气有限公司", klass=Klass.VIP)
    Dossier.objects.filter(pk=file.pk).update(document=DOCUMENT, short_name="广燃")
    RatingResult.objects.create(
        unit=unit, dossier=file, year=2025, score=Decimal("83.2"), grade="AA",
        rated_on=date(2025, 11, 10), state="final",
    )  # fmt: skip
    RatingResult.objects.create(
        unit=unit, dossier=file, year=2026, score=Decimal("97.7"), grade="AAA", state="provisional"
    )
    markup = page(client, plant.person(Role.FILLER, unit), file)
    assert values_of(markup, "basic") == {
        "档案编号": file.number,
        "所属单位": "GD销售分公司",
        "销售区域": "广东省广州市",
        "全称": "广州燃气有限公司",
        "简称": "广燃",
        "拼音(首字母)": file.initials,
        "统一社会信用代码": file.credit_code,
        "客户分类": "VIP",
        "用气类型": "城镇燃气",
        "注册资本": "50,000.00 万元",
        "法定代表人": "陈伟",
        "营业期限": "长期",
        "客户评级等级": "AA",
        "评级得分": "83.20",
        "评级日期": "2025-11-10",
    }
    contacts = re.search(r"<h4>客户联系人</h4>.*?<table[^>]*>(.*?)</table>", markup, re.S)
    assert contacts is not None
    assert text_of(contacts[1]) == "姓名 手机 李敏 13800000001 张伟 13800000002"


@pytest.mark.clause("5.4")
def test_what_is_required_is_counted_and_named(client: Client) -> None:
    unit = plant.unit()
    file = plant.dossier(unit, klass=Klass.STRATEGIC)
    Dossier.objects.filter(pk=file.pk).update(document=DOCUMENT)
    file.refresh_from_db()
    markup = page(client, plant.person(Role.FILLER, unit), file)
    guide = definition_in_force(TODAY)
    assert guide is not None
    facts = facts_of(guide[1], file.document, file)
    done = completeness(facts, guide[1].sections[0].fields, file.klass, file.gas_uses)
    assert (done.filled, done.required) == (10, 37)
    basic = section(markup, "basic")
    assert f"已填 {done.filled} / 应填 {done.required}" in text_of(basic)
    named = re.findall(r'<p class="dp-missing"><span[^>]*>待补 (\d+) 项</span> (.*?)</p>', basic)
    assert sum(int(number) for number, _labels in named) == len(done.missing)
    labels = [label for _number, labels in named for label in labels.split("、")]
    assert sorted(labels) == sorted(field.label for field in done.missing)


def test_chart_equals_the_rows_and_the_table(client: Client) -> None:
    unit = plant.unit()
    file = plant.dossier(unit)
    gas = plant.contract(file, effective_on=date(2024, 1, 1))
    lng = plant.contract(file, source=Source.LNG)
    for month, actual in ((8, "96.5"), (10, "101.25")):
        plant.month(gas, date(2026, month, 1), actual=actual, price="3.2188")
    plant.month(lng, date(2026, 9, 1), actual="833.33", price="4800")
    markup = page(client, plant.person(Role.FILLER, unit), file)
    found = charts(markup)
    assert list(found) == ["offtake-sale-wan_m3", "offtake-sale-t"]
    for name, contract in (("offtake-sale-wan_m3", gas), ("offtake-sale-t", lng)):
        chart = found[name]
        shown = {
            (month, actual, price)
            for month, actual, price in zip(
                chart["months"], chart["actual"], chart["price"], strict=True
            )
            if actual is not None
        }
        assert shown == {
            (f"{row.month:%Y-%m}", f"{row.actual:f}", f"{row.price_yuan:f}")
            for row in Offtake.objects.filter(contract=contract)
        }
        assert len(chart["months"]) == 24
        assert [row[0] for row in rows_of(markup, f"{name}-table")] == chart["months"][::-1]
    assert (found["offtake-sale-wan_m3"]["quantityUnit"], found["offtake-sale-t"]["priceUnit"]) == (
        "万立方米",
        "元/吨",
    )
    assert rows_of(markup, "offtake-sale-wan_m3-table")[:2] == [
        ["2026-10", "100", "101.25", "101.3", "3.2188", "3,259,035.00", "–"],
        ["2026-09", "–", "–", "–", "–", "–", "–"],
    ]


def test_take_or_pay_so_far_is_told_with_its_numbers(client: Client) -> None:
    unit = plant.unit()
    file = plant.dossier(unit)
    contract = plant.contract(file, acq="1200")
    for month in range(1, 11):
        plant.month(contract, date(2026, month, 1), actual="80")
    markup = page(client, plant.person(Role.FILLER, unit), file)
    account = re.search(r'<dl class="dp-account">.*?</dl>', markup, re.S)
    assert account is not None
    assert text_of(account[0]) == (
        "应提量 1,080 万立方米 年合同量 1,200 × 90% "
        "已提量 800 万立方米 应提量的 74.1%，数据至 2026-10-31 "
        "到今天应到 914.3014 万立方米 应提量的 84.7%，按天均摊 "
        "还需提 280 万立方米 "
        "照此进度全年欠提 119.4737 万立方米"
    )


@pytest.mark.clause("6.2.1")
def test_both_clocks(client: Client) -> None:
    unit = plant.unit()
    file = plant.dossier(unit)
    october = {"period_start": date(2026, 10, 1), "period_end": date(2026, 10, 31)}
    Duty.objects.create(
        unit=unit, dossier=file, kind="offtake", due_on=date(2026, 11, 2), **october
    )
    Duty.objects.create(
        unit=unit, dossier=file, kind="review", due_on=date(2026, 12, 31),
        period_start=date(2026, 7, 1), period_end=date(2026, 12, 31),
    )  # fmt: skip
    Duty.objects.create(
        unit=unit, dossier=file, kind="offtake", due_on=date(2026, 10, 20), basis="导入",
        period_start=date(2026, 9, 1), period_end=date(2026, 9, 30),
        done_at=datetime(2026, 10, 19, 17, tzinfo=UTC),
    )  # fmt: skip
    Duty.objects.create(
        unit=unit, dossier=file, kind="offtake", due_on=date(2026, 9, 14),
        period_start=date(2026, 8, 1), period_end=date(2026, 8, 31),
        dropped_at=datetime(2026, 9, 1, tzinfo=UTC),
    )  # fmt: skip
    markup = page(client, plant.person(Role.FILLER, unit), file)
    clocks = re.findall(r'<div class="dp-clock[^-"]*?(?: dp-clock-late)?">(.*?)</div>\s*</div>',
                        markup, re.S)  # fmt: skip
    assert [text_of(clock) for clock in clocks] == [
        "月度提气量、价 §6.2.1 逾期 3 天 2026年10月，2026-11-02 截止",
        "档案更新 §6.2.1 还有 56 天 2026年下半年，2026-12-31 截止",
    ]
    table = re.search(r"<tbody>(.*?)</tbody>", section(markup, "duties"), re.S)
    assert table is not None
    assert [text_of(row) for row in re.findall(r"<tr>(.*?)</tr>", table[1], re.S)] == [
        "月度提气量、价 2026年10月 2026-11-02 逾期 3 天",
        "档案更新 2026年下半年 2026-12-31 还有 56 天",
        "月度提气量、价 2026年9月 2026-10-20 按时完成 2026-10-20 导入",
    ]


def test_timeline_is_of_this_file(client: Client) -> None:
    unit = plant.unit()
    file, other = plant.dossier(unit), plant.dossier(unit)
    user = plant.person(Role.FILLER, unit)
    with transaction.atomic():
        audit.record(user, "dossier.opened", file, dossier_id=file.pk)
        audit.record(user, "contract.signed", other, dossier_id=other.pk)
    timeline = section(page(client, user, file), "timeline")
    lines = [text_of(line) for line in re.findall(r"</time>(.*?)</li>", timeline, re.S)]
    assert lines == [f"建立客户档案 {user.name}"]


def test_other_units_get_404_and_nothing_of_the_row(client: Client) -> None:
    file = plant.dossier(plant.unit("GD"), name="广州燃气有限公司")
    abroad = plant.unit("FJ", region="350000")
    assert "广州燃气有限公司" in page(client, plant.person(Role.SUPERVISOR), file)
    for user in (
        plant.person(Role.FILLER, abroad),
        plant.person(Role.STEWARD, abroad),
        plant.person(Role.ITC),
        plant.person(Role.AUDITOR),
    ):
        client.force_login(user)
        answer = client.get(reverse("desk:dossier", args=[file.pk]))
        assert answer.status_code == 404
        body = answer.content.decode()
        assert [
            part for part in (file.name_full, file.credit_code, file.number) if part in body
        ] == []


@pytest.mark.clause("6.3.1")
def test_reader_of_another_region_gets_404(client: Client) -> None:
    unit = plant.unit("GD", region="440300")
    inside, outside = plant.dossier(unit, region="440300"), plant.dossier(unit, region="440100")
    reader = plant.person(Role.READER, unit)
    assert inside.name_full in page(client, reader, inside)
    assert client.get(reverse("desk:dossier", args=[outside.pk])).status_code == 404


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    asked = [query["sql"] for query in queries]
    return len([sql for sql in asked if "SAVEPOINT" not in sql])


@pytest.mark.parametrize("contracts", [1, 3])
def test_thirteen_queries(client: Client, contracts: int) -> None:
    unit = plant.unit()
    file = plant.dossier(unit, filler=plant.staff(unit))
    for _number in range(contracts):
        contract = plant.contract(file)
        for month in (8, 9, 10):
            plant.month(contract, date(2026, month, 1))
    client.force_login(plant.person(Role.FILLER, unit))
    assert queries_of(client, reverse("desk:dossier", args=[file.pk])) == 13


def test_page_without_a_guide_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", "2020-01-01")
    unit = plant.unit()
    user = plant.person(Role.SUPERVISOR)
    assert "填报指南尚未发布" in page(client, user, plant.dossier(unit))


# One customer, many units


def test_supervisor_sees_the_units_side_by_side(client: Client) -> None:
    south, east = plant.unit("GD"), plant.unit("FJ", region="350000")
    code = plant.credit_code(77_000)
    one = plant.dossier(south, name="广州燃气有限公司", code=code)
    two = plant.dossier(east, name="广州燃气有限公司", code=code, region="350100")
    Dossier.objects.filter(pk=one.pk).update(document={"legal_rep": "陈伟", "ownership": "private"})
    Dossier.objects.filter(pk=two.pk).update(document={"legal_rep": "张伟"})
    for file, actual in ((one, "70"), (two, "30")):
        plant.month(plant.contract(file), date(2026, 10, 1), actual=actual)
    plant.month(plant.contract(two, source=Source.LNG), date(2026, 10, 1), actual="500")
    client.force_login(plant.person(Role.SUPERVISOR))
    markup = client.get(reverse("desk:customer", args=[one.customer_id])).content.decode()
    table = re.search(r'<table class="yh-table dp-compare">.*?<tbody>(.*?)</tbody>', markup, re.S)
    assert table is not None
    rows = {
        text_of(head): [text_of(cell) for cell in re.findall(r"<td>(.*?)</td>", cells, re.S)]
        for head, cells in re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', table[1], re.S)
    }
    assert rows == {
        "销售区域 不一致": ["广东省广州市", "福建省福州市"],
        "法定代表人 不一致": ["陈伟", "张伟"],
        "全称": ["广州燃气有限公司", "广州燃气有限公司"],
        "客户分类": ["一般", "一般"],
        "用气类型": ["城镇燃气", "城镇燃气"],
        "企业性质": ["民营", "–"],
    }
    stats = re.findall(r'<span class="yh-stat-value">(.*?)</span>', markup)
    assert [text_of(stat) for stat in stats] == ["500 吨", "100 万立方米"]


def test_customer_page_is_for_supervisors(client: Client) -> None:
    unit = plant.unit()
    file = plant.dossier(unit)
    address = reverse("desk:customer", args=[file.customer_id])
    answers = []
    for user in (
        plant.person(Role.SUPERVISOR),
        plant.person(Role.FILLER, unit),
        plant.person(Role.STEWARD, unit),
        plant.person(Role.ITC),
        plant.person(Role.AUDITOR),
    ):
        client.force_login(user)
        answers.append(client.get(address).status_code)
    assert answers == [200, 404, 404, 404, 404]


@pytest.mark.parametrize("units", [1, 3])
def test_customer_page_costs_the_same_for_many_units(client: Client, units: int) -> None:
    code = plant.credit_code(88_000)
    for number in range(units):
        file = plant.dossier(plant.unit(f"U{number}"), code=code)
        plant.month(plant.contract(file), date(2026, 10, 1))
    client.force_login(plant.person(Role.SUPERVISOR))
    assert queries_of(client, reverse("desk:customer", args=[file.customer_id])) == 12
