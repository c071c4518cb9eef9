"""Filling a file in a real browser: typed, saved, conflicting, expired, submitted."""

import json
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from tests.dossiers.files import Desk, complete_dossier
from tests.dossiers.files import desk as people
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier, Draft, Submission

pytestmark = pytest.mark.browser


def saved(page: Page) -> None:
    expect(page.locator("#fl-status")).to_have_attribute("data-state", "saved")


def test_typing_is_saved_and_checked_and_submitted(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Callable[[], None]
) -> None:
    gd = people()
    dossier = complete_dossier(gd)
    enter(desk, server, gd.filler)
    desk.goto(f"{server}/dossiers/{dossier.pk}/fill/")
    accessible()
    boss = desk.get_by_label("法定代表人")
    boss.fill("")
    saved(desk)
    gap = desk.get_by_role("link", name="“法定代表人”必填。")
    expect(gap).to_be_visible()
    gap.click()
    expect(boss).to_be_focused()
    desk.keyboard.type("王五")
    expect(desk.locator("#field-legal_rep .fl-was")).to_contain_text("李明")
    expect(gap).to_have_count(0)
    capital = desk.get_by_label("注册资本")
    capital.fill("0.36亿元")
    capital.press("Tab")
    expect(capital).to_have_value("3600.00")
    day = desk.get_by_label("成立日")
    day.fill("2024-02-30")
    expect(desk.locator("#field-established_on .fl-problems")).to_contain_text("不是日期")
    day.fill("2011年8月9日")
    day.press("Tab")
    expect(day).to_have_value("2011-08-09")
    rows = desk.locator("#field-contacts .fl-row")
    desk.locator("#field-contacts").get_by_role("button", name="添加一行").click()
    expect(rows).to_have_count(2)
    desk.keyboard.type("赵六")
    saved(desk)
    shoot("filling")
    desk.reload()
    expect(rows).to_have_count(2)
    expect(boss).to_have_value("王五")
    desk.get_by_role("button", name="提交审核").click()
    expect(desk.locator("#messages")).to_contain_text("已提交审核")
    assert Draft.objects.get().changes["contacts"][1] == {"name": "赵六"}
    assert Submission.objects.count() == 1


def somebody_else_fills(gd: Desk, dossier: Dossier) -> None:
    other = Client()
    other.force_login(plant.person(Role.FILLER, gd.unit))
    other.post(
        reverse("desk:fill-save", args=[dossier.pk]),
        json.dumps({"values": {"legal_rep": "对方"}, "seen": {"legal_rep": "李明"}}),
        content_type="application/json",
    )


def test_two_people_on_one_draft_choose(desk: Page, server: str) -> None:
    gd = people()
    dossier = complete_dossier(gd)
    enter(desk, server, gd.filler)
    desk.goto(f"{server}/dossiers/{dossier.pk}/fill/")
    somebody_else_fills(gd, dossier)
    desk.get_by_label("法定代表人").fill("我方")
    clash = desk.locator("#field-legal_rep [data-conflict]")
    expect(clash).to_contain_text("刚由他人改为：对方")
    clash.get_by_role("button", name="用我的").click()
    saved(desk)
    expect(clash).to_be_hidden()
    assert Draft.objects.get().changes["legal_rep"] == "我方"


def test_a_choice_made_while_a_save_is_under_way_stands(desk: Page, server: str) -> None:
    """Going to the button sends what was typed once more, and its answer asks again."""
    gd = people()
    dossier = complete_dossier(gd)
    enter(desk, server, gd.filler)
    desk.goto(f"{server}/dossiers/{dossier.pk}/fill/")
    somebody_else_fills(gd, dossier)
    boss = desk.get_by_label("法定代表人")
    boss.fill("我方")
    clash = desk.locator("#field-legal_rep [data-conflict]")
    expect(clash).to_contain_text("；您填的是：我方")
    desk.evaluate("""() => {
        const real = window.fetch;
        const later = (answer) => new Promise((done) => setTimeout(done, 400, answer));
        window.fetch = (...sent) => real(...sent).then(later);
        const boss = document.querySelector("#field-legal_rep input");
        boss.dispatchEvent(new Event("change", { bubbles: true }));
    }""")
    expect(desk.locator("#fl-status")).to_have_attribute("data-state", "saving")
    clash.get_by_role("button", name="用我的").click()
    expect(clash).to_be_hidden()
    saved(desk)
    expect(clash).to_be_hidden()
    assert Draft.objects.get().changes["legal_rep"] == "我方"


def test_an_expired_session_loses_nothing(desk: Page, server: str) -> None:
    gd = people()
    dossier = complete_dossier(gd)
    enter(desk, server, gd.filler)
    desk.goto(f"{server}/dossiers/{dossier.pk}/fill/")
    cookies = [c for c in desk.context.cookies() if c["name"] == "sessionid"]
    desk.context.clear_cookies(name="sessionid")
    desk.get_by_label("法定代表人").fill("王五")
    expect(desk.get_by_role("alert").filter(has_text="登录已超时")).to_be_visible()
    desk.context.add_cookies(cookies)
    desk.get_by_role("button", name="我已登录，立即保存").click()
    saved(desk)
    assert Draft.objects.get().changes == {"legal_rep": "王五"}


def test_on_a_phone_nothing_is_wider_than_the_screen(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Callable[[], None]
) -> None:
    gd = people()
    dossier = complete_dossier(gd)
    enter(desk, server, gd.filler)
    desk.set_viewport_size({"width": 390, "height": 844})
    desk.goto(f"{server}/dossiers/{dossier.pk}/fill/")
    accessible()
    shoot("filling-phone")
    assert desk.evaluate("document.documentElement.scrollWidth") <= 390
