"""The register over HTTP: lists, filters, forms, what leaves the house."""

import io
from datetime import date
from typing import Any

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from tests import plant
from tests.dossiers.files import Desk, desk, moment
from tests.exports.taking import take
from tests.letters.written import letter
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.models import Dossier
from yihu.letters import actions
from yihu.letters.models import Letter

pytestmark = pytest.mark.django_db
REGISTER = reverse("letters:register")
FORM = {
    "direction": "in",
    "dated_on": "2026-11-02",
    "counterpart": "凯能陶瓷",
    "subject": "询价函",
    "sensitivity": "ordinary",
}


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
    return [row.register_number for row in answer.context["page"].rows]


@pytest.mark.clause("6.3.3")
def test_filters_find_letters() -> None:
    gd, dossier, client = at_work()
    other = plant.dossier(gd.unit, name="广州南华能源有限公司")
    due = letter(
        gd, dossier, subject="催复函", reply_due_on=date(2026, 11, 4), dated_on=date(2026, 10, 8)
    )
    letter(gd, dossier, direction="out", answers=letter(gd, dossier, subject="询价"), day=4)
    letter(gd, other, subject="保供通知", number="南华〔2026〕3 号", counterpart="南华", day=3)
    waived = letter(gd, other, reply_due_on=date(2026, 11, 30), day=2)
    actions.waive(gd.filler, waived, reason="知悉即可", at=moment())
    expected = {
        (("q", "催复"),): ["来2026-0001"],
        (("q", "南华〔2026"),): ["来2026-0003"],
        (("customer", "南华"), ("sort", "dated")): sorted(["来2026-0003", "来2026-0004"]),
        (("direction", "out"),): ["去2026-0001"],
        (("state", "overdue"),): [due.register_number],
        (("state", "open"),): [due.register_number],
        (("state", "answered"),): ["来2026-0002"],
        (("state", "waived"),): ["来2026-0004"],
        (("state", "unasked"), ("direction", "in")): ["来2026-0003"],
        (("until", "2026-10-31"),): ["来2026-0001"],
    }
    found = {query: numbers(client, **dict(query)) for query in expected}
    found[(("customer", "南华"), ("sort", "dated"))].sort()
    assert found == expected
    assert numbers(client, sort="due")[0] == due.register_number
    assert len(numbers(client)) == 5


@pytest.mark.parametrize(
    "query",
    [
        {"state": "ticked"},
        {"since": "5.11.2026"},
        {"unit": "1"},
        {"after": "?"},
        {"q": "一"},
        {"colour": "red"},
    ],
)
def test_a_bad_condition_is_refused(query: dict[str, str]) -> None:
    _gd, _dossier, client = at_work()
    for name in ("letters:register", "letters:xlsx", "letters:pdf"):
        if "after" in query and name != "letters:register":
            continue
        assert client.get(reverse(name), query).status_code == 400, name


def test_one_row_and_three_ask_the_same_queries() -> None:
    gd, dossier, client = at_work()

    def asked() -> list[int]:
        counts = []
        for address in (REGISTER, reverse("letters:of", args=[dossier.pk])):
            with CaptureQueriesContext(connection) as seen:
                assert client.get(address).status_code == 200
            counts.append(len(seen))
        return counts

    letter(gd, dossier, scan="一号来函".encode())
    asked()
    one = asked()
    letter(gd, dossier, scan="二号来函".encode(), reply_due_on=date(2026, 11, 3))
    letter(gd, dossier, direction="out", scan="三号去函".encode())
    assert asked() == one


def test_a_letter_is_registered_through_the_form() -> None:
    _gd, dossier, client = at_work()
    scan = SimpleUploadedFile("函.txt", "询价正文".encode())
    address = reverse("letters:new", args=[dossier.pk])
    answer = client.post(address, {**FORM, "file": scan, "reply_due_on": "2026-11-12"})
    made = Letter.objects.get()
    assert answer["Location"] == reverse("letters:show", args=[made.pk])
    assert made.document is not None
    page = client.get(answer["Location"]).text
    assert [said in page for said in ("来2026-0001", "询价函", "函.txt", "待回复")] == [True] * 4
    offered = client.get(address, {"answers": str(made.pk)})
    assert offered.context["direction"] == "out"
    client.post(address, {**FORM, "direction": "out", "answers": str(made.pk)})
    assert "已回复" in client.get(reverse("letters:show", args=[made.pk])).text


def test_a_letter_begins_with_its_customer() -> None:
    gd, dossier, client = at_work()
    plant.dossier(plant.unit("FJ", region="350000"), name="福州凯能陶瓷有限公司")
    begin = reverse("letters:begin")
    page = client.get(begin, {"q": "凯能"})
    assert [file.pk for file in page.context["files"]] == [dossier.pk]
    assert reverse("letters:new", args=[dossier.pk]) in page.text
    assert "至少写两个字" in client.get(begin, {"q": "凯"}).text
    assert "没有找到客户" in client.get(begin, {"q": "福州"}).text
    assert entered(gd.reviewer).get(begin).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"subject": ""}, "请填写主题。"),
        ({"dated_on": "昨天"}, "日期应写成 2026-11-05 这样。"),
        ({"dated_on": "2026-11-20"}, "函件日期 2026-11-20 在今天之后，请核对。"),
        ({"answers": "00000000-0000-0000-0000-000000000000"}, "所回复的函件应是同一客户"),
        ({"sensitivity": "x"}, "密级没有这一项，请从列表中选择。"),
    ],
)
def test_a_bad_form_says_why_and_keeps_what_was_typed(wrong: dict[str, str], sentence: str) -> None:
    _gd, dossier, client = at_work()
    answer = client.post(reverse("letters:new", args=[dossier.pk]), {**FORM, **wrong})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "凯能陶瓷" in answer.text
    assert Letter.objects.count() == 0


