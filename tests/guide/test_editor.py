"""The guide's pages over HTTP: reading, editing a draft, mapping, lists, workbook (§4.1b)."""

import html
import json
import re
import shutil
import subprocess
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from tests import plant
from yihu.access.rules import Role
from yihu.dossiers.jobs import reckon_impact
from yihu.dossiers.models import GuideImpact
from yihu.guide import edits
from yihu.guide.actions import edit_field, load_first_edition
from yihu.guide.carry import How, read_changes
from yihu.guide.models import Edition
from yihu.guide.queries import draft_for
from yihu.guide.rules import lists_of, parse
from yihu.kit.clock import now

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.1b")]


@pytest.fixture(autouse=True)
def _guide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")
    load_first_edition()


@pytest.fixture
def editor() -> Client:
    """A supervisor who has begun the second edition."""
    client = Client()
    client.force_login(plant.person(Role.SUPERVISOR))
    answer = client.post(reverse("guide:start"), {"number": "1"})
    assert answer.status_code == 302
    return client


def draft() -> Edition:
    return Edition.objects.select_related("based_on").get(published_at__isnull=True)


def raw(code: str) -> dict[str, Any]:
    found = edits.find(draft().definition, code)
    assert found is not None
    return found[1]


def form_of(client: Client, code: str) -> dict[str, list[str]]:
    """What a browser would send back, had nobody touched the form."""
    page = client.get(reverse("guide:draft"), {"field": code}).text
    body = page[page.index("data-field") :]
    body = re.sub(r"<template.*?</template>", "", body[: body.index("</form>")], flags=re.S)
    sent: dict[str, list[str]] = {}

    def add(name: str, value: str) -> None:
        sent.setdefault(name, []).append(html.unescape(value))

    for part in re.finditer(
        r"<select(?P<select>[^>]*)>(?P<options>.*?)</select>"
        r"|<textarea(?P<area>[^>]*)>(?P<text>.*?)</textarea>|<input(?P<input>[^>]*)>",
        body,
        re.S,
    ):
        tag = part["select"] or part["area"] or part["input"]
        name = re.search(r'name="([^"]*)"', tag)
        if name is None or " disabled" in tag:
            continue
        if part["select"] is not None:
            chosen = re.search(r'<option value="([^"]*)" selected', part["options"])
            first = re.search(r'<option value="([^"]*)"', part["options"])
            picked = chosen or first
            add(name[1], picked[1] if picked is not None else "")
        elif part["area"] is not None:
            add(name[1], part["text"])
        elif 'type="checkbox"' not in tag or " checked" in tag:
            value = re.search(r'value="([^"]*)"', tag)
            add(name[1], value[1] if value else "on")
    return sent


def one_of_each() -> list[str]:
    """A field of each type, in the document and in a table of the platform, and every table."""
    found: dict[tuple[str, bool, str], str] = {}
    for section in draft().definition["sections"]:
        for field in section["fields"]:
            code = field["code"]
            own = code if field.get("columns") else ""
            found.setdefault((field["type"], bool(field.get("stored")), own), code)
    return list(found.values())


def test_every_form_sent_back_untouched_changes_nothing(editor: Client) -> None:
    before = parse(draft().definition)
    codes = one_of_each()
    assert len(codes) > 20
    for code in codes:
        answer = editor.post(reverse("guide:field"), form_of(editor, code))
        assert answer.status_code == 302, (code, re.findall(r"gd-wrong[^>]*>([^<]+)", answer.text))
        assert parse(draft().definition)[code] == before[code]
    assert read_changes(draft().changes) == ()
    page = editor.get(reverse("guide:difference"), {"old": 1, "new": 2}).text
    assert "两版内容相同" in page


def test_reading_and_editing_go_by_role() -> None:
    gd = plant.unit("GD")
    readers = [plant.person(role, gd) for role in (Role.FILLER, Role.READER)]
    outside = [plant.person(Role.ITC), plant.person(Role.AUDITOR)]
    for user, status in [(user, 200) for user in readers] + [(user, 403) for user in outside]:
        client = Client()
        client.force_login(user)
        for name, args in (("editions", []), ("edition", [1]), ("preview", [1]), ("workbook", [1])):
            assert client.get(reverse(f"guide:{name}", args=args)).status_code == status
        assert client.get(reverse("guide:draft")).status_code == 403
        assert client.post(reverse("guide:start"), {"number": "1"}).status_code == 403
    assert not Edition.objects.filter(published_at__isnull=True).exists()


