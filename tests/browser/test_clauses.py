"""The clause map in a real browser: from all clauses to one, its figure and its tests."""

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from yihu.access.rules import Role
from yihu.clauses.actions import reckon
from yihu.kit.clock import SHANGHAI, today

pytestmark = [pytest.mark.browser, pytest.mark.clause("6.4.2")]
Check = Callable[[], None]


def test_a_director_goes_from_the_map_to_a_clause(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check, narrow: Check
) -> None:
    for code, region in (("GD", "440000"), ("FJ", "350000")):
        plant.dossier(plant.unit(code, region=region))
    reckon(today=today(), at=datetime(2026, 11, 5, 4, tzinfo=SHANGHAI))
    enter(desk, server, plant.person(Role.SUPERVISOR))
    desk.goto(f"{server}/")
    desk.get_by_role("link", name="条款地图").click()
    expect(desk.locator("h1")).to_have_text("条款地图")
    accessible()
    shoot("clauses")
    desk.get_by_label("应对的风险", exact=True).select_option("3d")
    expect(desk.locator(".cl-map").first).to_be_visible()
    expect(desk.get_by_role("link", name="§6.2.1d")).to_have_count(0)
    desk.get_by_role("link", name="§1", exact=True).click()
    expect(desk.locator("#main")).to_contain_text("其中已有审核通过的版本的 ÷ 未关闭的客户档案")
    expect(desk.locator("#tests")).to_be_visible()
    accessible()
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    desk.goto(f"{server}/clauses/")
    narrow()
    accessible()
