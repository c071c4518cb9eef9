"""The front of the house as people use it: in, home, search, lists, colours, small screens."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.access.door import entered
from tests.desk.duties import duty
from tests.exports.taking import say_what_for
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.customers.rules import Klass
from yihu.duties.choices import DutyKind

pytestmark = pytest.mark.browser
Check = Callable[[], None]


def guangdong() -> User:
    """A unit with a few files and duties, and its filler."""
    gd = plant.unit("GD")
    user = plant.person(Role.FILLER, gd)
    for place, name in enumerate(("凯能陶瓷", "南华能源", "兴达热电", "绿能化工", "瑞祥燃气")):
        of = plant.dossier(
            gd,
            name=f"广州{name}有限公司",
            klass=list(Klass)[place % 4],
            filler=user.staff if place else None,
        )
        plant.contract(of)
        duty(of)
        duty(
            of,
            start=date(2026, 9, 1),
            due_on=date(2026, 10, 22 + place),
            done_on=date(2026, 10, 23),
        )
    duty(of, start=date(2026, 8, 1), due_on=date(2026, 11, 2))
    duty(
        of,
        kind=DutyKind.REVIEW,
        start=date(2026, 7, 1),
        end=date(2026, 12, 31),
        due_on=date(2026, 12, 31),
    )
    return user


def leave(page: Page) -> None:
    """Nobody is signed in, and no page is left that asks on and is led to the door meanwhile."""
    page.goto("about:blank")
    page.context.clear_cookies()


def enter(page: Page, server: str, user: User) -> None:
    """Come in by the door without its form: most tests are about something else, and each page
    that a browser draws for nothing costs a second."""
    leave(page)
    cookies = entered(user).cookies.values()
    page.context.add_cookies([{"name": c.key, "value": c.value, "url": server} for c in cookies])


def sign_in(page: Page, server: str, user: User) -> None:
    page.goto(f"{server}/sign-in/")
    page.get_by_label("工号").fill(user.username)
    page.get_by_label("密码").fill(plant.PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(f"{server}/")


def test_in_look_search_and_out(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check
) -> None:
    user = guangdong()
    desk.goto(f"{server}/dossiers/")
    expect(desk).to_have_url(re.compile("/sign-in/"))
    accessible()
    shoot("sign-in")
    sign_in(desk, server, user)
    groups = desk.locator(".yh-group-name")
    expect(groups.first).to_contain_text("8月提气量、价：1 户")
    expect(desk.locator(".yh-group").first).to_contain_text("逾期 3 天")
    accessible()
    shoot("home-filler")

    desk.keyboard.press("/")
    box = desk.get_by_role("combobox", name="搜索客户")
    expect(box).to_be_focused()
    desk.keyboard.type("gz")
    options = desk.get_by_role("option")
    expect(options).to_have_count(5)
    expect(options.first).to_have_attribute("aria-selected", "true")
    desk.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    accessible()
    shoot("search")
    desk.keyboard.press("Escape")
    expect(box).not_to_be_focused()
    expect(desk.locator("#search-list")).to_be_hidden()
    desk.keyboard.press("/")
    desk.keyboard.type("陶瓷")
    expect(options).to_have_count(1)
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile(r"/dossiers/[0-9a-f-]{36}/"))
    expect(desk.get_by_role("heading", level=1)).to_contain_text("凯能陶瓷")

    desk.locator(".yh-menu summary").click()
    expect(desk.locator(".yh-menu-panel")).to_contain_text("填报员")
    desk.get_by_role("button", name="退出登录").click()
    expect(desk).to_have_url(re.compile("/sign-in/"))


def test_filters_stay_in_the_address(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check
) -> None:
    enter(desk, server, guangdong())
    desk.goto(f"{server}/")
    desk.get_by_role("link", name="客户档案", exact=True).click()
    rows = desk.locator("#list tbody tr")
    expect(rows).to_have_count(5)
    desk.get_by_label("客户分类").select_option("vip")
    expect(rows).to_have_count(1)
    expect(desk).to_have_url(re.compile("klass=vip"))
    expect(desk.locator("#export-xlsx")).to_have_attribute("href", re.compile("klass=vip"))
    desk.reload()
    expect(rows).to_have_count(1)
    expect(desk.get_by_label("客户分类")).to_have_value("vip")
    desk.get_by_role("link", name="清除条件").click()
    expect(rows).to_have_count(5)
    desk.get_by_role("link", name="建档日期").click()
    expect(desk.locator("th[aria-sort=ascending]")).to_contain_text("建档日期")
    accessible()
    shoot("dossiers")
    desk.get_by_role("searchbox").last.fill("陶瓷")
    expect(rows).to_have_count(1)
    with desk.expect_download() as taken:
        say_what_for(desk, desk.locator("#export-xlsx"))
    assert taken.value.suggested_filename.endswith(".xlsx")


def test_dark_is_chosen_once_and_kept(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check
) -> None:
    enter(desk, server, guangdong())
    desk.goto(f"{server}/")
    desk.locator(".yh-menu summary").click()
    desk.get_by_role("button", name="深色").click()
    root = desk.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    desk.goto(f"{server}/duties/")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    accessible()
    shoot("duties-dark")
    desk.goto(f"{server}/")
    accessible()


def test_everything_fits_a_telephone(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check, narrow: Check
) -> None:
    desk.set_viewport_size({"width": 390, "height": 844})
    user = guangdong()
    desk.goto(f"{server}/sign-in/")
    narrow()
    enter(desk, server, user)
    for name, path in (
        ("home", "/"),
        ("dossiers", "/dossiers/"),
        ("duties", "/duties/?state=todo"),
        ("found", "/search/?q=广州"),
        ("password", "/password/"),
    ):
        desk.goto(server + path)
        narrow()
        accessible()
        shoot(f"{name}-390")
    desk.locator(".yh-menu summary").click()
    narrow()


def test_headquarters_reads_the_picture_and_goes_down_to_the_files(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check, narrow: Check
) -> None:
    guangdong()
    enter(desk, server, plant.person(Role.SUPERVISOR))
    desk.goto(f"{server}/")
    accessible()
    shoot("home-supervisor")
    desk.get_by_role("link", name="及时率监督").click()
    row = desk.locator(".yh-table tbody tr").filter(has_text="GD")
    accessible()
    shoot("timeliness")
    number = row.get_by_role("link").first
    count = number.inner_text()
    number.click()
    expect(desk.locator(".yh-count strong")).to_have_text(count)
    desk.set_viewport_size({"width": 390, "height": 844})
    for path in ("/", "/timeliness/", "/customers/"):
        desk.goto(server + path)
        narrow()
        accessible()


def test_others_homes(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check, narrow: Check
) -> None:
    guangdong()
    gd = plant.unit("GD")
    for role in (Role.STEWARD, Role.READER, Role.CUSTODIAN, Role.ITC, Role.AUDITOR):
        user = plant.person(role, gd)
        enter(desk, server, user)
        desk.goto(f"{server}/")
        accessible()
        shoot(f"home-{role}")
        desk.set_viewport_size({"width": 390, "height": 844})
        narrow()
        desk.set_viewport_size({"width": 1440, "height": 900})


def test_an_ended_session_leads_to_the_door(desk: Page, server: str) -> None:
    enter(desk, server, guangdong())
    desk.goto(f"{server}/dossiers/")
    desk.context.clear_cookies()
    desk.get_by_label("客户分类").select_option("vip")
    expect(desk).to_have_url(re.compile("/sign-in/.*next="))


def test_english_by_a_switch(desk: Page, server: str, shoot: Callable[[str], None]) -> None:
    enter(desk, server, guangdong())
    desk.goto(f"{server}/")
    desk.get_by_role("button", name="English").first.click()
    expect(desk.get_by_role("link", name="Customer dossiers")).to_be_visible()
    shoot("home-english")
