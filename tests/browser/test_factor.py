"""The first second factor in a real browser: the page owed stays still and lets in (§5.5)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from tests import plant
from tests.access.door import code_now
from yihu.access.rules import Role

pytestmark = [pytest.mark.browser, pytest.mark.clause("5.5")]


def test_who_approves_enrols_and_comes_in(
    desk: Page,
    server: str,
    settings: Settings,
    shoot: Callable[[str], None],
    accessible: Callable[[], None],
    narrow: Callable[[], None],
) -> None:
    settings.SECOND_FACTOR = True
    desk.set_default_timeout(30_000)
    steward = plant.person(Role.STEWARD, plant.unit("GD"))
    loads: list[str] = []
    desk.on("load", lambda page: loads.append(page.url))
    desk.goto(f"{server}/sign-in/")
    desk.get_by_label("工号").fill(steward.username)
    desk.get_by_label("密码").fill(plant.PASSWORD)
    with desk.expect_response("**/notices/badge/") as bell:
        desk.get_by_role("button", name="登录").click()
    assert bell.value.status == 204
    expect(desk).to_have_url(f"{server}/me/factor/?next=/")
    accessible()
    desk.wait_for_load_state("networkidle")
    assert len(loads) == 2  # the door and this page, which does not load itself again
    shoot("factor")
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    shoot("factor-narrow")
    key = desk.locator(".yh-key").inner_text().replace(" ", "")
    desk.locator("#id_code").fill(code_now(key))
    desk.get_by_role("button", name="启用").click()
    expect(desk.get_by_text("恢复码").first).to_be_visible()
    desk.goto(f"{server}/roles/")
    expect(desk).to_have_url(f"{server}/roles/")
