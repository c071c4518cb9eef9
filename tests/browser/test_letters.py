"""Letters in a real browser: registered on the file, answered by the deed, found, voided."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from tests.dossiers.files import desk as people
from tests.exports.taking import say_what_for
from tests.letters.written import letter
from yihu.access.rules import Role
from yihu.letters.models import Letter

pytestmark = pytest.mark.browser
Check = Callable[[], None]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_a_letter_comes_in_and_is_answered(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check, narrow: Check
) -> None:
    gd = people()
    dossier = plant.dossier(gd.unit, name="广州凯能陶瓷有限公司")
    enter(desk, server, plant.person(Role.CUSTODIAN, gd.unit))
    desk.goto(f"{server}/dossiers/{dossier.pk}/")
    letters = desk.locator("#letters")
    expect(letters).to_contain_text("尚无往来函件")
    letters.get_by_role("link", name="登记来函").click()
    desk.get_by_label("文号").fill("凯能〔2026〕7 号")
    desk.get_by_label("主题").fill("关于调整提气计划的函")
    desk.get_by_label("回复期限").fill("2026-11-12")
    desk.get_by_label("函件原文").set_input_files(
        [{"name": "来函.txt", "mimeType": "text/plain", "buffer": "请调整计划".encode()}]
    )
    accessible()
    shoot("letter-form")
    desk.get_by_role("button", name="登记").click()
    expect(desk.locator("#messages")).to_contain_text("已登记 来2026-0001。")
    expect(desk.locator("h1")).to_contain_text("待回复")
    accessible()
    desk.get_by_role("link", name="登记回函").click()
    expect(desk.get_by_label("主题")).to_have_value("关于《关于调整提气计划的函》的复函")
    desk.get_by_role("button", name="登记").click()
    expect(desk.locator("#messages")).to_contain_text("已登记 去2026-0001。")
    desk.goto(f"{server}/letters/{Letter.objects.get(direction='in').pk}/")
    expect(desk.locator("h1")).to_contain_text("已回复")
    desk.get_by_role("link", name="更正").click()
    desk.get_by_label("文号").fill("凯能〔2026〕8 号")
    desk.get_by_label("更正原因").fill("文号录错")
    desk.get_by_role("button", name="保存更正").click()
    expect(desk.locator("del")).to_have_text("凯能〔2026〕7 号")
    accessible()
    shoot("letter")
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    desk.goto(f"{server}/dossiers/{dossier.pk}/")
    expect(desk.locator("#letters")).to_contain_text("去2026-0001")
    narrow()
    accessible()


def test_the_register_is_searched_and_taken_out(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check, narrow: Check
) -> None:
    gd = people()
    dossier = plant.dossier(gd.unit)
    letter(gd, dossier, subject="催复函", reply_due_on=date(2026, 11, 4))
    letter(gd, dossier, subject="询价函", direction="out")
    enter(desk, server, gd.filler)
    desk.goto(f"{server}/letters/")
    expect(desk.locator("#main")).to_contain_text("有 1 封函件已过回复期限")
    accessible()
    shoot("letters")
    desk.get_by_role("link", name="登记函件").click()
    desk.get_by_label("客户", exact=True).fill(dossier.name_full[:6])
    desk.get_by_role("button", name="查找").click()
    expect(desk.get_by_role("link", name=f"登记来函：{dossier.name_full}")).to_be_visible()
    accessible()
    desk.go_back()
    desk.goto(f"{server}/letters/")
    desk.get_by_label("文字").fill("询价")
    expect(desk.locator("#list tbody tr")).to_have_count(1)
    with desk.expect_download() as given:
        say_what_for(desk, desk.get_by_role("link", name="打印登记簿"))
    assert given.value.suggested_filename.endswith(".pdf")
    desk.goto(f"{server}/letters/?state=overdue")
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    accessible()
    desk.get_by_role("link", name="来2026-0001").click()
    desk.get_by_label("作废原因").fill("重复登记")
    desk.get_by_role("button", name="作废这一号").click()
    expect(desk.locator("#main")).to_contain_text("作废：重复登记")
    narrow()
    accessible()
