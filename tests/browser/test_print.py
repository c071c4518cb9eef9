"""Paper and workbook in a real browser: printed, downloaded, edited, brought back, confirmed."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from tests.dossiers.files import TODAY, approved, complete_dossier, moment
from tests.dossiers.files import desk as people
from tests.exports.taking import say_what_for
from yihu.dossiers.actions import save_fields
from yihu.dossiers.models import Draft

pytestmark = pytest.mark.browser
Check = Callable[[], None]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_a_file_is_printed_and_its_workbook_goes_out_and_comes_back(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check
) -> None:
    gd = people()
    dossier = complete_dossier(gd, name="广州黄埔燃气有限公司")
    plant.month(plant.contract(dossier), date(2026, 10, 1))
    approved(gd, dossier, legal_rep="张大同")
    enter(desk, server, gd.filler)
    desk.goto(f"{server}/dossiers/{dossier.pk}/")
    with desk.expect_download() as printed:
        say_what_for(desk, desk.get_by_role("link", name="打印", exact=True))
    assert printed.value.suggested_filename.startswith(f"{dossier.number}-广州黄埔燃气有限公司")
    cover = pypdfium2.PdfDocument(printed.value.path())[0].get_textpage().get_text_range()
    assert "广州黄埔燃气有限公司" in cover

    desk.get_by_role("link", name="工作簿", exact=True).click()
    accessible()
    shoot("workbook")
    with desk.expect_download() as taken:
        say_what_for(desk, desk.get_by_role("link", name="下载工作簿"))
    book = openpyxl.load_workbook(io.BytesIO(taken.value.path().read_bytes()))
    rows = {row[0].value: row[0].row for row in book["客户"].iter_rows(min_row=3)}
    book["客户"].cell(rows["legal_rep"], 4).value = "我改的"
    book["客户"].cell(rows["reg_addr"], 4).value = "广州市黄埔区科学大道 99 号"
    book["联系人"]["A5"] = "赵六"
    book["月度"]["D4"] = 120.5
    edited = io.BytesIO()
    book.save(edited)
    save_fields(
        gd.filler, dossier, values={"legal_rep": "别人改的"}, seen={}, at=moment(), today=TODAY
    )

    chosen = {"name": "改好.xlsx", "mimeType": "", "buffer": edited.getvalue()}
    desk.get_by_label("改好的工作簿").set_input_files(chosen)
    desk.get_by_role("button", name="上传并预览").click()
    main = desk.locator("#main")
    for said in ("冲突", "张大同", "别人改的", "我改的", "科学大道 99 号", "赵六", "120.5"):
        expect(main).to_contain_text(said)
    accessible()
    shoot("workbook-preview")
    desk.get_by_label("采用工作簿的值").check()
    desk.get_by_role("button", name="确认导入").click()
    expect(main).to_contain_text("工作簿已导入")
    draft = Draft.objects.get(dossier=dossier, state="open")
    assert sorted(draft.changes) == ["contacts", "legal_rep", "reg_addr"]
    assert draft.changes["legal_rep"] == "我改的"


def test_a_wrong_workbook_says_where_and_what(page: Page, server: str, accessible: Check) -> None:
    gd = people()
    dossier = complete_dossier(gd)
    enter(page, server, gd.filler)
    page.goto(f"{server}/imports/dossiers/{dossier.pk}/workbook/")
    bad = {"name": "坏.xlsx", "mimeType": "", "buffer": b"not a workbook"}
    page.get_by_label("改好的工作簿").set_input_files(bad)
    page.get_by_role("button", name="上传并预览").click()
    expect(page.get_by_role("alert")).to_contain_text("不是表格文件")
    accessible()
