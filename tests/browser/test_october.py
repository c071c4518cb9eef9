"""October in a real browser: the ledger in, the preview, the confirm, the duties done."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from tests import plant
from tests.browser.test_desk import sign_in
from tests.exports.taking import say_what_for
from yihu.access.models import User
from yihu.duties.actions import load_first_policy
from yihu.guide.actions import load_first_edition
from yihu.site.group import DEFAULT, add_demo_people, read_group
from yihu.site.group import plant as plant_group

pytestmark = pytest.mark.browser
SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples" / "GD"
Check = Callable[[], None]


def bring(page: Page, server: str, kind: str, name: str) -> None:
    """Upload on the page and wait for the preview."""
    page.goto(f"{server}/imports/new/?kind={kind}")
    page.locator("input[type=file]").set_input_files(SAMPLES / name)
    page.get_by_role("button", name="上传并预览").click()
    expect(page.get_by_role("button", name="确认导入")).to_be_visible()


def confirm(page: Page) -> None:
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_text("已入库").first).to_be_visible()


@pytest.mark.clause("6.2.1")
def test_october_by_hand(
    desk: Page,
    server: str,
    settings: Settings,
    tmp_path: Path,
    shoot: Callable[[str], None],
    accessible: Check,
    narrow: Check,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    load_first_edition()
    load_first_policy()
    plant_group(read_group(DEFAULT), today=date(2026, 11, 5))
    add_demo_people(password=plant.PASSWORD, today=date(2026, 11, 1))
    sign_in(desk, server, User.objects.get(username="GD0001"))
    shoot("october-1-empty-desk")
    for kind, name in (("customers", "GD-客户台账.xlsx"), ("contracts", "GD-合同台账.xlsx")):
        bring(desk, server, kind, name)
        accessible()
        shoot(f"october-2-{kind}-preview")
        confirm(desk)
    desk.goto(server)
    expect(desk.locator(".yh-group-name").first).to_contain_text("2026年10月提气量、价：80 户")
    shoot("october-3-eighty-duties")
    bring(desk, server, "offtake", "GD-2026年10月提气量价.xlsx")
    desk.get_by_role("link", name=re.compile("^拒收")).first.click()
    expect(desk.get_by_text("NO-SUCH-CONTRACT").first).to_be_visible()
    accessible()
    shoot("october-4-rejected")
    with desk.expect_download() as download:
        say_what_for(desk, desk.get_by_role("link", name="下载拒收行"))
    assert download.value.suggested_filename.endswith(".xlsx")
    confirm(desk)
    accessible()
    shoot("october-5-committed")
    desk.goto(server)
    expect(desk.get_by_text("提气量、价：80 户")).to_have_count(0)
    shoot("october-6-done")
    desk.keyboard.press("/")
    desk.keyboard.type("gzknt")
    expect(desk.get_by_role("option").first).to_contain_text("广州凯能陶瓷有限公司")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="广州凯能陶瓷有限公司")).to_be_visible()
    expect(desk.locator("svg").first).to_be_visible()
    accessible()
    shoot("october-7-dossier")
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    shoot("october-8-dossier-390")
