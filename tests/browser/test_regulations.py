"""The library in a real browser: put in, found by its text, renewed or checked."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from tests.papers import made
from tests.regulations.issued import group, of_group, own
from yihu.access.rules import Role
from yihu.regulations import actions
from yihu.regulations.models import Regulation

pytestmark = pytest.mark.browser
Check = Callable[[], None]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_a_supervisor_puts_one_in_and_it_is_found_by_its_text(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check, narrow: Check
) -> None:
    group()
    enter(desk, server, plant.person(Role.SUPERVISOR))
    desk.goto(f"{server}/regulations/")
    desk.get_by_role("link", name="制度入库").first.click()
    desk.get_by_label("制度编号").fill("RPSM-01-16-02")
    desk.get_by_label("名称").fill("天然气客户档案管理细则")
    desk.get_by_label("版次", exact=True).fill("2024-1")
    desk.get_by_label("施行日期").fill("2024-06-01")
    file = {"name": "rule.pdf", "mimeType": "", "buffer": made.written("Offtake ledger")}
    desk.get_by_label("制度文件").set_input_files([file])
    accessible()
    shoot("regulation-form")
    desk.get_by_role("button", name="入库").click()
    expect(desk.locator("h1")).to_contain_text("现行有效")
    expect(desk.locator(".pp-picture")).to_be_visible()
    accessible()
    shoot("regulation")
    actions.read(Regulation.objects.get().pk)
    desk.goto(f"{server}/regulations/")
    desk.get_by_label("文字").fill("ledger")
    expect(desk.locator("#list mark")).to_have_text("ledger")
    accessible()
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    desk.get_by_role("link", name="天然气客户档案管理细则").click()
    narrow()
    accessible()


def test_a_steward_is_reminded_and_checks(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check, narrow: Check
) -> None:
    first = of_group(edition="2023-1", effective_on=date(2023, 3, 1))
    steward = plant.person(Role.STEWARD, plant.unit("GD"))
    own(steward, carries_out=first)
    of_group(supersedes=first)
    enter(desk, server, steward)
    desk.goto(f"{server}/")
    desk.get_by_role("link", name="1 项单位细则待修订").click()
    expect(desk.locator("#work-title")).to_contain_text("待修订的单位细则")
    accessible()
    shoot("regulations")
    desk.locator("section", has=desk.locator("#work-title")).get_by_role(
        "link", name="广东客户档案实施细则"
    ).click()
    accessible()
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    desk.get_by_label("核对无需修订的依据").fill("新版未改相关条款")
    desk.get_by_role("button", name="核对无需修订").click()
    expect(desk.locator("#main")).to_contain_text("新版未改相关条款")
    narrow()
    accessible()
    desk.goto(f"{server}/regulations/")
    expect(desk.locator("#work-title")).to_have_count(0)
    narrow()
