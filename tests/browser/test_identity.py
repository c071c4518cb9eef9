"""One customer, many units, in a real browser: a difference settled, a join undone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from tests.dossiers.files import approved, complete_dossier, moment
from tests.dossiers.files import desk as people
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier, Draft
from yihu.identity.actions import compare_customers
from yihu.identity.joining import find_look_alikes
from yihu.identity.models import Join

pytestmark = [pytest.mark.browser, pytest.mark.clause("5.1")]


def test_a_difference_is_settled_and_taken_over(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Callable[[], None]
) -> None:
    gd, fj = people("GD"), people("FJ")
    one, other = complete_dossier(gd), complete_dossier(fj)
    approved(gd, one, at_time=moment(2))
    Dossier.objects.filter(pk=other.pk).update(
        customer=one.customer, document={**other.document, "legal_rep": "王五"}
    )
    compare_customers(None, at=moment(3))
    enter(desk, server, plant.person(Role.SUPERVISOR))
    desk.goto(f"{server}/identity/differences/?state=open&field=legal_rep")
    accessible()
    desk.locator("#list .yh-name").first.click()
    accessible()
    desk.get_by_label("王五").check()
    desk.get_by_label("依据").fill("企业信用公示系统")
    shoot("difference")
    desk.get_by_role("button", name="核定并提供给各单位").click()
    expect(desk.locator("#messages")).to_contain_text("1 个所载不同的单位")
    enter(desk, server, gd.filler)
    desk.goto(f"{server}/dossiers/{one.pk}/fill/")
    expect(desk.locator("main")).to_contain_text("集团核定：法定代表人为“王五”")
    accessible()
    desk.get_by_role("button", name="采用", exact=True).click()
    expect(desk.locator("#messages")).to_contain_text("已写入草稿")
    assert Draft.objects.get(dossier=one, state="open").changes == {"legal_rep": "王五"}


def test_two_customers_are_joined_and_parted(
    desk: Page, server: str, accessible: Callable[[], None]
) -> None:
    unit = plant.unit("GD")
    one = plant.dossier(unit, name="佛山市南海恒达燃气有限公司")
    other = plant.dossier(plant.unit("FJ"), name="南海恒达燃气股份有限公司")
    find_look_alikes(at=moment())
    enter(desk, server, plant.person(Role.SUPERVISOR))
    desk.goto(f"{server}/identity/alike/")
    accessible()
    desk.get_by_role("link", name="核对合并").click()
    accessible()
    desk.get_by_label("依据").fill("同一营业执照")
    desk.get_by_role("button", name="合并，转入 1 份档案").click()
    expect(desk.locator("#messages")).to_contain_text("已合并")
    expect(desk.locator("main")).to_contain_text("2 个单位建有档案")
    desk.goto(f"{server}/identity/joins/")
    accessible()
    desk.get_by_label("撤销原因").fill("看错了")
    desk.get_by_role("button", name="撤销合并").click()
    expect(desk.locator("#messages")).to_contain_text("已撤销合并")
    assert Join.objects.get().undone_at is not None
    for file in (one, other):
        before = file.customer_id
        file.refresh_from_db()
        assert file.customer_id == before
    desk.goto(f"{server}/identity/customers/{one.customer_id}/")
    accessible()
