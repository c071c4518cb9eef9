"""Editing the guide in a real browser: a field, its mapping, what it means, published."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from tests.dossiers.files import approved, complete_dossier, moment
from tests.dossiers.files import desk as people
from yihu.access.rules import Role
from yihu.dossiers.jobs import reckon_impact
from yihu.dossiers.models import GuideImpact
from yihu.guide.models import Edition

pytestmark = [pytest.mark.browser, pytest.mark.clause("4.1b")]


def test_a_supervisor_makes_and_publishes_an_edition(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Callable[[], None]
) -> None:
    gd = people()
    dossier = complete_dossier(gd)
    approved(gd, dossier, at_time=moment(2))
    enter(desk, server, plant.person(Role.SUPERVISOR))
    desk.goto(f"{server}/")
    desk.locator("#menu summary", has_text="制度与规则").click()
    desk.get_by_role("link", name="填报指南", exact=True).click()
    accessible()
    desk.get_by_role("button", name="以此编制新版").click()
    accessible()

    desk.get_by_role("link", name="新增栏目").click()
    desk.locator("#panel").get_by_label("编码", exact=True).first.fill("peak_daily")
    desk.locator("#panel").get_by_label("名称", exact=True).first.fill("日均用气峰值")
    expect(desk.locator("#panel").get_by_label("计量单位").first).to_be_hidden()
    desk.locator("#panel").get_by_label("类型", exact=True).first.select_option("number")
    desk.locator("#panel").get_by_label("计量单位").first.fill("万立方米")
    expect(desk.get_by_text("必填的客户分类").first).to_be_hidden()
    desk.get_by_label("填写要求").select_option("always")
    accessible()
    shoot("guide-field")
    desk.get_by_role("button", name="保存栏目").click()
    expect(desk.locator("#messages")).to_contain_text("栏目已保存")

    desk.goto(f"{server}/guide/draft/?field=shareholders#panel")
    desk.get_by_role("button", name="增加一列").click()
    columns = desk.locator("[data-columns] [data-column]")
    columns.last.get_by_label("编码", exact=True).fill("since")
    columns.last.get_by_label("名称", exact=True).fill("入股日期")
    columns.last.locator("[name='col:type']").select_option("date")
    columns.last.get_by_role("button", name="此列上移").click()
    desk.get_by_role("button", name="保存栏目").click()
    expect(desk.locator("#messages")).to_contain_text("栏目已保存")
    names = desk.locator("[data-columns] [name='col:label']")
    expect(names.nth(-2)).to_have_value("入股日期")

    desk.goto(f"{server}/guide/draft/?field=legal_rep#panel")
    desk.locator("#panel").get_by_label("编码", exact=True).first.fill("legal_person")
    desk.locator("#panel").get_by_label("类型", exact=True).first.select_option("texts")
    desk.get_by_role("button", name="保存栏目").click()
    expect(desk.locator("#messages")).to_contain_text("1 处衔接要写明")
    accessible()
    desk.get_by_role("button", name="保存衔接").click()
    expect(desk.locator("#messages")).to_contain_text("数据衔接已保存")

    desk.goto(f"{server}/guide/draft/lists/?list=service#panel")
    accessible()
    desk.goto(f"{server}/guide/difference/")
    expect(desk.locator("main")).to_contain_text("legal_rep → legal_person")
    accessible()
    desk.goto(f"{server}/guide/2/preview/")
    accessible()
    shoot("guide-preview")

    desk.goto(f"{server}/guide/draft/publish/")
    accessible()
    expect(desk.get_by_role("button", name="发布这一版")).to_be_disabled()
    desk.get_by_role("button", name="测算影响").click()
    reckon_impact(impact_id=GuideImpact.objects.get().pk)
    expect(desk.locator("#impact")).to_contain_text("日均用气峰值")
    desk.reload()
    accessible()
    shoot("guide-publish")
    desk.get_by_role("button", name="发布这一版").click()
    expect(desk.locator("#messages")).to_contain_text("第 2 版已发布")
    assert Edition.objects.get(number=2).published_at is not None


def test_the_editor_fits_a_phone(desk: Page, server: str, accessible: Callable[[], None]) -> None:
    people()
    desk.set_viewport_size({"width": 390, "height": 844})
    enter(desk, server, plant.person(Role.SUPERVISOR))
    desk.goto(f"{server}/guide/")
    desk.get_by_role("button", name="以此编制新版").click()
    pages = ("guide/1/", "guide/draft/", "guide/draft/?field=uscc", "guide/draft/mapping/",
             "guide/draft/lists/?list=service", "guide/draft/workbook/")  # fmt: skip
    for page in pages:
        desk.goto(f"{server}/{page}")
        assert desk.evaluate("document.documentElement.scrollWidth") == 390, page
        accessible()
