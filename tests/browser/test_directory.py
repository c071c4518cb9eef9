"""A group of the directory from ITC's wish to the steward's word, in a real browser (§6.3.2)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from yihu.access.rules import Role

pytestmark = [pytest.mark.browser, pytest.mark.clause("6.3.2")]


def test_itc_maps_a_group_and_the_steward_agrees(
    desk: Page,
    server: str,
    shoot: Callable[[str], None],
    accessible: Callable[[], None],
    narrow: Callable[[], None],
) -> None:
    desk.set_default_timeout(30_000)
    gd = plant.unit("GD")
    itc, steward = plant.person(Role.ITC), plant.person(Role.STEWARD, gd)
    enter(desk, server, itc)
    desk.goto(f"{server}/directory/")
    accessible()
    desk.get_by_role("link", name="登记目录组").click()
    desk.locator("#id_group").fill("粤-客户档案查询")
    desk.locator("#id_role").select_option(label="查询员")
    desk.locator("#id_unit").select_option(label=str(gd))
    desk.locator("#id_reason").fill("统一身份平台上线通知")
    accessible()
    shoot("directory-new")
    desk.get_by_role("button", name="登记", exact=True).click()
    expect(desk.get_by_text("已登记，等单位管理员同意。")).to_be_visible()
    desk.get_by_role("link", name="SCIM 令牌").click()
    desk.locator("#id_label").fill("统一身份平台")
    desk.get_by_role("button", name="签发").click()
    expect(desk.get_by_text("只显示这一次")).to_be_visible()
    accessible()
    shoot("directory-tokens")
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    shoot("directory-tokens-narrow")

    enter(desk, server, steward)
    desk.goto(f"{server}/directory/")
    accessible()
    narrow()
    shoot("directory-narrow")
    desk.set_viewport_size({"width": 1440, "height": 900})
    desk.get_by_role("button", name="同意").click()
    expect(desk.get_by_text("已同意，组内人员下次登录时授予。")).to_be_visible()
    accessible()
    shoot("directory")
