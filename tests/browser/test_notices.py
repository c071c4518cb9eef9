"""Reminders in a real browser: the bell, the list, the month, a calendar's address."""

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from tests.desk.duties import duty
from tests.dossiers.files import desk as people
from tests.dossiers.files import moment
from yihu.notices.actions import remind

pytestmark = pytest.mark.browser
Check = Callable[[], None]


@pytest.mark.clause("5.1")
def test_the_bell_leads_to_what_is_due(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check, narrow: Check
) -> None:
    gd = people()
    duty(plant.dossier(gd.unit, filler=gd.filler.staff), due_on=date(2026, 11, 3))
    remind(date(2026, 11, 5), at=moment(5))
    enter(desk, server, gd.filler)
    desk.goto(f"{server}/")
    expect(desk.locator(".nt-count")).to_have_text("1")
    desk.locator(".nt-bell").click()
    expect(desk.locator("#list")).to_contain_text("1 户已逾期，应于 2026-11-03 前完成")
    accessible()
    shoot("notices")
    desk.get_by_role("link", name="日历").click()
    expect(desk.get_by_role("link", name="月度提气量、价")).to_be_visible()
    accessible()
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    shoot("calendar-narrow")
    desk.get_by_role("link", name="提醒设置").click()
    narrow()
    desk.get_by_role("button", name="生成日历地址").click()
    assert desk.get_by_label("日历地址，只显示这一次").input_value().endswith(".ics")
    accessible()
    desk.get_by_role("link", name="提醒规则").click()
    narrow()
    accessible()
    desk.goto(f"{server}/notices/")
    desk.get_by_role("link", name="1 户已逾期").click()
    expect(desk).to_have_url(f"{server}/duties/?kind=offtake&month=2026-11&state=todo")
    expect(desk.locator(".nt-count")).to_have_count(0)
