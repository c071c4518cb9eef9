"""The board in a real browser: figures, charts with their tables, down to the files."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.boards.world import world
from tests.browser.test_desk import enter
from yihu.access.rules import Role
from yihu.boards.actions import refresh
from yihu.kit.clock import now, today

pytestmark = [pytest.mark.browser, pytest.mark.clause("6.4.1")]
Check = Callable[[], None]


def test_a_supervisor_drills_from_the_group_to_a_customer(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check, narrow: Check
) -> None:
    planted = world()
    refresh(today=today(), at=now())
    enter(desk, server, plant.person(Role.SUPERVISOR))
    desk.goto(f"{server}/")
    desk.get_by_role("link", name="经营看板").click()
    expect(desk.locator(".yh-lead")).to_contain_text("数据截至")
    expect(desk.locator("[data-board-chart] svg").first).to_be_visible()
    accessible()
    shoot("boards")
    desk.locator(".bo-table summary").first.click()
    expect(desk.locator(".bo-table").first).to_contain_text("120.00")
    desk.locator("section", has=desk.locator("#by-unit")).get_by_role(
        "link", name="GD销售分公司"
    ).click()
    expect(desk.locator(".yh-stats")).to_contain_text("0 / 2 签有合同的客户")
    desk.get_by_role("link", name="建档覆盖率").click()
    expect(desk.locator("#list")).to_contain_text("共 2 份")
    expect(desk.locator("#list")).to_contain_text(planted.a.name_full)
    accessible()
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    desk.goto(f"{server}/boards/")
    narrow()
    accessible()
