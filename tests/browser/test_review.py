"""Reviewing and looking back in a real browser: by keyboard, accessible at both widths."""

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from tests.dossiers.files import approved, attest, complete_dossier, moment, submitted
from tests.dossiers.files import desk as people
from yihu.dossiers.models import FileVersion

pytestmark = pytest.mark.browser


def test_a_reviewer_sees_what_changed_and_approves_by_keyboard(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Callable[[], None]
) -> None:
    gd = people()
    dossier = complete_dossier(gd)
    approved(gd, dossier, at_time=moment(2))
    plant.month(plant.contract(dossier), date(2026, 10, 1))
    attest(gd, dossier, at_time=moment(3))
    submitted(gd, dossier, at_time=moment(4), legal_rep="王五")
    enter(desk, server, gd.reviewer)
    desk.goto(f"{server}/")
    desk.get_by_role("link", name="审核", exact=True).first.click()
    accessible()
    desk.get_by_role("link", name=dossier.name_full).click()
    expect(desk.locator(".vs-old").first).to_contain_text("李明")
    expect(desk.locator(".vs-new").first).to_contain_text("王五")
    accessible()
    shoot("review")
    desk.keyboard.press("r")
    expect(desk.get_by_label("退回原因")).to_be_focused()
    desk.get_by_label("退回原因").blur()
    desk.keyboard.press("a")
    expect(desk.get_by_role("button", name="通过，生成新版本")).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.locator("#messages")).to_contain_text("成为第 2 版")
    assert FileVersion.objects.count() == 2


def test_versions_are_read_compared_and_dated(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Callable[[], None]
) -> None:
    gd = people()
    dossier = complete_dossier(gd)
    approved(gd, dossier, at_time=moment(2))
    plant.month(plant.contract(dossier), date(2026, 10, 1))
    approved(gd, dossier, at_time=moment(6), legal_rep="王五")
    enter(desk, server, gd.filler)
    desk.goto(f"{server}/dossiers/{dossier.pk}/versions/")
    accessible()
    desk.get_by_role("button", name="对照选中的两版").click()
    expect(desk.locator(".vs-new").first).to_contain_text("王五")
    accessible()
    shoot("compare")
    desk.goto(f"{server}/dossiers/{dossier.pk}/as-of/?on=2026-11-03")
    expect(desk.locator(".yh-lead")).to_contain_text("截至 2026-11-03：第 1 版")
    accessible()
    desk.goto(f"{server}/dossiers/as-of/?on=2026-11-03")
    expect(desk.get_by_role("link", name=dossier.name_full)).to_be_visible()
    accessible()
