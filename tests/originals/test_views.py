"""Originals over HTTP: the register, one original, loans, stocktakes, prints, who may not."""

import re
from datetime import date
from io import BytesIO

import pypdfium2
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from tests import plant
from tests.exports.taking import take
from tests.originals.shelf import ORIGINAL, Room, room, shelved
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.originals.models import Disposal, Loan, Original, Stocktake, Transfer

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.3")]


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")


@pytest.fixture
def gd() -> Room:
    return room()


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(content: bytes) -> str:
    pages = (p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(content))
    return "".join(pages).replace("柜 ", "柜").replace(" 柜", "柜")


def test_the_whole_way_from_register_to_return(gd: Room) -> None:
    keeper, filler, steward = entered(gd.custodian), entered(gd.filler), entered(gd.steward)
    address = reverse("originals:new", args=[gd.dossier.pk])
    assert "还没有存放位置" not in keeper.get(address).text
    sent = {**ORIGINAL, "document": "", "place": str(gd.box.pk)}
    answer = keeper.post(address, sent, follow=True)
    original = Original.objects.get()
    assert original.barcode in answer.text
    assert original.title in filler.get(reverse("originals:of", args=[gd.dossier.pk])).text
    show = reverse("originals:show", args=[original.pk])
    borrow = reverse("originals:borrow", args=[original.pk])
    filler.post(borrow, {"purpose": "对账", "due_on": "2026-11-12"})
    loan = Loan.objects.get()

    def step(client: Client, act: str, **said: str) -> str:
        url = reverse("originals:loan-act", args=[loan.pk, act])
        return client.post(url, said, follow=True).text

    assert "您没有" in step(filler, "approve")
    step(steward, "approve")
    step(keeper, "hand-out")
    step(filler, "receive")
    assert "借阅人已确认收到" in keeper.get(show).text
    assert "借出" in filler.get(reverse("originals:register"), {"state": "lent"}).text
    step(keeper, "take-back", condition="intact")
    loan.refresh_from_db()
    assert loan.state == "returned"
    assert "归还入库" in keeper.get(show).text


def test_an_overdue_loan_stands_out(gd: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    original = shelved(gd)
    entered(gd.filler).post(
        reverse("originals:borrow", args=[original.pk]),
        {"purpose": "对账", "due_on": "2026-11-12"},
    )
    loan = Loan.objects.get()
    for client, act in ((entered(gd.steward), "approve"), (entered(gd.custodian), "hand-out")):
        client.post(reverse("originals:loan-act", args=[loan.pk, act]))
    loans = reverse("originals:loans")
    assert original.title not in entered(gd.custodian).get(loans, {"state": "overdue"}).text
    monkeypatch.setenv("YIHU_TODAY", "2026-11-15")
    assert original.title in entered(gd.custodian).get(loans, {"state": "overdue"}).text
    page = entered(gd.custodian).get(reverse("originals:show", args=[original.pk])).text
    assert "借出逾期 3 天" in page


def test_a_wrong_form_comes_back_as_typed(gd: Room) -> None:
    keeper = entered(gd.custodian)
    sent = {**ORIGINAL, "document": "", "pages": "很多", "place": str(gd.box.pk)}
    answer = keeper.post(reverse("originals:new", args=[gd.dossier.pk]), sent)
    assert answer.status_code == 422
    assert "“页数”应是 1 到 100000 的整数。" in answer.text
    assert f'value="{ORIGINAL["title"]}"' in answer.text
    assert f'<option value="{gd.box.pk}" selected>' in answer.text
    bad = {**sent, "pages": "3", "document": "00000000-0000-0000-0000-000000000001"}
    answer = keeper.post(reverse("originals:new", args=[gd.dossier.pk]), bad)
    assert "扫描件不在这份档案的资料里" in answer.text
    assert not Original.objects.exists()


def test_html_in_a_title_is_text(gd: Room) -> None:
    original = shelved(gd, title="<b>合同</b>")
    page = entered(gd.custodian).get(reverse("originals:show", args=[original.pk])).text
    assert "<b>合同" not in page
    assert "&lt;b&gt;合同" in page


@pytest.mark.parametrize("role", [Role.ITC, Role.AUDITOR])
def test_itc_and_auditors_see_no_originals(gd: Room, role: Role) -> None:
    original = shelved(gd)
    client = entered(plant.person(role))
    for name in ("register", "loans", "places", "stocktakes", "transfers", "disposals"):
        assert client.get(reverse(f"originals:{name}")).status_code == 403, name
    assert client.get(reverse("originals:show", args=[original.pk])).status_code == 404


def test_another_unit_finds_nothing(gd: Room) -> None:
    original = shelved(gd)
    client = entered(room("FJ").custodian)
    for name in ("show", "correct", "move", "hold", "release", "borrow"):
        address = reverse(f"originals:{name}", args=[original.pk])
        assert client.post(address).status_code in {404, 405}, name
        assert client.get(address).status_code in {404, 405}, name
    assert original.title not in client.get(reverse("originals:register")).text
    page = client.get(reverse("originals:register"), {"q": original.title[:6]}).text
    assert original.barcode not in page


def test_search_finds_by_number_title_contract_and_customer(gd: Room) -> None:
    original = shelved(gd, secrecy="ordinary")
    shelved(gd, title="另一份函件", contract_number="")
    client = entered(gd.reader)
    for words in (original.barcode.lower(), "购销", "GD-2026"):
        page = client.get(reverse("originals:register"), {"q": words}).text
        assert original.title in page, words
        assert "另一份函件" not in page, words


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_ask_the_same_for_any_number_of_rows(gd: Room, rows: int) -> None:
    for number in range(rows):
        original = shelved(gd, title=f"第 {number}")
        Loan.objects.create(
            unit=gd.unit,
            original=original,
            state="asked",
            purpose="x",
            borrower=gd.filler.staff,
            requested_by=gd.filler.staff,
            requested_at="2026-11-05T02:00:00Z",
            due_on=date(2026, 11, 12),
        )
    client = entered(gd.custodian)
    for name, most in (("register", 5), ("loans", 5), ("places", 5)):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(f"originals:{name}")).status_code == 200
        asked = [q for q in queries if "SAVEPOINT" not in q["sql"]]
        assert len(asked) == most, (name, [q["sql"][:80] for q in asked])