def test_a_bad_scan_leaves_no_letter() -> None:
    _gd, dossier, client = at_work()
    address = reverse("letters:new", args=[dossier.pk])
    answer = client.post(address, {**FORM, "file": SimpleUploadedFile("空.pdf", b"")})
    assert (answer.status_code, Letter.objects.count()) == (422, 0)
    assert "是空文件" in answer.text
    assert client.post(address, {**FORM, "direction": "up"}).status_code == 400


def test_corrected_waived_and_voided_on_its_page() -> None:
    gd, dossier, client = at_work()
    made = letter(gd, dossier, reply_due_on=date(2026, 11, 20))
    correct = reverse("letters:correct", args=[made.pk])
    assert 'value="2026-11-02"' in client.get(correct).text
    assert client.post(correct, FORM).status_code == 422
    client.post(correct, {**FORM, "reason": "对方名称写错"})
    page = client.get(reverse("letters:show", args=[made.pk])).text
    assert "<del>关于调整十一月提气计划的函</del>" in page
    assert "对方名称写错" in page
    client.post(reverse("letters:waive", args=[made.pk]), {"reason": "电话已答复"})
    client.post(reverse("letters:void", args=[made.pk]), {"reason": "重复登记"})
    page = client.get(reverse("letters:show", args=[made.pk])).text
    assert [said in page for said in ("电话已答复", "作废：重复登记")] == [True, True]
    assert client.post(reverse("letters:void", args=[made.pk]), {"reason": "x"}).status_code == 302
    assert Event.objects.filter(verb="letter.voided").count() == 1
    assert numbers(client, state="voided") == ["来2026-0001"]


@pytest.mark.clause("5.5")
def test_the_register_leaves_as_a_workbook_and_is_logged() -> None:
    gd, dossier, client = at_work()
    letter(gd, dossier, subject="=1+1")
    letter(gd, dossier, direction="out")
    answer = take(client, "letters:xlsx", query={"direction": "in"})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0)
    cells: list[list[Any]] = rows.to_python()
    assert cells[1][:7] == [
        "来2026-0001", "来函", "", date(2026, 11, 2), "广州凯能陶瓷有限公司", "=1+1",
        "广州凯能陶瓷有限公司",
    ]  # fmt: skip
    assert len([row for row in cells if str(row[0]).startswith(("来", "去"))]) == 1
    assert gd.filler.name in cells[-1][0]
    event = Event.objects.get(verb="letters.exported")
    trace = answer["X-Yihu-Trace"]
    assert event.data == {"rows": 1, "conditions": {"direction": "in"}, "trace": trace}
    assert trace in cells[-1][0]


@pytest.mark.clause("6.3.3")
def test_the_register_is_printed_to_be_bound() -> None:
    gd, dossier, client = at_work()
    letter(gd, dossier, subject="#panic() 的函", reply_due_on=date(2026, 11, 4))
    answer = take(client, "letters:pdf", query={"state": "overdue"})
    assert answer["Content-Type"] == "application/pdf"
    (page,) = pypdfium2.PdfDocument(answer.content)
    text = page.get_textpage().get_text_range()
    for said in ("往来函件登记簿", "来2026-0001", "#panic()", "逾期未复", gd.filler.name, "§4.3c"):
        assert said in text.replace("填报员 ", "填报员"), said
    assert Event.objects.get(verb="letters.printed").data["rows"] == 1
    empty = take(client, "letters:pdf", query={"state": "voided"})
    assert "没有符合条件的函件" in "".join(
        page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(empty.content)
    )


@pytest.mark.clause("6.3.1")
def test_who_sees_what() -> None:
    gd, dossier, _client = at_work()
    made = letter(gd, dossier, scan="来函".encode())
    readers = [gd.reviewer, plant.person(Role.READER, gd.unit), plant.person(Role.SUPERVISOR)]
    for user in readers:
        client = entered(user)
        assert numbers(client) == ["来2026-0001"]
        page = client.get(reverse("letters:show", args=[made.pk]))
        assert (page.status_code, "作废这一号" in page.text) == (200, False)
        assert client.get(reverse("letters:new", args=[dossier.pk])).status_code == 403
        assert client.post(reverse("letters:void", args=[made.pk])).status_code == 403
    assert entered(readers[1]).get(reverse("letters:xlsx")).status_code == 403
    stranger = entered(plant.person(Role.CUSTODIAN, plant.unit("FJ", region="350000")))
    assert numbers(stranger) == []
    assert stranger.get(reverse("letters:show", args=[made.pk])).status_code == 404
    for role in (Role.ITC, Role.AUDITOR):
        client = entered(plant.person(role))
        assert client.get(REGISTER).status_code == 403
        assert client.get(reverse("letters:show", args=[made.pk])).status_code == 404


def test_those_who_write_letters_are_told_at_home() -> None:
    gd, dossier, client = at_work()
    letter(gd, dossier, reply_due_on=date(2026, 11, 4))
    assert "1 封逾期未复" in client.get("/").text
    assert "1 封逾期未复" in entered(plant.person(Role.CUSTODIAN, gd.unit)).get("/").text
    assert "封逾期未复" not in entered(gd.reviewer).get("/").text


@pytest.mark.clause("6.3.1")
def test_a_reader_sees_the_letters_of_the_units_regions() -> None:
    gd = desk()
    letter(gd, plant.dossier(gd.unit))
    letter(gd, plant.dossier(gd.unit, region="450100"))
    assert numbers(entered(plant.person(Role.READER, gd.unit))) == ["来2026-0001"]