def test_a_draft_is_read_by_nobody_but_its_makers(editor: Client) -> None:
    reader = Client()
    reader.force_login(plant.person(Role.READER, plant.unit("GD")))
    for name in ("edition", "preview", "workbook"):
        assert editor.get(reverse(f"guide:{name}", args=[2])).status_code == 200
        assert reader.get(reverse(f"guide:{name}", args=[2])).status_code == 404
    assert reader.get(reverse("guide:difference"), {"old": 1, "new": 2}).status_code == 404


def test_a_new_field_stands_at_the_end_of_its_group(editor: Client) -> None:
    sent = {
        "code_was": "",
        "section": "basic",
        "code": "peak_daily",
        "label": "日均用气峰值",
        "group": "工商登记",
        "type": "number",
        "unit": "万立方米",
        "digits": "2",
        "required": "when",
        "classes": ["strategic", "vip"],
        "min": "０",
        "max": "1,000",
        "help": "例如 12.50",
    }
    assert editor.post(reverse("guide:field"), sent).status_code == 302
    section, field = edits.find(draft().definition, "peak_daily") or ({}, {})
    assert field == {
        "code": "peak_daily",
        "label": "日均用气峰值",
        "group": "工商登记",
        "type": "number",
        "unit": "万立方米",
        "digits": 2,
        "required": "when",
        "classes": ["strategic", "vip"],
        "help": "例如 12.50",
        "min": "0",
        "max": "1000",
    }
    same = [one["code"] for one in section["fields"] if one.get("group") == "工商登记"]
    assert same[-1] == "peak_daily"
    preview = reverse("guide:preview", args=[2])
    must = re.compile(r"日均用气峰值<span class=\"fl-must\">必填")
    assert must.search(editor.get(preview, {"klass": "vip"}).text)
    assert not must.search(editor.get(preview, {"klass": "general"}).text)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"code": "Peak"}, "编码只能用小写字母、数字和下划线"),
        ({"code": "uscc"}, "编码“uscc”已被另一栏使用。"),
        ({"label": ""}, "请填写名称。"),
        ({"type": "number", "min": "abc"}, "“最小值”应是数字。"),
        ({"type": "choice"}, "“日均（peak）”："),
        ({"type": "text", "pattern": "[0-9"}, "“日均（peak）”："),
        ({"label": "长" * 61}, "“名称”最多 60 字，现有 61 字。"),
        ({"section": "nowhere"}, "没有这一部分，请从列表中选择。"),
    ],
)
def test_a_field_that_cannot_be_comes_back_as_typed(
    editor: Client, typed: dict[str, str], said: str
) -> None:
    before = draft()
    sent = {"code_was": "", "section": "basic", "code": "peak", "label": "日均", "type": "text"}
    answer = editor.post(reverse("guide:field"), sent | typed)
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    assert f'value="{(sent | typed)["code"]}"' in answer.text
    assert (draft().version, draft().definition) == (before.version, before.definition)


def test_html_in_a_label_is_text(editor: Client) -> None:
    label = "<script>alert(1)</script>"
    sent = {"code_was": "", "section": "basic", "code": "x", "label": label, "type": "text"}
    assert editor.post(reverse("guide:field"), sent).status_code == 302
    for name, args in (("guide:draft", []), ("guide:preview", [2]), ("guide:edition", [2])):
        page = editor.get(reverse(name, args=args)).text
        assert label not in page
        assert html.escape(label) in page


def test_what_another_saved_meanwhile_is_shown_and_not_overwritten(editor: Client) -> None:
    mine = form_of(editor, "legal_rep") | {"label": ["法人"]}
    other = plant.person(Role.SUPERVISOR)
    edit_field(
        other,
        draft(),
        "legal_rep",
        raw("legal_rep") | {"label": "法定代表人姓名"},
        section="basic",
        version=draft().version,
        at=now(),
    )
    answer = editor.post(reverse("guide:field"), mine)
    assert answer.status_code == 409
    assert raw("legal_rep")["label"] == "法定代表人姓名"
    page = html.unescape(answer.text)
    assert "这一栏刚被别人改过" in page
    assert "<ins>法定代表人姓名</ins>" in page
    assert 'value="法人"' in page
    seen = re.search(r'name="seen" value="([^"]*)"', answer.text)
    assert seen is not None
    again = mine | {"seen": [html.unescape(seen[1])]}
    assert editor.post(reverse("guide:field"), again).status_code == 302
    assert raw("legal_rep")["label"] == "法人"


