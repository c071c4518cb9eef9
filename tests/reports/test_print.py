"""Files on paper: what the pages say, who may take them, and what the log keeps."""

import hashlib
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import plant
from tests.dossiers.files import approved, complete_dossier, desk, moment
from tests.exports.taking import take
from tests.risks.remarked import FACTS, remark
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.contracts.models import Contract
from yihu.contracts.rules import MonthSum
from yihu.dossiers.models import ClassChange, Dossier
from yihu.papers.actions import upload
from yihu.reports.chart import axis, bars
from yihu.risks.choices import Level

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")


def get(user: User, name: str, *args: object) -> Any:
    client = Client()
    client.force_login(user)
    if name.startswith("reports:"):
        return take(client, name, *args)
    return client.get(reverse(name, args=args))


def texts(answer: Any) -> list[str]:
    """The text of each page, as somebody who copies it gets it."""
    assert answer.status_code == 200, answer.content[:200]
    assert answer["Content-Type"] == "application/pdf"
    pages = pypdfium2.PdfDocument(answer.content)
    return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in pages]


def months(of: Contract, count: int) -> None:
    """The last months up to October 2026."""
    for back in range(count):
        index = 2026 * 12 + 9 - back
        plant.month(of, date(index // 12, index % 12 + 1, 1), actual=f"{100 + back}.5")


@pytest.mark.clause("6.1.1")
def test_a_dossier_stands_on_paper_with_cover_contents_and_its_four_sections() -> None:
    gd = desk()
    file = complete_dossier(gd, name="广州黄埔𠮷田燃气有限公司")
    contract = plant.contract(file, effective_on=date(2024, 1, 1))
    months(contract, 24)
    answer = get(gd.filler, "reports:dossier", file.pk)
    pages = texts(answer)
    cover, whole = pages[0], "\n".join(pages)
    for said in (
        "广州黄埔𠮷田燃气有限公司",
        file.number,
        file.credit_code,
        "普通商密★3年",
    ):
        assert said in cover
    assert [line for line in pages[1].splitlines() if line == "目录"] == ["目录"]
    for said in ("A 客户基本信息", "B 与海油合作情况", "C 合同执行情况", "D 客户访谈情况"):
        assert said in whole.replace("\u2003", " ").replace("  ", " ")
    for said in (contract.number, "2024-11", "123.5", "2026-10", "100.5", "13800000001", "王芳"):
        assert said in whole
    trace = answer["X-Yihu-Trace"]
    assert [trace in page for page in pages] == [True] * len(pages)
    assert [f"第 {n} 页，共 {len(pages)} 页" in page for n, page in enumerate(pages, 1)] == [
        True
    ] * len(pages)


@pytest.mark.clause("5.5")
def test_a_print_is_one_line_in_the_log_that_leads_from_the_paper_to_the_person() -> None:
    gd = desk()
    file = complete_dossier(gd)
    answer = get(gd.reviewer, "reports:dossier", file.pk)
    (event,) = Event.objects.filter(verb="dossier.printed")
    assert (event.actor_id, event.dossier_id, event.unit_id) == (
        gd.reviewer.pk,
        file.pk,
        gd.unit.pk,
    )
    assert event.data == {
        "trace": answer["X-Yihu-Trace"],
        "sha256": hashlib.sha256(answer.content).hexdigest(),
        "bytes": len(answer.content),
        "secrecy": "普通商密★3年",
    }
    (first, *_rest) = texts(answer)
    assert gd.reviewer.name in first
    assert gd.reviewer.staff.employee_no in first


@pytest.mark.clause("3c")
def test_a_version_on_paper_says_its_number_digest_chain_and_people() -> None:
    gd = desk()
    file = complete_dossier(gd)
    first = approved(gd, file, legal_rep="张大同")
    approved(gd, file, at_time=moment(6), legal_rep="李小同")
    whole = "\n".join(texts(get(gd.filler, "reports:version", file.pk, 1)))
    flat = whole.replace("\n", "")
    for said in ("第 1 版", first.sha256, "与内容相符", "无，这是第一版", "张大同"):
        assert said in flat
    for person in (first.filled_by, first.approved_by):
        assert person.name in flat
    assert "李小同" not in flat
    second = "".join(texts(get(gd.filler, "reports:version", file.pk, 2))).replace("\n", "")
    assert "李小同" in second
    assert first.sha256 in second
    assert [
        event.data["number"]
        for event in Event.objects.filter(verb="version.printed").order_by("id")
    ] == [
        1,
        2,
    ]


def test_a_version_that_there_is_not_is_not_found() -> None:
    gd = desk()
    file = complete_dossier(gd)
    assert get(gd.filler, "reports:version", file.pk, 9).status_code == 404
    assert not Event.objects.filter(verb="version.printed").exists()


@pytest.mark.clause("6.3.1")
@pytest.mark.parametrize(
    ("role", "unit", "status"),
    [
        (Role.FILLER, "GD", 200),
        (Role.REVIEWER, "GD", 200),
        (Role.STEWARD, "GD", 200),
        (Role.SUPERVISOR, None, 200),
        (Role.READER, "GD", 403),
        (Role.CUSTODIAN, "GD", 403),
        (Role.STEWARD, "FJ", 404),
        (Role.ITC, "FJ", 404),
        (Role.AUDITOR, "FJ", 404),
    ],
)
def test_who_may_print(role: Role, unit: str | None, status: int) -> None:
    gd = desk()
    file = complete_dossier(gd)
    asked = plant.person(role, plant.unit(unit) if unit else None)
    assert get(asked, "reports:dossier", file.pk).status_code == status
    printed = Event.objects.filter(verb="dossier.printed").count()
    assert printed == (1 if status == 200 else 0)


@pytest.mark.clause("6.1.4")
def test_before_the_first_guide_the_page_says_why_there_is_no_print() -> None:
    gd = plant.unit()
    client = Client()
    client.force_login(plant.person(Role.FILLER, gd))
    answer = client.get(reverse("reports:dossier", args=[plant.dossier(gd).pk]))
    assert "填报指南尚未发布" in answer.content.decode()


def test_an_empty_file_prints_and_says_what_is_missing() -> None:
    gd = desk()
    whole = "".join(texts(get(gd.filler, "reports:dossier", plant.dossier(gd.unit).pk)))
    flat = whole.replace("\n", "")
    for said in (
        "没有登记合同。",
        "近 24 个月没有提气记录。",
        "还没有审核通过的版本。",
        "应填未填：",
    ):
        assert said in flat


@pytest.mark.parametrize(
    "hostile",
    ["#panic()", "*粗*_斜_ $x$", "a" * 400, "\u202e反着写的\u202c", "🙂 ﷽ שלום", "行\n" * 300],
)
def test_whatever_stands_in_a_field_is_set_as_text(hostile: str) -> None:
    gd = desk()
    file = complete_dossier(gd)
    file.document["coop_summary"] = hostile
    file.document["legal_rep"] = hostile
    file.document["contacts"] = [{"name": hostile, "post": hostile, "role": ["purchasing"]}] * 3
    file.save(update_fields=["document"])
    pages = texts(get(gd.filler, "reports:dossier", file.pk))
    assert not any("\u202e" in page for page in pages)
    if hostile.startswith(("#", "*")):
        assert hostile in "".join(pages)


def test_a_long_ledger_repeats_its_head_on_each_page() -> None:
    gd = desk()
    file = complete_dossier(gd)
    contract = plant.contract(file, effective_on=date(2016, 1, 1))
    months(contract, 120)
    approved(gd, file, legal_rep="张大同")
    answer = get(gd.filler, "reports:version", file.pk, 1)
    pages = texts(answer)
    with_months = [page for page in pages if "2017-" in page or "2021-" in page]
    assert len(with_months) >= 2
    assert ["结算金额" in page for page in with_months] == [True] * len(with_months)


def test_as_many_queries_for_one_contract_as_for_three() -> None:
    gd = desk()
    counts = []
    for contracts in (1, 3):
        file = complete_dossier(gd)
        for _contract in range(contracts):
            months(plant.contract(file, effective_on=date(2024, 1, 1)), 3)
        client = Client()
        client.force_login(gd.filler)
        take(client, "reports:dossier", file.pk)
        with CaptureQueriesContext(connection) as seen:
            take(client, "reports:dossier", file.pk)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_the_pages_of_file_and_version_offer_the_print_to_those_who_may() -> None:
    gd = desk()
    file: Dossier = complete_dossier(gd)
    approved(gd, file, legal_rep="张大同")
    for name, args in (("dossier", [file.pk]), ("version", [file.pk, 1])):
        there = f'href="{reverse(f"reports:{name}", args=args)}"'
        assert there in get(gd.filler, f"desk:{name}", *args).content.decode()
        reader = plant.person(Role.CUSTODIAN, gd.unit)
        assert there not in get(reader, f"desk:{name}", *args).content.decode()


def test_the_axis_ends_at_a_round_mark_above_everything() -> None:
    assert [str(mark) for mark in axis(Decimal("123.5"))] == ["0", "50", "100", "150"]
    assert axis(Decimal(0)) == [0, 1]
    chart = bars([MonthSum(date(2026, 9, 1)), MonthSum(date(2026, 10, 1), None, Decimal(50))])
    assert [month["actual"] for month in chart["months"]] == [None, 0.8333]


@pytest.mark.clause("6.3.1")
def test_a_customer_over_all_units_prints_for_supervisors_only() -> None:
    gd, fj = desk(), desk("FJ")
    first = complete_dossier(gd, name="两地燃气有限公司")
    second = complete_dossier(fj, name="两地燃气有限公司", code=first.credit_code)
    second.document["legal_rep"] = "另一法人"
    second.save(update_fields=["document"])
    for file in (first, second):
        months(plant.contract(file, effective_on=date(2024, 1, 1)), 3)
    supervisor = plant.person(Role.SUPERVISOR)
    answer = get(supervisor, "reports:customer", first.customer_id)
    flat = "".join(texts(answer)).replace("\n", "")
    for said in ("两地燃气有限公司", "GD", "FJ", "≠ 法定代表人", "李明", "另一法人", "205"):
        assert said in flat, said
    (event,) = Event.objects.filter(verb="customer.printed")
    assert (event.data["files"], event.data["trace"]) == (2, answer["X-Yihu-Trace"])
    shown = get(supervisor, "desk:customer", first.customer_id).content.decode()
    assert reverse("reports:customer", args=[first.customer_id]) in shown
    for role in (Role.FILLER, Role.STEWARD, Role.ITC):
        other = plant.person(role, gd.unit)
        assert get(other, "reports:customer", first.customer_id).status_code == 404


@pytest.mark.clause("6.2.2")
def test_the_summary_says_of_risks_their_level_and_number_and_none_of_their_words() -> None:
    gd, fj = desk(), desk("FJ")
    first = complete_dossier(gd, name="两地燃气有限公司")
    second = complete_dossier(fj, name="两地燃气有限公司", code=first.credit_code)
    supervisor = plant.person(Role.SUPERVISOR)
    before = "".join(texts(get(supervisor, "reports:customer", first.customer_id)))
    assert "风险备注" not in before
    remark(gd, first, level=1)
    remark(gd, first, level=1, kind="b")
    remark(fj, second, level=3)
    (cover, *rest) = texts(get(supervisor, "reports:customer", first.customer_id))
    names = {level.value: level.label for level in Level}
    said = (
        f"{names[3]}，未解除 3 条"
        f"（{gd.unit.short_name}：{names[1]} 2 条、{fj.unit.short_name}：{names[3]} 1 条）"
    )
    assert said.replace(" ", "") in cover.replace("\n", "").replace(" ", "")
    assert FACTS[:6] not in "".join([cover, *rest]).replace("\n", "")


@pytest.mark.clause("5.5")
def test_the_auditor_finds_who_printed_a_paper_by_its_trace_code() -> None:
    gd = desk()
    file = complete_dossier(gd)
    trace = get(gd.filler, "reports:dossier", file.pk)["X-Yihu-Trace"]
    get(gd.reviewer, "reports:dossier", file.pk)
    client = Client()
    client.force_login(plant.person(Role.AUDITOR))
    found = client.get(reverse("desk:events"), {"trace": trace.lower().replace("-", " ")})
    lines = [(line.event.verb, line.event.actor_name) for line in found.context["lines"]]
    assert lines == [
        ("takeout.taken", gd.filler.name),
        ("dossier.printed", gd.filler.name),
    ]
    nothing = client.get(reverse("desk:events"), {"trace": "0000-0000-0000"})
    assert list(nothing.context["lines"]) == []


def test_the_papers_ratings_and_classes_of_a_file_stand_in_their_section() -> None:
    gd = desk()
    file = complete_dossier(gd)
    upload(gd.filler, file, io.BytesIO("资料".encode()), name="准入批复.txt", at=moment())
    ClassChange.objects.create(
        unit=gd.unit, dossier=file, klass="vip", effective_on=date(2026, 2, 1), source="decision"
    )
    flat = "".join(texts(get(gd.filler, "reports:dossier", file.pk))).replace("\n", "")
    for said in ("准入批复", "客户分类变更", "2026-02-01"):
        assert said in flat
