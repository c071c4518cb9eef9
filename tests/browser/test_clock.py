"""The clock and its exceptions, the segments and the mask, each clicked once in a real browser."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from tests.care.asked import segment, when
from tests.dossiers.files import TODAY, complete_dossier
from tests.dossiers.files import desk as people
from tests.visits.held import written
from yihu.access.entering import for_group
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.care.actions import propose, reckon_month
from yihu.customers.rules import Klass
from yihu.duties.actions import load_first_policy, refresh
from yihu.duties.models import CadenceEdition, Duty

pytestmark = pytest.mark.browser
Check = Callable[[], None]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.clause("6.2.1")
@pytest.mark.clause("6.4.2")
@pytest.mark.clause("5.5")
def test_a_cycle_is_shortened_a_duty_waived_a_mask_lifted(
    desk: Page, server: str, accessible: Check, narrow: Check, shoot: Callable[[str], None]
) -> None:
    at = people()
    steward, boss = plant.person(Role.STEWARD, at.unit), plant.person(Role.SUPERVISOR)
    dossier = complete_dossier(at, klass=Klass.VIP)
    plant.contract(dossier)
    load_first_policy()
    refresh(TODAY)
    file = f"{server}/dossiers/{dossier.pk}/"

    def come(user: User, address: str) -> None:
        enter(desk, server, user)
        desk.goto(address)

    # the unit's steward asks
    come(steward, file)
    desk.get_by_role("link", name="申请豁免：月度提气量、价").first.click()
    desk.locator("#main form").get_by_role("textbox").fill("客户全月停产，门站已关断")
    accessible()
    desk.get_by_role("button", name="提交集团审批").click()
    expect(desk.locator("#main")).to_contain_text("待集团审批")

    # headquarters consents, and the figure stands apart
    come(boss, f"{server}/cadence/waivers/")
    accessible()
    desk.get_by_role("button", name="同意", exact=True).click()
    expect(desk.locator("#main")).to_contain_text("已同意豁免")
    waived = Duty.objects.get(waived_at__isnull=False)
    month = f"{waived.due_on:%Y-%m}"
    desk.goto(f"{server}/timeliness/?since={month}&until={month}")
    expect(desk.locator("td[data-label=豁免]").first).to_have_text("1")
    desk.set_viewport_size({"width": 390, "height": 844})
    desk.goto(f"{server}/cadence/waivers/")
    narrow()
    desk.set_viewport_size({"width": 1440, "height": 900})

    # a new edition: what it would do is told before it is published
    desk.goto(f"{server}/cadence/")
    desk.get_by_role("button", name=re.compile("编制")).click()
    desk.locator("select[name*=vip]").select_option("month")
    desk.get_by_label("生效日").fill("2027-01-01")
    desk.get_by_label("修订说明").fill("与月度走访同步")
    desk.get_by_role("button", name="保存并测算").click()
    expect(desk.locator("#main")).to_contain_text("全集团每年多 8 项任务")
    expect(desk.locator("td[data-label=增减]")).to_have_text("+8")
    accessible()
    shoot("cadence-draft")
    desk.get_by_role("button", name=re.compile("发布第 2 版")).click()
    expect(desk.locator("#main")).to_contain_text("2027-01-01")
    assert CadenceEdition.objects.get(number=2).published_at is not None

    # behind the mask with a purpose, for ten minutes
    desk.goto(file)
    expect(desk.locator("#main")).not_to_contain_text("13800000001")
    bar = desk.locator(".ds-bar")
    bar.get_by_role("link", name=re.compile("查看.*联系人等个人信息")).click()
    bar.get_by_label("查看目的").select_option(index=1)
    for box in bar.get_by_role("textbox").all():
        box.fill("年度走访前核对联系人")
    bar.get_by_role("button", name="显示 10 分钟").click()
    expect(desk.locator("#main")).to_contain_text("13800000001")
    expect(desk.locator(".ds-bar")).to_contain_text("显示至")
    accessible()


@pytest.mark.clause("6.1.2")
def test_a_file_whose_contracts_ended_is_closed_and_opened_again(
    desk: Page, server: str, accessible: Check, narrow: Check, shoot: Callable[[str], None]
) -> None:
    at = people()
    steward, boss = plant.person(Role.STEWARD, at.unit), plant.person(Role.SUPERVISOR)
    dossier = complete_dossier(at, klass=Klass.VIP)
    plant.contract(dossier, effective_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))
    load_first_policy()
    refresh(TODAY)
    file = f"{server}/dossiers/{dossier.pk}/"

    def come(user: User, address: str) -> None:
        enter(desk, server, user)
        desk.goto(address)

    # the gap leads the unit's steward to the request
    come(steward, f"{server}/gaps/?kind=ended")
    desk.get_by_role("link", name=re.compile("申请休眠或关闭")).first.click()
    expect(desk.locator("#main")).to_contain_text("条件已具备")
    accessible()
    desk.locator("#main").get_by_label("改为", exact=True).select_option("closed")
    desk.locator("#main").get_by_label("理由", exact=True).fill("合同到期后改用他气")
    shoot("closure")
    desk.get_by_role("button", name="提交集团审批").click()
    expect(desk.locator("#main")).to_contain_text("正在申请关闭")
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    desk.set_viewport_size({"width": 1440, "height": 900})

    # headquarters consents; the file says so and is filled no more
    come(boss, f"{server}/cadence/closures/")
    accessible()
    desk.get_by_role("button", name="同意", exact=True).click()
    expect(desk.locator("#main")).to_contain_text("已同意，今天起生效")
    come(steward, file)
    expect(desk.locator("#main")).to_contain_text("只供查阅，不再更新")
    expect(desk.get_by_role("link", name="填报", exact=True)).to_have_count(0)
    accessible()

    # and back
    desk.get_by_role("link", name="恢复在用").click()
    desk.locator("#main").get_by_label("理由").fill("客户重新洽谈供气")
    accessible()
    desk.get_by_role("button", name="恢复在用").click()
    expect(desk.get_by_role("link", name="填报", exact=True)).to_have_count(1)


@pytest.mark.clause("3b")
def test_a_segment_on_the_map_and_the_sheet_on_a_phone(
    desk: Page, server: str, accessible: Check, narrow: Check, shoot: Callable[[str], None]
) -> None:
    at = people()
    dossier = complete_dossier(at)
    plant.month(plant.contract(dossier), date(2026, 10, 1))
    plant.dossier(at.unit, region="450100")
    written(at, dossier)
    made = segment(at.filler, at.unit, when("opened_days", "ge", "0"))
    with for_group():
        propose(today=TODAY)
        reckon_month(today=TODAY)
    enter(desk, server, at.filler)
    desk.goto(f"{server}/care/{made.pk}/")
    picture = desk.get_by_role("img", name="客户按省份分布：地图；表中数据相同")
    expect(picture.locator("svg")).to_be_visible()
    for name in ("广东", "广西"):
        expect(picture.get_by_text(name, exact=True)).to_be_attached()
    accessible()
    shoot("segment")
    desk.get_by_role("link", name="广西壮族自治区").focus()
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile(r"\?province=45"))
    expect(desk.locator("#list tbody tr")).to_have_count(1)

    # the menu folds by the keyboard, and stays so
    group = desk.locator("summary", has_text="评级与风险")
    group.focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("link", name="风险备注")).to_be_hidden()
    desk.reload()
    expect(desk.get_by_role("link", name="风险备注")).to_be_hidden()

    desk.set_viewport_size({"width": 390, "height": 844})
    desk.goto(f"{server}/care/{made.pk}/")
    narrow()
    accessible()
    desk.get_by_role("button", name="全部").focus()
    desk.keyboard.press("Enter")
    expect(desk.locator("#menu a[aria-current=page]")).to_have_text("客群与建议")
    accessible()
    shoot("menu-narrow")
    desk.keyboard.press("Escape")
    expect(desk.locator("#menu")).to_be_hidden()
    desk.goto(f"{server}/care/of/{dossier.pk}/")
    expect(desk.locator("#main")).to_contain_text("尚无接续合同")
    narrow()
    accessible()
    shoot("brief-narrow")