def test_saving_beside_another_is_no_conflict(editor: Client) -> None:
    """Two people on two fields of one draft: both are kept."""
    mine = form_of(editor, "reg_addr") | {"label": ["住所"]}
    theirs = form_of(editor, "legal_rep") | {"label": ["法人"]}
    for sent in (theirs, mine):
        assert editor.post(reverse("guide:field"), sent).status_code == 302
    assert (raw("legal_rep")["label"], raw("reg_addr")["label"]) == ("法人", "住所")


def test_removed_fields_can_be_put_back(editor: Client) -> None:
    page = reverse("guide:draft") + "?section=basic"
    sent = {"code": "legal_rep", "section": "basic", "version": draft().version}
    editor.post(reverse("guide:remove"), sent)
    assert edits.find(draft().definition, "legal_rep") is None
    assert [c.source for c in read_changes(draft().changes) if c.how == How.REMOVE] == ["legal_rep"]
    assert "恢复“法定代表人”" in editor.get(page).text
    editor.post(reverse("guide:restore"), {"code": "legal_rep", "section": "basic"})
    assert raw("legal_rep")["label"] == "法定代表人"
    assert read_changes(draft().changes) == ()


def test_order_within_a_group_and_of_groups(editor: Client) -> None:
    def order() -> list[tuple[str, str]]:
        (basic,) = [s for s in draft().definition["sections"] if s["code"] == "basic"]
        return [(field.get("group", ""), field["code"]) for field in basic["fields"]]

    before = order()
    group = before[0][0]
    second = before[1][1]
    editor.post(reverse("guide:move"), {"section": "basic", "up": second})
    assert [code for _, code in order()][:2] == [second, before[0][1]]
    editor.post(reverse("guide:move"), {"section": "basic", "down": second})
    assert order() == before
    editor.post(reverse("guide:move"), {"section": "basic", "group_down": group})
    assert order()[0][0] != group
    editor.post(reverse("guide:move"), {"section": "basic", "group_up": group})
    assert order() == before
    editor.post(reverse("guide:group"), {"section": "basic", "group": group, "name": "身份"})
    assert {name for name, code in order() if code == before[0][1]} == {"身份"}


def test_a_retyped_field_asks_what_becomes_of_its_values(editor: Client) -> None:
    sent = form_of(editor, "legal_rep") | {"type": ["bool"], "max_length": [""]}
    answer = editor.post(reverse("guide:field"), sent, follow=True)
    assert "这一栏原来的值还有 1 处衔接要写明" in answer.text
    page = editor.get(reverse("guide:mapping")).text
    assert "类型由“文字”改为“是否”。" in page
    said = {"source": "legal_rep", "kind": "retype", "rest": "retire", "values": "有＝是\n没有"}
    answer = editor.post(reverse("guide:answer"), said)
    assert answer.status_code == 422
    assert "看不懂“没有”" in answer.text
    editor.post(reverse("guide:answer"), said | {"values": "有＝是\n没有→否"})
    (change,) = [c for c in read_changes(draft().changes) if c.how == How.RETYPE]
    assert (change.source, dict(change.values), change.rest) == (
        "legal_rep",
        {"有": "true", "没有": "false"},
        "retire",
    )
    assert "待写明 <strong>0</strong> 处" in editor.get(reverse("guide:mapping")).text


def test_a_code_list_is_edited_and_its_lost_codes_answered(editor: Client) -> None:
    lists = lists_of(draft().definition)
    name = next(n for n in lists if n not in edits.platform_lists(draft().definition)
                and edits.users_of(draft().definition, n))  # fmt: skip
    pairs = list(lists[name].items())
    lost, kept = pairs[0], pairs[1:]
    sent = {
        "list": name,
        "seen": json.dumps(pairs),
        "code": [code for code, _ in kept] + ["", "new_one"],
        "label": [label for _, label in kept] + ["", "新的一项"],
    }
    assert editor.post(reverse("guide:list"), sent).status_code == 302
    assert list(lists_of(draft().definition)[name].items()) == [*kept, ("new_one", "新的一项")]
    page = editor.get(reverse("guide:lists"), {"list": name}).text
    assert f'name="to:{lost[0]}"' in page
    editor.post(reverse("guide:recode"), {"list": name, f"to:{lost[0]}": kept[0][0]})
    said = [c for c in read_changes(draft().changes) if c.how == How.RECODE]
    assert said != []
    assert {tuple(c.values.items()) for c in said} == {((lost[0], kept[0][0]),)}
    stale = editor.post(reverse("guide:list"), sent)
    assert stale.status_code == 409
    assert "这个代码表刚被别人改过" in stale.text


