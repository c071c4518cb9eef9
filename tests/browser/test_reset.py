"""Two halves of a reset code in a real browser: ITC, the steward, the person (§6.3.2)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter, leave
from yihu.access.rules import Role

pytestmark = [pytest.mark.browser, pytest.mark.clause("6.3.2")]
NEW = "Pinus-tabuliformis-77"


def test_a_forgotten_password_takes_two_hands(
    desk: Page,
    server: str,
    shoot: Callable[[str], None],
    accessible: Callable[[], None],
    narrow: Callable[[], None],
) -> None:
    desk.set_default_timeout(30_000)
    gd = plant.unit("GD")
    person, steward = plant.person(Role.FILLER, gd), plant.person(Role.STEWARD, gd)
    enter(desk, server, plant.person(Role.ITC))
    desk.goto(f"{server}/accounts/{person.username}/")
    desk.get_by_text("重置密码").first.click()
    desk.locator("#why-reset").fill("GD-2026-031，广东，王五")
    desk.get_by_role("button", name="生成重置码").click()
    first = desk.locator(".yh-key").inner_text()
    accessible()

    enter(desk, server, steward)
    desk.goto(f"{server}/")
    desk.get_by_role("link", name="1 个密码重置等您当面交付后半段").click()
    accessible()
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    desk.get_by_role("button", name="交付后半段").click()
    second = desk.locator(".yh-key").inner_text()
    accessible()
    narrow()
    shoot("reset-hand")

    leave(desk)
    desk.goto(f"{server}/sign-in/reset/")
    desk.locator("[name=username]").fill(person.username)
    desk.locator("[name=code]").fill(f"{first} {second}")
    desk.get_by_role("button", name="下一步").click()
    desk.locator("[name=new_password1]").fill(NEW)
    desk.locator("[name=new_password2]").fill(NEW)
    desk.get_by_role("button", name="设定新密码").click()
    expect(desk.get_by_text("密码已设定")).to_be_visible()
    desk.locator("[name=username]").fill(person.username)
    desk.locator("[name=password]").fill(NEW)
    desk.get_by_role("button", name="登录").click()
    expect(desk).to_have_url(f"{server}/")
