"""Supervision reports in a real browser: one click, the figures, both papers, the schedule."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_desk import enter
from tests.exports.taking import say_what_for
from tests.supervision.world import NOW, world
from yihu.access.entering import for_person
from yihu.supervision import actions
from yihu.supervision.models import Report, Schedule

pytestmark = [pytest.mark.browser, pytest.mark.clause("6.4.1")]
Check = Callable[[], None]


def test_a_supervisor_makes_last_month_s_report_and_has_it_come_by_itself(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check, narrow: Check
) -> None:
    planted = world()
    enter(desk, server, planted.boss)
    desk.goto(f"{server}/")
    desk.get_by_role("link", name="监督报告").click()
    accessible()
    desk.get_by_role("button", name="一键编制 月度监督报告 2026 年 10 月").click()
    expect(desk.locator("#progress")).to_contain_text("正在统计（0/9）")
    accessible()
    with for_person(planted.boss.pk):  # as the worker does
        actions.make(planted.boss, Report.objects.get().pk, at=NOW)
    expect(desk.get_by_role("heading", name="一、总体情况")).to_be_visible()
    expect(desk.locator(".su-table").first).to_contain_text("25.0%")
    expect(desk.get_by_role("img", name="各单位及时率")).to_be_visible()
    accessible()
    shoot("supervision")
    for name, suffix in (("PDF", ".pdf"), ("Word（可编辑）", ".docx")):
        with desk.expect_download() as taken:
            say_what_for(desk, desk.get_by_role("link", name=name))
        assert taken.value.suggested_filename == f"月度监督报告-监督〔2026〕月10-1号{suffix}"
        desk.reload()
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    accessible()
    desk.goto(f"{server}/supervision/")
    narrow()
    desk.get_by_role("link", name="自动编制计划").click()
    card = desk.locator("section", has=desk.locator("#plan-quarterly"))
    card.get_by_label("自动编制").check()
    card.get_by_label("期末后第几日").fill("9")
    card.get_by_label("单位管理员").check()
    card.get_by_role("button", name="保存").click()
    expect(card).to_contain_text("下次编制：2027-01-09")
    narrow()
    accessible()
    row = Schedule.objects.get()
    assert (row.kind, row.running, row.roles) == ("quarterly", True, ["supervisor", "steward"])
