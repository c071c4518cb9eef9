"""A role from the steward's wish to the opened account, in a real browser (§6.3.2)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from yihu.access.rules import Role

pytestmark = [pytest.mark.browser, pytest.mark.clause("6.3.2")]


def test_a_steward_asks_and_itc_opens(
    desk: Page,
    server: str,
    shoot: Callable[[str], None],
    accessible: Callable[[], None],
    narrow: Callable[[], None],
) -> None:
    desk.set_default_timeout(30_000)
    gd = plant.unit("GD")
    steward, staff = plant.person(Role.STEWARD, gd), plant.staff(gd, "梁嘉禾")
    enter(desk, server, steward)
    desk.goto(f"{server}/roles/")
    accessible()
    desk.get_by_role("link", name=staff.name).click()
    desk.locator("#id_role").select_option("filler")
    desk.locator("#id_reason").fill("粤气人〔2026〕18 号岗位调整")
    desk.get_by_role("button", name="提交申请").click()
    expect(desk.get_by_text("已提交申请，由信息技术中心开通。")).to_be_visible()
    accessible()
    shoot("role-person")
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    shoot("role-person-narrow")

    enter(desk, server, plant.person(Role.ITC))
    desk.goto(f"{server}/")
    desk.get_by_role("link", name="1 项角色申请等您办理").click()
    accessible()
    narrow()
    shoot("role-requests-narrow")
    desk.set_viewport_size({"width": 1440, "height": 900})
    shoot("role-requests")
    desk.get_by_role("button", name="开通填报员").click()
    expect(desk.get_by_text("它还没有密码")).to_be_visible()
    desk.goto(f"{server}/accounts/{staff.employee_no}/")
    accessible()
    shoot("role-account")