def test_the_catalogue_on_paper_and_as_a_workbook(gd: Room) -> None:
    original = shelved(gd, title="合同#panic()", secrecy="ordinary")
    client = entered(gd.custodian)
    printed = take(client, "originals:catalogue")
    assert printed["Content-Type"] == "application/pdf"
    words = text_of(printed.content)
    assert "#panic()" in words
    assert original.barcode in words
    assert "共 1 件，48 页" in words
    sheet = load_workbook(BytesIO(take(client, "originals:export").content)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][:2] == [original.barcode, "合同#panic()"]
    assert gd.custodian.name in str(sheet["A3"].value)
    verbs = list(Event.objects.filter(verb__startswith="originals.").values_list("verb", flat=True))
    assert sorted(verbs) == ["originals.exported", "originals.printed"]
    assert entered(gd.reader).get(reverse("originals:export")).status_code == 403


def test_a_spine_label_carries_path_and_code(gd: Room) -> None:
    shelved(gd)
    answer = take(entered(gd.custodian), "originals:label", gd.box.pk)
    words = text_of(answer.content)
    for said in (gd.box.path, gd.box.barcode, "2026 年天然气购销合同"):
        assert said in words


@pytest.mark.clause("6.2.1")
def test_a_stocktake_from_page_to_page(gd: Room) -> None:
    original = shelved(gd)
    client = entered(gd.custodian)
    client.post(reverse("originals:stocktakes"), {"title": "2026 年度", "scope": "", "sample": ""})
    taken = Stocktake.objects.get()
    page = reverse("originals:stocktake", args=[taken.pk])
    assert original.title in client.get(page).text
    look = reverse("originals:stocktake-look", args=[taken.pk])
    assert (
        "不在这次盘点的清单里"
        in client.post(look, {"barcode": "X", "result": "found"}, follow=True).text
    )
    client.post(look, {"barcode": original.barcode, "result": "found"})
    client.post(reverse("originals:stocktake-close", args=[taken.pk]), {"note": "账实相符"})
    assert "账实相符" in client.get(page).text
    assert "在位" in text_of(take(client, "originals:stocktake-sheet", taken.pk).content)
    assert client.get(page, {"after": "nonsense"}).status_code == 400
    assert entered(room("FJ").custodian).get(page).status_code == 404


def test_a_transfer_prints_its_list(gd: Room) -> None:
    original = shelved(gd)
    client = entered(gd.custodian)
    form = reverse("originals:transfer")
    assert original.title in client.post(form, {"original": str(original.pk)}).text
    said = {"do": "1", "original": str(original.pk), "receiver": "集团档案馆"}
    said |= {"received_by": "王档", "witness": "李监", "basis": "年度移交"}
    said["handed_on"] = "2026-11-05"
    assert client.post(form, said | {"handed_on": "x"}).status_code == 422
    client.post(form, said)
    made = Transfer.objects.get()
    words = text_of(take(client, "originals:transfer-list", made.pk).content)
    for word in (made.number, "集团档案馆", "王档", "李监", original.title):
        assert word in words


def test_disposal_from_page_to_page(gd: Room) -> None:
    head = entered(plant.person(Role.SUPERVISOR))
    original = shelved(gd, year="2000", retention="y10")
    client = entered(gd.custodian)
    page = reverse("originals:disposals")
    assert "本单位没有开通原件销毁" in client.get(page).text
    head.post(reverse("originals:unlock"), {"unit": gd.unit.pk, "allowed": "1", "basis": "期限表"})
    assert original.title in client.get(page).text
    client.post(page, {"original": str(original.pk), "reason": "期满", "method": "粉碎"})
    made = Disposal.objects.get()

    def step(user: User, act: str) -> None:
        entered(user).post(reverse("originals:disposal-act", args=[made.pk, act]))

    step(gd.steward, "approve")
    step(gd.filler, "witness")
    step(gd.reader, "witness")
    shown = client.get(reverse("originals:disposal", args=[made.pk])).text
    digest = re.search(r"[0-9a-f]{64}", shown)
    made.refresh_from_db()
    assert digest is not None
    assert digest[0] == made.sha256
