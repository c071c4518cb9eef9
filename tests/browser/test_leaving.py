"""The leaver's day in a real browser: preview, event, list, signatures, certificate (§6.3.4)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_desk import enter
from tests.exports.taking import say_what_for
from tests.handover.leaving import counts, house, staff_of
from yihu.access.models import User

pytestmark = [pytest.mark.browser, pytest.mark.clause("6.3.4"), pytest.mark.clause("3d")]


def test_the_leavers_day(
    desk: Page,
    server: str,
    shoot: Callable[[str], None],
    accessible: Callable[[], None],
    narrow: Callable[[], None],
) -> None:
    at = house()
    leaver = staff_of(at.leaver)

    def come(user: User, path: str = "/") -> None:
        enter(desk, server, user)
        desk.goto(f"{server}{path}")

    come(at.steward)
    folded = desk.locator("details:not([open]) > summary", has_text="权限与安全")
    if folded.count():
        folded.click()
    desk.get_by_role("link", name="人员与交接").first.click()
    accessible()
    desk.goto(f"{server}/handover/people/{leaver.pk}/")
    expect(desk.locator("#holdings")).to_contain_text("3 项须交接")
    accessible()
    desk.get_by_label("变动类型").select_option("leave")
    desk.get_by_label("生效日期").fill("2026-11-05")
    desk.get_by_role("button", name="登记变动").click()
    expect(desk.locator("#messages")).to_contain_text("立即生效")
    assert not User.objects.get(pk=at.leaver.pk).is_active
    desk.get_by_role("button", name="发起岗位交接").click()
    accessible()
    for kind, heir in (("filled", at.heir), ("kept", at.keeper)):
        form = desk.locator(f"#f-{kind}")
        form.get_by_label("接收人").select_option(str(heir.staff_id))
        form.get_by_role("button", name="指定").click()
        expect(desk.locator("#messages")).to_contain_text("已指定接收人")
    desk.locator("#witness").select_option(str(at.witness.staff_id))
    desk.get_by_role("button", name="指定监交人").click()
    desk.get_by_role("button", name="固定清单").click()
    expect(desk.locator("#messages")).to_contain_text("清单已固定")
    accessible()
    shoot("handover")
    for user in (at.heir, at.keeper, at.witness, at.supervisor):
        come(user)
        desk.get_by_role("link", name="核对并确认").click()
        desk.get_by_role("button", name="确认", exact=False).click()
        expect(desk.locator("#messages")).to_contain_text("已确认")
    assert counts(at.leaver) == {}
    come(at.steward, f"/handover/people/{leaver.pk}/")
    with desk.expect_download() as file:
        say_what_for(desk, desk.get_by_role("link", name="打印注销凭证"))
    assert file.value.suggested_filename == f"注销凭证-{leaver.employee_no}-{leaver.name}.pdf"
    for path in ("", "people/join/", "upload/", "lists/", "orphans/"):
        desk.goto(f"{server}/handover/{path}")
        accessible()
        desk.set_viewport_size({"width": 390, "height": 844})
        narrow()
        desk.set_viewport_size({"width": 1440, "height": 900})
