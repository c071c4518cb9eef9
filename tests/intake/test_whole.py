"""The whole-dossier workbook: out, edited by a person, in again; what is refused and why."""

import io
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import plant
from tests.dossiers.editions import removed, taken_up
from tests.dossiers.files import TODAY, Desk, complete_dossier, desk, moment
from tests.exports.taking import take
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.contracts.models import Contract, Offtake
from yihu.dossiers.actions import save_fields
from yihu.dossiers.models import Dossier, Draft

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setenv("YIHU_TODAY", TODAY.isoformat())


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def file_with_months() -> tuple[Desk, Dossier, Contract]:
    gd = desk()
    file = complete_dossier(gd)
    contract = plant.contract(file)
    for month in (8, 9, 10):
        plant.month(contract, date(2026, month, 1), actual="101.25")
    return gd, file, contract


def taken(user: User, file: Dossier) -> bytes:
    answer = take(entered(user), "intake:whole-file", file.pk)
    assert answer.status_code == 200
    return bytes(answer.content)


def changed(content: bytes, *edits: tuple[str, str, Any]) -> bytes:
    """The workbook with cells written anew: (sheet, address, value)."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet, address, value in edits:
        book[sheet][address] = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def row_of(content: bytes, code: str) -> int:
    sheet = openpyxl.load_workbook(io.BytesIO(content))["客户"]
    return next(row for row in range(3, sheet.max_row + 1) if sheet.cell(row, 1).value == code)


def brought(user: User, file: Dossier, content: bytes, name: str = "改好.xlsx") -> Any:
    upload = SimpleUploadedFile(name, content)
    return entered(user).post(reverse("intake:whole-preview", args=[file.pk]), {"file": upload})


def confirmed(user: User, file: Dossier, seen: Any, **choices: str) -> Any:
    return entered(user).post(
        reverse("intake:whole-confirm", args=[file.pk]),
        {"token": seen.context["token"], **choices},
    )


def state() -> tuple[Any, ...]:
    """Everything that an import could have changed."""
    return (
        list(Draft.objects.values_list("dossier", "changes").order_by("dossier")),
        list(Contract.objects.values_list("number", "title", "acq").order_by("number")),
        list(Offtake.objects.values_list("contract", "month", "actual").order_by("month")),
        Event.objects.filter(verb="workbook.imported").count(),
    )


@pytest.mark.clause("6.1.1")
def test_the_workbook_holds_the_whole_dossier() -> None:
    gd, file, contract = file_with_months()
    content = taken(gd.filler, file)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames[:2] == ["说明", "客户"]
    assert book.sheetnames[-3:] == ["合同", "月度", "_yihu"]
    assert book["_yihu"].sheet_state == "veryHidden"
    assert list(book.defined_names) == ["yihu_dossier"]
    assert book["客户"].cell(row_of(content, "legal_rep"), 4).value == "李明"
    assert [cell.value for cell in book["联系人"][4]][:1] == ["王芳"]
    assert book["合同"]["A4"].value == contract.number
    assert [book["月度"].cell(row, 1).value for row in (4, 5, 6)] == [
        "2026-08",
        "2026-09",
        "2026-10",
    ]
    labels, values = book["客户"]["C3"], book["客户"]["D3"]
    assert (labels.protection.locked, values.protection.locked) == (True, False)
    assert all(sheet.protection.sheet for sheet in book.worksheets)
    (event,) = Event.objects.filter(verb="workbook.exported")
    assert event.data["trace"] in " ".join(str(cell.value) for cell in book["说明"]["A"])
    feet = [str(sheet.oddFooter.left.text) for sheet in book.worksheets[:-1]]
    assert [foot.startswith("普通商密") and event.data["trace"] in foot for foot in feet] == [
        True
    ] * len(feet)


def test_the_same_workbook_again_changes_nothing() -> None:
    gd, file, _contract = file_with_months()
    before = state()
    seen = brought(gd.filler, file, taken(gd.filler, file))
    assert seen.status_code == 200
    assert seen.context["plan"].anything is False
    assert seen.context["plan"].problems == []
    assert state() == before


def test_libreoffice_saves_it_and_still_nothing_has_changed(tmp_path: Path) -> None:
    gd, file, _contract = file_with_months()
    source = tmp_path / "in" / "book.xlsx"
    source.parent.mkdir()
    source.write_bytes(taken(gd.filler, file))
    office = shutil.which("soffice")
    assert office is not None, "this test needs LibreOffice (soffice)"
    subprocess.run(
        [office, f"-env:UserInstallation=file://{tmp_path}/office", "--headless",
         "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path), str(source)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    seen = brought(gd.filler, file, (tmp_path / "book.xlsx").read_bytes())
    assert seen.status_code == 200, seen.context["refusal"]
    assert seen.context["plan"].problems == []
    assert seen.context["parts"] == []


@pytest.mark.clause("6.1.4")
def test_an_edited_workbook_is_shown_then_written_in_one_go() -> None:
    gd, file, contract = file_with_months()
    content = taken(gd.filler, file)
    edited = changed(
        content,
        ("客户", f"D{row_of(content, 'legal_rep')}", "张大同"),
        ("联系人", "A5", "赵六"),
        ("月度", "D6", 120.5),
        ("合同", "B4", "改名后的合同"),
    )
    sheet = openpyxl.load_workbook(io.BytesIO(content))["月度"]
    assert sheet["D3"].value == "实际提气量"
    before = state()
    seen = brought(gd.filler, file, edited)
    assert seen.status_code == 200
    assert state() == before
    lines = [
        (line.label, line.old, line.new) for part in seen.context["parts"] for line in part.lines
    ]
    assert ("法定代表人", "李明", "张大同") in lines
    assert (f"{contract.number} 2026-10 · 实际提气量", "101.25", "120.5") in lines
    answer = confirmed(gd.filler, file, seen)
    assert answer.status_code == 302
    draft = Draft.objects.get(dossier=file)
    assert draft.changes["legal_rep"] == "张大同"
    assert [row["name"] for row in draft.changes["contacts"]] == ["王芳", "赵六"]
    assert sorted(draft.changes) == ["contacts", "legal_rep"]
    contract.refresh_from_db()
    assert contract.title == "改名后的合同"
    october = Offtake.objects.get(contract=contract, month=date(2026, 10, 1))
    assert str(october.actual) == "120.5000"
    (event,) = Event.objects.filter(verb="workbook.imported")
    assert event.data["fields"] == ["contacts", "legal_rep"]
    assert (event.data["contracts"], event.data["offtake"]) == (1, 1)
    again = brought(gd.filler, file, edited)
    assert again.context["plan"].anything is False


def test_a_new_contract_and_its_months_come_in_together() -> None:
    gd, file, _contract = file_with_months()
    content = taken(gd.filler, file)
    contract = {
        "合同编号": "HT-NEW-1",
        "气源类型": "管道气",
        "生效日期": date(2026, 1, 1),
        "终止日期": date(2027, 12, 31),
        "年合同量ACQ": 500,
        "计量单位": "万立方米",
    }
    month = {
        "月份": "2026-10",
        "合同编号": "HT-NEW-1",
        "实际提气量": 40,
        "计量单位": "万立方米",
        "结算单价": 3.2,
    }
    edits = []
    for name, row, values in (("合同", 5, contract), ("月度", 7, month)):
        heads = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(content))[name][3]]
        letters = {head: openpyxl.utils.get_column_letter(at) for at, head in enumerate(heads, 1)}
        edits += [(name, f"{letters[head]}{row}", value) for head, value in values.items()]
    seen = brought(gd.filler, file, changed(content, *edits))
    assert seen.context["plan"].problems == []
    assert Contract.objects.filter(number="HT-NEW-1").count() == 0
    assert confirmed(gd.filler, file, seen).status_code == 302
    made = Contract.objects.get(number="HT-NEW-1")
    assert made.dossier_id == file.pk
    assert Offtake.objects.filter(contract=made).count() == 1


@pytest.mark.clause("6.1.4")
@pytest.mark.parametrize(("choice", "kept"), [("mine", "我改的"), ("now", "别人改的")])
def test_a_conflict_shows_all_three_and_waits_for_a_choice(choice: str, kept: str) -> None:
    gd, file, _contract = file_with_months()
    content = taken(gd.filler, file)
    edited = changed(content, ("客户", f"D{row_of(content, 'legal_rep')}", "我改的"))
    save_fields(
        gd.filler, file, values={"legal_rep": "别人改的"}, seen={}, at=moment(), today=TODAY
    )
    seen = brought(gd.filler, file, edited)
    (one,) = seen.context["choices"]
    assert (one.seen, one.now, one.mine) == ("李明", "别人改的", "我改的")
    assert confirmed(gd.filler, file, seen).status_code == 422
    assert Draft.objects.get().changes["legal_rep"] == "别人改的"
    assert confirmed(gd.filler, file, seen, **{"field:legal_rep": choice}).status_code == 302
    assert Draft.objects.get().changes["legal_rep"] == kept


def test_a_month_that_moved_meanwhile_is_a_conflict_too() -> None:
    gd, file, contract = file_with_months()
    content = taken(gd.filler, file)
    Offtake.objects.filter(contract=contract, month=date(2026, 10, 1)).update(actual="77")
    untouched = brought(gd.filler, file, content)
    assert untouched.context["plan"].anything is False
    seen = brought(gd.filler, file, changed(content, ("月度", "D6", 120.5)))
    (one,) = seen.context["choices"]
    assert ["101.25" in one.seen, "77" in one.now, "120.5" in one.mine] == [True] * 3
    assert confirmed(gd.filler, file, seen, **{one.key: "mine"}).status_code == 302
    assert str(Offtake.objects.get(contract=contract, month=date(2026, 10, 1)).actual) == "120.5000"


def test_what_moves_between_preview_and_confirmation_is_shown_again() -> None:
    gd, file, _contract = file_with_months()
    content = taken(gd.filler, file)
    seen = brought(
        gd.filler, file, changed(content, ("客户", f"D{row_of(content, 'legal_rep')}", "我改的"))
    )
    save_fields(gd.filler, file, values={"legal_rep": "别人"}, seen={}, at=moment(), today=TODAY)
    answer = confirmed(gd.filler, file, seen)
    assert answer.status_code == 412
    assert "又有变动" in answer.context["notice"]
    assert Draft.objects.get().changes["legal_rep"] == "别人"


# Refused ------------------------------------------------------------------------------------------


def other_dossier(gd: Desk, file: Dossier, content: bytes) -> bytes:
    return taken(gd.filler, complete_dossier(gd))


def other_unit(gd: Desk, file: Dossier, content: bytes) -> bytes:
    fj = desk("FJ")
    return taken(fj.filler, complete_dossier(fj))


def no_hidden_sheet(gd: Desk, file: Dossier, content: bytes) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    del book["_yihu"]
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def tampered(gd: Desk, file: Dossier, content: bytes) -> bytes:
    hidden = openpyxl.load_workbook(io.BytesIO(content))["_yihu"]["A1"].value
    middle = len(hidden) // 2
    other = "A" if hidden[middle] != "A" else "B"
    return changed(content, ("_yihu", "A1", hidden[:middle] + other + hidden[middle + 1 :]))


def formula(gd: Desk, file: Dossier, content: bytes) -> bytes:
    return changed(content, ("月度", "D6", "=1+1"))


def changed_head(gd: Desk, file: Dossier, content: bytes) -> bytes:
    return changed(content, ("联系人", "A2", "姓名"))


def not_a_workbook(gd: Desk, file: Dossier, content: bytes) -> bytes:
    return b"%PDF-1.7 not a workbook"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (other_dossier, "请到那份档案的页面上传"),
        (other_unit, "这是另一单位的工作簿"),
        (no_hidden_sheet, "隐藏工作表被删改"),
        (tampered, "隐藏工作表被删改"),
        (formula, "工作簿里有公式：“月度”D6"),
        (changed_head, "工作表“联系人”的表头被改动"),
        (not_a_workbook, "不是表格文件"),
    ],
)
def test_a_workbook_that_cannot_be_taken_says_why_and_changes_nothing(make: Any, said: str) -> None:
    gd, file, _contract = file_with_months()
    content = make(gd, file, taken(gd.filler, file))
    before = state()
    answer = brought(gd.filler, file, content)
    assert answer.status_code == 422
    assert said in answer.context["refusal"]
    assert state() == before


def test_a_superseded_guide_is_refused() -> None:
    gd, file, _contract = file_with_months()
    content = taken(gd.filler, file)
    taken_up(plant.person(Role.SUPERVISOR), removed("coop_summary"), on=TODAY, at=moment())
    answer = brought(gd.filler, file, content)
    assert answer.status_code == 422
    assert "按填报指南第 1 版写成，现行为第 2 版" in answer.context["refusal"]


@pytest.mark.parametrize(
    ("sheet", "address", "value", "place", "code"),
    [
        ("联系人", "Z9", "多余", ("联系人", 9, "Z"), "unknown_column"),
        ("客户", "A200", "no_such", ("客户", 200, "A"), "unknown_row"),
        ("客户", "D100", "没有栏目的内容", ("客户", 100, "A"), "unknown_row"),
        ("月度", "D6", "很多", ("月度", 6, "D"), "invalid_number"),
        ("月度", "B6", "HT-没有", ("月度", 6, "B"), "unknown_contract"),
        ("合同", "C5", "91440000MA00000000", ("合同", 5, "C"), "invalid_credit_code"),
    ],
)
def test_every_problem_names_sheet_row_and_column(
    sheet: str, address: str, value: str, place: tuple[str, int, str], code: str
) -> None:
    gd, file, _contract = file_with_months()
    content = taken(gd.filler, file)
    before = state()
    answer = brought(gd.filler, file, changed(content, (sheet, address, value)))
    assert answer.status_code == 422
    found = {(one.sheet, one.row, one.column, one.code) for one in answer.context["plan"].problems}
    assert (*place, code) in found
    assert confirmed(gd.filler, file, answer).status_code in {412, 422}
    assert state() == before


def test_another_customers_contract_is_not_moved_here() -> None:
    gd, file, _contract = file_with_months()
    other = plant.contract(complete_dossier(gd))
    content = taken(gd.filler, file)
    answer = brought(gd.filler, file, changed(content, ("合同", "A4", other.number)))
    assert [one.code for one in answer.context["plan"].problems] == ["wrong_customer"]
    other.refresh_from_db()
    assert other.dossier_id != file.pk


@pytest.mark.clause("6.3.1")
@pytest.mark.parametrize(
    ("role", "unit", "page", "post"),
    [
        (Role.FILLER, "GD", 200, 422),
        (Role.REVIEWER, "GD", 200, 403),
        (Role.SUPERVISOR, None, 200, 403),
        (Role.CUSTODIAN, "GD", 403, 403),
        (Role.FILLER, "FJ", 404, 404),
        (Role.ITC, "FJ", 404, 404),
        (Role.AUDITOR, "FJ", 404, 404),
    ],
)
def test_who_may(role: Role, unit: str | None, page: int, post: int) -> None:
    gd = desk()
    file = complete_dossier(gd)
    client = entered(plant.person(role, plant.unit(unit) if unit else None))
    for name in ("intake:whole", "intake:whole-file"):
        assert client.get(reverse(name, args=[file.pk])).status_code == page
    assert client.post(reverse("intake:whole-preview", args=[file.pk])).status_code == post
    assert gd.unit.pk == file.unit_id


def test_a_forged_confirmation_is_refused() -> None:
    gd, file, _contract = file_with_months()
    client = entered(gd.filler)
    answer = client.post(reverse("intake:whole-confirm", args=[file.pk]), {"token": "x"})
    assert answer.status_code == 400


def test_as_many_queries_for_one_contract_as_for_three() -> None:
    gd = desk()
    counts = []
    for contracts in (1, 3):
        file = complete_dossier(gd)
        for _contract in range(contracts):
            plant.month(plant.contract(file), date(2026, 10, 1))
        content = taken(gd.filler, file)
        brought(gd.filler, file, content)
        with CaptureQueriesContext(connection) as seen:
            brought(gd.filler, file, content)
        counts.append(len(seen))
    assert counts[0] == counts[1]


@pytest.mark.clause("5.5")
def test_no_text_becomes_a_formula_and_what_looks_like_one_comes_back_as_it_was() -> None:
    gd, file, _contract = file_with_months()
    hostile = ["=1+1", "+86", "-1", "@SUM(A1)", "＝A1", "http://x.example/", "\t=1"]
    file.document["coop_summary"] = '=HYPERLINK("http://x")'
    file.document["contacts"] = [{"name": said, "role": ["purchasing"]} for said in hostile]
    file.save(update_fields=["document"])
    content = taken(gd.filler, file)
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    assert [book["联系人"].cell(row, 1).value for row in range(4, 10)] == hostile[:6]
    seen = brought(gd.filler, file, content)
    assert seen.context["plan"].problems == []
    assert seen.context["plan"].anything is False