def test_lists_of_the_platform_and_in_use_are_kept(editor: Client) -> None:
    before = draft().definition
    answer = editor.post(
        reverse("guide:list"),
        {
            "list": "klass",
            "seen": json.dumps(list(lists_of(before)["klass"].items())),
            "code": ["strategic"],
            "label": ["战略"],
        },
    )
    assert answer.status_code == 422
    assert "由平台的业务表使用" in answer.text
    answer = editor.post(reverse("guide:remove-list"), {"list": "klass"}, follow=True)
    assert "还有栏目在用" in answer.text
    answer = editor.post(
        reverse("guide:list"), {"list": "", "name": "klass", "code": "a", "label": "甲"}
    )
    assert "已有同名的代码表" in answer.text
    assert draft().definition == before


# The workbook ------------------------------------------------------------------------------------


def exported(client: Client, number: int = 2) -> bytes:
    answer = client.get(reverse("guide:workbook", args=[number]))
    assert answer.status_code == 200
    return answer.content


def uploaded(client: Client, content: bytes, name: str = "指南.xlsx") -> Any:
    return client.post(reverse("guide:upload"), {"file": SimpleUploadedFile(name, content)})


def parcel(page: str) -> str:
    found = re.search(r'name="parcel" value="([^"]*)"', page)
    assert found is not None, re.findall(r"<td[^>]*>([^<]*)", page)[:12]
    return found[1]


def test_an_exported_draft_comes_back_the_same(editor: Client) -> None:
    before = parse(draft().definition)
    answer = uploaded(editor, exported(editor))
    assert "与草稿相同" in answer.text
    editor.post(reverse("guide:take"), {"parcel": parcel(answer.text)})
    assert parse(draft().definition) == before
    assert draft().definition["lists"] == draft().based_on.definition["lists"]


