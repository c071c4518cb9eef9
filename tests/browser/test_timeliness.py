"""The board of timeliness in a real browser: from a cell to its duties, at the desk and on a phone;
then a gap, from its count to what mends it.
"""

import re
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from tests.desk.duties import duty
from yihu.access.rules import Role

pytestmark = [pytest.mark.browser, pytest.mark.clause("6.4.2")]
Check = Callable[[], None]


def test_from_the_picture_to_the_duties_and_from_a_gap_to_its_mending(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check, narrow: Check
) -> None:
    gd = plant.unit("GD")
    steward, filler = plant.person(Role.STEWARD, gd), plant.person(Role.FILLER, gd)
    late, nobody = plant.dossier(gd, filler=filler.staff), plant.dossier(gd, name="无人管有限公司")
    duty(late, due_on=date(2026, 10, 20), done_on=date(2026, 10, 27))
    duty(late, start=date(2026, 9, 1), due_on=date(2026, 10, 21), done_on=date(2026, 10, 21))
    duty(nobody, due_on=date(2026, 11, 2))
    plant.contract(nobody)
    enter(desk, server, steward)
    desk.goto(f"{server}/")
    desk.get_by_role("link", name="及时率监督").click()
    expect(desk.locator(".yh-heat")).to_contain_text("50%")
    accessible()
    shoot("timeliness-board")
    desk.get_by_label("客户分类").select_option("general")
    expect(desk).to_have_url(re.compile("klass=general"))
    desk.locator(".yh-heat").get_by_role("link", name="迟办 1").first.click()
    expect(desk.locator(".yh-count strong")).to_have_text("1")
    expect(desk.locator("#list")).to_contain_text("迟 7 天")
    accessible()
    desk.set_viewport_size({"width": 390, "height": 844})
    for path in ("/timeliness/", "/timeliness/?by=kind"):
        desk.goto(server + path)
        narrow()
        accessible()
    desk.goto(f"{server}/gaps/?kind=no_filler")
    narrow()
    accessible()
    desk.get_by_label("无人管有限公司的填报人").select_option(index=1)
    desk.get_by_role("button", name="指定").click()
    expect(desk.locator("#list")).to_contain_text("没有缺口")
    desk.set_viewport_size({"width": 1440, "height": 900})
    desk.goto(f"{server}/gaps/")
    expect(desk.locator("#list")).to_contain_text("无人管有限公司")
    accessible()
    shoot("gaps")
