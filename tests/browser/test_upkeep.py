"""ITC looks at how the installation runs, in a real browser."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from yihu.access.rules import Role
from yihu.audit import actions as audit
from yihu.kit.clock import SHANGHAI
from yihu.upkeep.timing import keep

pytestmark = [pytest.mark.browser, pytest.mark.clause("4.2a")]
Check = Callable[[], None]
STATEMENT = "SELECT id, unit_id, due_on, planned_at FROM duties_duty WHERE due_on < %s AND " * 3


def test_itc_sees_that_a_trial_failed_and_what_was_slow(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check, narrow: Check,
    settings: Any, tmp_path: Path,
) -> None:  # fmt: skip
    settings.SLOW_FILE = tmp_path / "slow.jsonl"
    shelf = {**settings.STORAGES["backups"], "OPTIONS": {"location": str(tmp_path / "backups")}}
    settings.STORAGES = {**settings.STORAGES, "backups": shelf}
    keep([(STATEMENT, 1.2)], route="desk:home", at=datetime(2026, 11, 5, 9, tzinfo=SHANGHAI))
    with transaction.atomic():
        copy = {"copy": "20261104T183000Z-0a1b", "files": 12, "seconds": 7, "by": "worker"}
        audit.record(None, "backup.made", "upkeep.backup", data={**copy, "missing": 0})
        why = "备份文件 copies/20261104T183000Z-0a1b/database.age 不见了。"
        audit.record(None, "backup.tested", "upkeep.backup", data={**copy, "ok": False, "why": why})
    enter(desk, server, plant.person(Role.ITC))
    desk.goto(f"{server}/")
    desk.get_by_role("link", name="运行状况").first.click()
    expect(desk.locator("h1")).to_have_text("运行状况")
    row = desk.get_by_role("row").filter(has_text="演练恢复").filter(has_text="没有通过")
    expect(row).to_contain_text("database.age 不见了")
    accessible()
    shoot("upkeep")
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    accessible()
    shoot("upkeep-narrow")
    desk.locator("#main").get_by_role("link", name="慢查询").click()
    desk.locator("summary", has_text="SELECT id, unit_id").click()
    expect(desk.locator("#main")).to_contain_text("1200")
    narrow()
    accessible()
    desk.set_viewport_size({"width": 1440, "height": 900})
    shoot("upkeep-slow")
