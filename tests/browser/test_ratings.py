"""Ratings in a real browser: points by the keyboard, a round to its classes, a scheme checked."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from tests.ratings.rated import buyer, computed, final, head, score
from yihu.ratings.models import RatingJudgement

pytestmark = pytest.mark.browser
Check = Callable[[], None]


def test_a_round_is_judged_by_the_keyboard_and_its_classes_are_decided(
    desk: Page, server: str, accessible: Check, narrow: Check
) -> None:
    hq, gd = head(), plant.unit("GD")
    files = [buyer(gd, taken="900", name=f"广州评级{n}燃气有限公司") for n in range(3)]
    rating = computed(hq)
    enter(desk, server, hq.maker)
    desk.goto(f"{server}/ratings/rounds/{rating.pk}/judge/")
    fields = desk.locator("input[data-column=strategic_value]")
    fields.first.focus()
    for typed in ("80", "abc", "70"):
        desk.keyboard.type(typed)
        desk.keyboard.press("Enter")
    expect(desk.locator(".rt-saved")).to_have_count(2)
    expect(desk.get_by_role("alert")).to_contain_text("应是 0 至 100 的数字")
    assert RatingJudgement.objects.count() == 2
    accessible()
    desk.goto(f"{server}/ratings/rounds/{rating.pk}/")
    expect(desk.locator("#main")).to_contain_text("又有 2 项评分")
    accessible()
    RatingJudgement.objects.all().delete()
    final(hq, rating)
    for path in ("", "scores/", "classes/"):
        desk.set_viewport_size({"width": 390, "height": 844})
        desk.goto(f"{server}/ratings/rounds/{rating.pk}/{path}")
        narrow()
        accessible()
    desk.goto(f"{server}/ratings/scores/{score(rating, files[0]).pk}/")
    narrow()
    accessible()
    desk.set_viewport_size({"width": 1440, "height": 900})
    desk.goto(f"{server}/ratings/rounds/{rating.pk}/classes/")
    desk.get_by_label(f"选择{files[0].name_full}").check()
    desk.get_by_role("button", name="按建议认定").click()
    expect(desk.locator("#messages")).to_contain_text("已认定 1 个客户")
    desk.goto(f"{server}/dossiers/{files[0].pk}/")
    expect(desk.locator("#ratings")).to_contain_text("得分由来")
    accessible()


def test_the_editor_checks_a_scheme_while_one_types(
    desk: Page, server: str, accessible: Check, narrow: Check
) -> None:
    hq = head()
    enter(desk, server, hq.maker)
    desk.goto(f"{server}/ratings/")
    accessible()
    desk.get_by_role("button", name="编制新版").click()
    expect(desk.locator("#checked")).to_contain_text("没有问题")
    desk.locator("#id_volume-weight").fill("30")
    expect(desk.locator("#checked")).to_contain_text("权重合计应为 100，现为 110")
    desk.locator("#id_growth-weight").fill("")
    expect(desk.locator("#checked")).to_contain_text("没有问题")
    accessible()
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    desk.get_by_role("button", name="保存").click()
    expect(desk.locator("#messages")).to_contain_text("已保存")
    expect(desk.get_by_role("button", name="试算")).to_be_visible()
    narrow()
    accessible()
