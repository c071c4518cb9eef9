"""Events out and help in, clicked through in a real browser (§4.2a, 6.3.2)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from tests.outbox.scene import happen
from yihu.access.rules import Role
from yihu.kit.clock import now
from yihu.outbox.actions import publish
from yihu.outbox.models import Delivery, Endpoint

pytestmark = [pytest.mark.browser, pytest.mark.clause("4.2a", "6.3.2")]


def test_an_endpoint_is_asked_for_and_a_problem_reported(
    desk: Page,
    server: str,
    shoot: Callable[[str], None],
    accessible: Callable[[], None],
    narrow: Callable[[], None],
) -> None:
    desk.set_default_timeout(30_000)
    gd = plant.unit("GD")
    file = plant.dossier(gd)
    itc, steward = plant.person(Role.ITC), plant.person(Role.STEWARD, gd)
    enter(desk, server, itc)
    desk.goto(f"{server}/outbox/")
    desk.get_by_role("link", name="新增端点").click()
    accessible()
    desk.get_by_label("接收系统").fill("广东计量系统")
    desk.get_by_label("接收地址").fill("https://erp.example.com/hook")
    desk.get_by_label("谁的事件").select_option(label=str(gd))
    desk.get_by_label("用途").fill("计量数据核对")
    desk.get_by_label("审核通过新版本").check()
    shoot("outbox-new")

    row = Endpoint.objects.create(
        name="广东计量系统", url="https://erp.example.com/hook", unit=gd, purpose="计量数据核对",
        owner=itc, asked_by=itc, asked_at=now(), agreed_by=steward, agreed_at=now(),
        state="open", secret="sealed",
    )  # fmt: skip
    happen(file)
    publish()
    Delivery.objects.update(state="dead", tries=8, problem="对方答复 422", tried_at=now())
    row.refresh_from_db()
    for name, page in (("endpoint", f"/outbox/{row.pk}/"), ("dead", "/outbox/dead/"),
                       ("types", "/outbox/types/")):  # fmt: skip
        desk.set_viewport_size({"width": 1440, "height": 900})
        desk.goto(server + page)
        accessible()
        shoot(f"outbox-{name}")
        desk.set_viewport_size({"width": 390, "height": 844})
        narrow()
        shoot(f"outbox-{name}-narrow")
    desk.goto(f"{server}/outbox/dead/")
    desk.get_by_label("放弃的原因").fill("对方不收")
    desk.get_by_role("button", name="放弃").click()
    expect(desk.get_by_text("没有送不出去的事件")).to_be_visible()

    desk.set_viewport_size({"width": 1440, "height": 900})
    enter(desk, server, steward)
    desk.goto(f"{server}/dossiers/?q=只有我查过")
    desk.locator(".yh-menu summary").click()
    desk.get_by_role("link", name="报告问题").click()
    expect(desk.get_by_label("页面")).to_have_value("/dossiers/")
    accessible()
    desk.get_by_label("遇到了什么问题").fill("筛选之后翻页，条件没有了")
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    shoot("help-new-narrow")
    desk.get_by_role("button", name="报告", exact=True).click()
    expect(desk.get_by_text("信息技术中心答复后会提醒您")).to_be_visible()
    accessible()
    narrow()
    desk.set_viewport_size({"width": 1440, "height": 900})
    shoot("help-report")
    desk.goto(f"{server}/help/")
    accessible()