def test_a_workbook_edited_in_libreoffice_becomes_the_draft(editor: Client, tmp_path: Path) -> None:
    book = load_workbook(BytesIO(exported(editor)))
    sheet = book["A 客户基本信息"]
    heads = {cell.value: cell.column for cell in sheet[1]}
    rows = {sheet.cell(row, heads["编码"]).value: row for row in range(2, sheet.max_row + 1)}
    row = rows["legal_rep"]
    sheet.cell(row, heads["原编码"]).value = "legal_rep"
    sheet.cell(row, heads["编码"]).value = "legal_person"
    sheet.cell(row, heads["填写要求"]).value = "选填"
    sheet.delete_rows(rows["reg_status"])
    path = tmp_path / "指南.xlsx"
    book.save(path)
    office = shutil.which("soffice")
    assert office is not None, "this test needs LibreOffice (soffice)"
    subprocess.run(
        [office, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile",
         "--convert-to", "ods", "--outdir", str(tmp_path), str(path)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    answer = uploaded(editor, (tmp_path / "指南.ods").read_bytes(), "指南.ods")
    assert answer.status_code == 200, re.findall(r"<td[^>]*>([^<]*)", answer.text)[:12]
    assert "legal_rep → legal_person" in html.unescape(answer.text)
    assert edits.find(draft().definition, "legal_person") is None  # nothing before it is taken
    editor.post(reverse("guide:take"), {"parcel": parcel(answer.text)})
    assert raw("legal_person").get("required") is None
    assert edits.find(draft().definition, "reg_status") is None
    renames = {c.source: c.target for c in read_changes(draft().changes) if c.how == How.RENAME}
    assert renames == {"legal_rep": "legal_person"}
    assert 'name="source" value="reg_status"' in editor.get(reverse("guide:mapping")).text


@pytest.mark.parametrize(
    ("sheet", "head", "value", "said"),
    [
        ("A 客户基本信息", "类型", "数码", "“类型”没有“数码”"),
        ("A 客户基本信息", "最多字数", "很多", "“最多字数”应是不带小数的数字。"),
        ("A 客户基本信息", "代码表", "nothing_such", "nothing_such"),
        ("代码表", "代码", "坏 代码", "代码只能用字母、数字和下划线"),
    ],
)
def test_a_wrong_workbook_names_sheet_row_and_column(
    editor: Client, sheet: str, head: str, value: str, said: str
) -> None:
    before = draft()
    book = load_workbook(BytesIO(exported(editor)))
    page = book[sheet]
    heads = {cell.value: cell.column for cell in page[1]}
    page.cell(5, heads[head]).value = value
    target = BytesIO()
    book.save(target)
    answer = uploaded(editor, target.getvalue())
    assert answer.status_code == 422
    text = html.unescape(answer.text)
    assert said in text
    assert re.search(rf"<td>{sheet}</td><td class=\"num\" data-label=\"行\">5</td>", text)
    assert (draft().version, draft().definition) == (before.version, before.definition)


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04broken"])
def test_what_is_no_workbook_is_refused(editor: Client, content: bytes) -> None:
    answer = uploaded(editor, content)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_a_parcel_is_taken_once_by_its_maker_and_unaltered(editor: Client) -> None:
    book = load_workbook(BytesIO(exported(editor)))
    sheet = book["A 客户基本信息"]
    heads = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, heads["编码"]).value == "legal_rep":
            sheet.cell(row, heads["名称"]).value = "法人"
    target = BytesIO()
    book.save(target)
    packed = parcel(uploaded(editor, target.getvalue()).text)
    other = Client()
    other.force_login(plant.person(Role.SUPERVISOR))
    for client, sent in ((other, packed), (editor, packed[:-2] + "zz")):
        answer = client.post(reverse("guide:take"), {"parcel": sent}, follow=True)
        assert "核对页已过期" in answer.text
        assert raw("legal_rep")["label"] == "法定代表人"
    editor.post(reverse("guide:take"), {"parcel": packed})
    assert raw("legal_rep")["label"] == "法人"
    answer = editor.post(reverse("guide:take"), {"parcel": packed}, follow=True)
    assert "您的这次保存没有写入" in answer.text


# The whole way -----------------------------------------------------------------------------------


def test_a_draft_can_be_given_up(editor: Client) -> None:
    editor.post(reverse("guide:title"), {"title": "第二版"})
    assert draft().title == "第二版"
    editor.post(reverse("guide:discard"), {"version": "1"})
    assert draft().title == "第二版"  # it has been saved since version 1
    editor.post(reverse("guide:discard"), {"version": draft().version})
    assert not Edition.objects.filter(published_at__isnull=True).exists()
    answer = editor.get(reverse("guide:draft"), follow=True)
    assert "没有填报指南草稿" in answer.text


def test_publishing_goes_by_what_was_reckoned(editor: Client) -> None:
    days = {"effective_on": "2026-12-01", "deadline_on": "2026-12-31"}
    sent = {"code_was": "", "section": "basic", "code": "x", "label": "新栏", "required": "always"}
    editor.post(reverse("guide:field"), sent | {"type": "text"})
    page = reverse("desk:guide-publish")
    assert "还没有测算" in editor.get(page).text
    editor.post(reverse("desk:guide-reckon"))
    reckon_impact(impact_id=GuideImpact.objects.get().pk)
    assert "份档案" in editor.get(page).text
    now_ = {"version": draft().version} | days
    editor.post(reverse("guide:title"), {"title": "改过"})
    answer = editor.post(reverse("desk:guide-publish-now"), now_, follow=True)
    assert "您的这次保存没有写入" in answer.text
    answer = editor.post(reverse("desk:guide-publish-now"), {"version": 1} | days, follow=True)
    assert "草稿在测算之后又有改动" in answer.text
    editor.post(reverse("desk:guide-reckon"))
    reckon_impact(impact_id=GuideImpact.objects.get().pk)
    wrong = {"version": draft().version, "effective_on": "2026-11-01", "deadline_on": "x"}
    answer = editor.post(reverse("desk:guide-publish-now"), wrong)
    assert answer.status_code == 422
    editor.post(reverse("desk:guide-publish-now"), {"version": draft().version} | days)
    published = Edition.objects.get(number=2)
    assert published.published_at is not None
    assert (published.effective_on, published.deadline_on) == (
        date(2026, 12, 1),
        date(2026, 12, 31),
    )
    assert "已发布，待启用" in editor.get(reverse("guide:editions")).text
    assert draft_for(plant.person(Role.SUPERVISOR)) is None
