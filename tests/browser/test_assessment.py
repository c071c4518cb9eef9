"""Assessment in a real browser: weights are tried, places published, a unit objects (§6.4.2)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.assessment.world import computed, line, world
from tests.browser.test_desk import enter
from yihu.assessment.models import Objection

pytestmark = pytest.mark.browser
Check = Callable[[], None]


@pytest.mark.clause("6.4.2")
def test_weights_are_tried_places_published_and_a_unit_objects(
    desk: Page, server: str, accessible: Check, narrow: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    w = world()
    row = computed(w)
    enter(desk, server, w.first)
    desk.goto(f"{server}/assessment/schemes/1/what-if/")
    moved = desk.locator("#moved")
    expect(moved).to_contain_text("权重合计 100")
    accessible()
    desk.get_by_label("保密").fill("0")
    expect(moved).to_contain_text("权重合计 90")
    # without secrecy: ZJ (25 × 100) / 50
    expect(moved.locator("tbody tr").first).to_contain_text("50.00")
    desk.goto(f"{server}/assessment/{row.pk}/")
    desk.get_by_role("button", name="公布").click()
    expect(desk.locator("#messages")).to_contain_text("已公布")
    desk.get_by_role("link", name="FJ", exact=True).click()
    expect(desk.locator("h1")).to_contain_text("FJ")
    expect(desk.locator("[data-assessment-chart] svg").first).to_be_visible()
    accessible()
    for path in ("", f"{row.pk}/", f"{row.pk}/units/{w.units['FJ'].pk}/", "entries/"):
        desk.set_viewport_size({"width": 390, "height": 844})
        desk.goto(f"{server}/assessment/{path}")
        narrow()
        accessible()
    desk.set_viewport_size({"width": 1440, "height": 900})
    enter(desk, server, w.stewards["FJ"])
    own = line(row, "timeliness", w.units["FJ"])
    desk.goto(f"{server}/assessment/lines/{own.pk}/")
    desk.get_by_label("申诉理由").fill("三项任务的客户停产，已报备。")
    desk.get_by_role("button", name="提交申诉").click()
    expect(desk.locator("#messages")).to_contain_text("申诉已提交")
    accessible()
    assert Objection.objects.get().line_id == own.pk
