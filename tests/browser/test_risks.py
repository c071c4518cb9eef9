"""Risks in a real browser: raised on the file, checked, lifted by another, asked before signing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from tests.dossiers.files import desk as people

pytestmark = [pytest.mark.browser, pytest.mark.clause("6.2.2")]
Check = Callable[[], None]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_a_risk_is_raised_shown_and_asked_for_before_signing(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check, narrow: Check
) -> None:
    gd = people()
    dossier = plant.dossier(gd.unit, name="广州凯能陶瓷有限公司")
    contract = plant.contract(dossier)
    enter(desk, server, gd.filler)
    desk.goto(f"{server}/dossiers/{dossier.pk}/")
    desk.locator("#risks").get_by_role("link", name="登记风险备注").click()
    desk.get_by_label("类别").select_option("c")
    desk.get_by_label("等级").select_option("3")
    desk.get_by_label("发现方式").fill("月度对账")
    desk.get_by_label("事实").fill("九月货款到期未付")
    desk.get_by_label("核实人").fill("陈明")
    desk.get_by_label(contract.number).check()
    accessible()
    desk.get_by_role("button", name="登记").click()
    expect(desk.locator("#messages")).to_contain_text("已登记 险2026-0001。")
    accessible()
    shoot("risk")
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    desk.goto(f"{server}/dossiers/{dossier.pk}/")
    expect(desk.locator("h1")).to_contain_text("严重")
    expect(desk.locator("#risks")).to_contain_text("九月货款到期未付")
    expect(desk.locator(".dp-contracts")).to_contain_text("严重")
    narrow()
    accessible()
    desk.goto(f"{server}/risks/check/?q={dossier.credit_code}")
    expect(desk.locator("#main")).to_contain_text("财务问题")
    expect(desk.locator("#main")).not_to_contain_text("九月货款")
    narrow()
    accessible()
    desk.goto(f"{server}/risks/")
    accessible()
