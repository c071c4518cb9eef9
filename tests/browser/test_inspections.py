"""The inspector's desk in a real browser, by keyboard alone: judged, found, done (§6.4.1)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_desk import enter
from tests.inspections.world import checked, vip, world
from yihu.inspections.models import Finding, Subject

pytestmark = [pytest.mark.browser, pytest.mark.clause("6.4.1")]
Check = Callable[[], None]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_a_file_is_inspected_by_keyboard(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check, narrow: Check
) -> None:
    w = world()
    vip(w.gd, name="广州凯能陶瓷有限公司")
    row = checked(w.first)
    enter(desk, server, w.first)
    desk.goto(f"{server}/inspections/{row.pk}/")
    accessible()
    desk.get_by_role("button", name="检查下一份").click()
    expect(desk.locator("h1")).to_contain_text("广州凯能陶瓷有限公司")
    expect(desk.locator(".in-now")).to_have_id("item-identity")
    accessible()
    desk.keyboard.press("1")
    expect(desk.locator("#item-identity [data-key='1']")).to_have_attribute("aria-pressed", "true")
    expect(desk.locator(".in-now")).to_have_id("item-contacts")
    desk.keyboard.press("4")  # serious: the form of the finding opens, and is where one types
    words = desk.locator("#find-text-contacts")
    expect(words).to_be_focused()
    desk.keyboard.type("联系人 1 月已离职")
    expect(words).to_have_value("联系人 1 月已离职")  # a key that is typed judges nothing
    accessible()
    desk.locator("#item-contacts").get_by_role("button", name="记录问题").press("Enter")
    expect(desk.locator("#item-contacts")).to_contain_text("严重")
    expect(desk.locator(".in-now")).to_have_id("item-demand")
    desk.keyboard.press("k")
    expect(desk.locator(".in-now")).to_have_id("item-contacts")
    desk.keyboard.press("j")
    for code in desk.locator("[data-item]").evaluate_all("rows => rows.map(row => row.id)")[2:]:
        desk.keyboard.press("1")
        expect(desk.locator(f"#{code} [data-key='1']")).to_have_attribute("aria-pressed", "true")
    shoot("inspection-desk")
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    desk.keyboard.press("n")
    expect(desk.locator("#messages")).to_contain_text("已检查完")
    assert Subject.objects.get().state == "done"
    assert Finding.objects.get().severity == 3
    narrow()
