"""Originals in a real browser: register, lend, take back, count; at both widths."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_desk import enter
from tests.originals.shelf import room, shelved
from yihu.access.models import User
from yihu.guide.actions import load_first_edition
from yihu.originals.models import Original, Stocktake

pytestmark = [pytest.mark.browser, pytest.mark.clause("6.3.3")]


def test_an_original_is_registered_lent_taken_back_and_counted(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Callable[[], None]
) -> None:
    load_first_edition()
    gd = room()
    enter(desk, server, gd.custodian)
    desk.goto(f"{server}/dossiers/{gd.dossier.pk}/")
    desk.locator("#originals").get_by_role("link", name="登记原件").click()
    accessible()
    desk.get_by_label("题名").fill("2026 年天然气购销合同")
    desk.get_by_label("页数").fill("24")
    desk.get_by_label("存放位置").select_option(label="档案室-A柜-01")
    desk.get_by_role("button", name="登记", exact=True).click()
    expect(desk.locator("#messages")).to_contain_text("已登记，编号")
    accessible()
    original = Original.objects.get()
    address = f"{server}/originals/{original.pk}/"

    def as_(user: User, name: str, said: str) -> None:
        enter(desk, server, user)
        desk.goto(address)
        desk.get_by_role("button", name=name, exact=True).click()
        expect(desk.locator("#messages")).to_contain_text(said)

    enter(desk, server, gd.filler)
    desk.goto(address)
    desk.get_by_label("用途").fill("与客户对账")
    desk.get_by_role("button", name="提出申请").click()
    expect(desk.locator("#messages")).to_contain_text("等单位管理员审批")
    as_(gd.steward, "同意", "已办理")
    as_(gd.custodian, "交出", "已办理")
    accessible()
    shoot("original")
    as_(gd.filler, "确认收到", "已办理")
    as_(gd.custodian, "收回", "已办理")
    original.refresh_from_db()
    assert original.state == "in_stock"

    desk.goto(f"{server}/originals/stocktakes/")
    accessible()
    desk.get_by_role("button", name="开始盘点").click()
    expect(desk.get_by_label("编号")).to_be_focused()
    desk.keyboard.type(original.barcode)
    desk.keyboard.press("Enter")
    expect(desk.locator("#messages")).to_contain_text("在位")
    accessible()
    shoot("stocktake")
    desk.get_by_label("结论").fill("账实相符")
    desk.get_by_role("button", name="结束盘点").click()
    expect(desk.locator("#messages")).to_contain_text("盘点已结束")
    assert Stocktake.objects.get().closed_at is not None


def test_originals_fit_a_phone(desk: Page, server: str, accessible: Callable[[], None]) -> None:
    gd = room()
    original = shelved(gd)
    desk.set_viewport_size({"width": 390, "height": 844})
    enter(desk, server, gd.custodian)
    pages = ("", "places/", "loans/", "stocktakes/", "transfers/", "disposals/",
             f"{original.pk}/", f"of/{gd.dossier.pk}/new/")  # fmt: skip
    for page in pages:
        desk.goto(f"{server}/originals/{page}")
        assert desk.evaluate("document.documentElement.scrollWidth") == 390, page
        accessible()
