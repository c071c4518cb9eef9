"""Documents in a real browser: chosen, dropped, refused, looked at, put into the form."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from tests.browser.test_filling import saved
from tests.dossiers.files import complete_dossier, moment
from tests.dossiers.files import desk as people
from tests.papers import made
from yihu.dossiers.models import Draft
from yihu.papers import actions
from yihu.papers.choices import Kind
from yihu.papers.models import Document

pytestmark = pytest.mark.browser
Check = Callable[[], None]
DROP = """([name, bytes]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([new Uint8Array(bytes)], name));
  const zone = document.querySelector("[data-drop]");
  for (const kind of ["dragover", "drop"]) {
    const options = { dataTransfer: carried, bubbles: true, cancelable: true };
    zone.dispatchEvent(new DragEvent(kind, options));
  }
}"""


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def file(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "mimeType": "", "buffer": content}


def test_several_files_go_up_and_a_bad_one_says_why(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check
) -> None:
    gd = people()
    dossier = plant.dossier(gd.unit)
    enter(desk, server, gd.filler)
    desk.goto(f"{server}/dossiers/{dossier.pk}/")
    papers = desk.locator("#papers")
    expect(papers).to_contain_text("尚无资料")
    papers.get_by_label("类别").select_option("contract")
    papers.locator("[name=file]").set_input_files(
        [file("合同.pdf", made.scan(3)), file("现场.png", made.picture())]
    )
    expect(papers.get_by_role("link", name="合同", exact=True)).to_be_visible()
    expect(papers.get_by_role("link", name="现场", exact=True)).to_be_visible()
    desk.evaluate(DROP, ["函.docx", list(made.letter())])
    expect(papers.get_by_role("link", name="函", exact=True)).to_be_visible()
    assert {row.kind for row in Document.objects.all()} == {"contract", "other"}
    accessible()
    shoot("papers")
    papers.get_by_role("link", name="合同", exact=True).click()
    picture = desk.locator(".pp-picture")
    expect(picture).to_be_visible()
    assert picture.evaluate("async image => { await image.decode(); return image.naturalWidth }")
    desk.get_by_role("link", name="下一页").click()
    expect(desk.locator(".pp-pages")).to_contain_text("第 2 页，共 3 页")
    accessible()
    shoot("paper")
    with desk.expect_download() as given:
        desk.get_by_role("link", name="下载").click()
    assert given.value.suggested_filename == "合同.pdf"
    desk.get_by_label("原因").fill("传错了档案")
    desk.get_by_role("button", name="从档案撤下").click()
    expect(desk.locator("#main")).to_contain_text("传错了档案")


def test_a_refused_file_stays_in_sight_with_its_reason(
    page: Page, server: str, accessible: Check
) -> None:
    gd = people()
    dossier = plant.dossier(gd.unit)
    enter(page, server, gd.filler)
    page.goto(f"{server}/dossiers/{dossier.pk}/")
    page.locator("#papers [name=file]").set_input_files(
        [file("坏.pdf", made.scan()[:-500]), file("好.pdf", made.scan())]
    )
    expect(page.get_by_role("link", name="好", exact=True)).to_be_visible()
    expect(page.locator("#papers .pp-wrong")).to_contain_text("“坏.pdf”不完整或已损坏")
    accessible()


def test_on_a_phone_the_camera_is_offered(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check, narrow: Check
) -> None:
    gd = people()
    dossier = plant.dossier(gd.unit)
    enter(desk, server, gd.filler)
    desk.set_viewport_size({"width": 390, "height": 844})
    desk.goto(f"{server}/dossiers/{dossier.pk}/")
    camera = desk.locator("#papers .pp-camera input")
    assert camera.get_attribute("capture") == "environment"
    desk.locator("#papers [name=file]").set_input_files([file("执照.jpg", made.picture("JPEG"))])
    link = desk.get_by_role("link", name="执照", exact=True)
    link.scroll_into_view_if_needed()
    narrow()
    accessible()
    shoot("papers-phone")
    link.click()
    expect(desk.locator(".pp-picture")).to_be_visible()
    narrow()
    accessible()
    shoot("paper-phone")


def test_an_attachment_of_the_form_is_a_document(desk: Page, server: str) -> None:
    gd = people()
    dossier = complete_dossier(gd)
    enter(desk, server, gd.filler)
    desk.goto(f"{server}/dossiers/{dossier.pk}/fill/")
    field = desk.locator("#field-class_basis")
    field.locator("input[type=file]").set_input_files([file("认定.pdf", made.scan())])
    expect(field.locator("[data-name]")).to_have_text("认定.pdf")
    saved(desk)
    document = Document.objects.get()
    assert Draft.objects.get().changes["class_basis"] == {
        "name": "认定.pdf",
        "document": str(document.pk),
    }


def test_a_licence_is_laid_beside_the_form(
    desk: Page, server: str, accessible: Check, narrow: Check
) -> None:
    gd = people()
    dossier = complete_dossier(gd)
    text = f"统一社会信用代码 {dossier.credit_code}\n法定代表人 王五\n注册资本\t叁仟伍佰万元整"
    document = actions.upload(
        gd.filler,
        dossier,
        io.BytesIO(text.encode()),
        name="执照.txt",
        kind=Kind.LICENCE,
        at=moment(),
    ).document
    actions.read(document.pk)
    enter(desk, server, gd.filler)
    desk.goto(f"{server}/papers/{document.pk}/")
    desk.get_by_role("link", name="取用执照内容").click()
    expect(desk.locator("#main")).to_contain_text("与档案一致")
    accessible()
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    accessible()
    desk.get_by_label("法定代表人", exact=True).uncheck()
    desk.get_by_role("button", name="写入草稿").click()
    expect(desk.locator("#messages")).to_contain_text("已写入草稿 1 栏")
    assert Draft.objects.get().changes == {"reg_capital": "3500.00"}


def test_the_search_finds_and_is_accessible(
    desk: Page, server: str, accessible: Check, narrow: Check
) -> None:
    gd = people()
    dossier = plant.dossier(gd.unit)
    document = actions.upload(
        gd.filler, dossier, io.BytesIO("照付不议".encode()), name="甲.txt", at=moment()
    ).document
    actions.read(document.pk)
    enter(desk, server, gd.filler)
    desk.goto(f"{server}/papers/")
    accessible()
    desk.get_by_label("文字").fill("不议")
    expect(desk.locator("#list mark")).to_have_text("不议")
    accessible()
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
