"""Visits in a real browser: minutes on a phone without a network, two people at once, needs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_desk import enter
from tests.dossiers.files import complete_dossier
from tests.dossiers.files import desk as people
from tests.visits.held import SUMMARY, planned, written
from yihu.visits.models import Followup, Need, Visit

pytestmark = pytest.mark.browser
Check = Callable[[], None]
KEPT = "Object.keys(localStorage).filter(key => key.startsWith('yihu-visit-')).length"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def quiet(page: Page, server: str) -> Iterator[Page]:
    """A page that errs in nothing but what is meant: no network, and 409 for a conflict."""
    wrong: list[str] = []
    meant = ("ERR_INTERNET_DISCONNECTED", "409 (Conflict)")
    page.on(
        "console",
        lambda said: (
            wrong.append(said.text)
            if said.type == "error" and not any(word in said.text for word in meant)
            else None
        ),
    )
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.set_default_timeout(10_000)
    yield page
    assert wrong == []


def fill(desk: Page) -> None:
    """Minutes as they are typed in a lobby."""
    desk.get_by_label("目的").fill("冬季保供沟通")
    desk.get_by_label("资源需求").check()
    desk.get_by_label("王芳（经理）").check()
    desk.get_by_label("纪要", exact=True).fill(SUMMARY)
    desk.get_by_role("button", name="添加承诺").click()
    desk.get_by_label("事项", exact=True).fill("测算可增供气量")
    desk.get_by_role("button", name="添加诉求").click()
    desk.get_by_label("诉求与反馈", exact=True).fill("增供")


@pytest.mark.clause("6.2.1d")
def test_minutes_typed_without_a_network_arrive_once(
    quiet: Page, server: str, shoot: Callable[[str], None], accessible: Check, narrow: Check
) -> None:
    at = people()
    dossier = complete_dossier(at)
    quiet.set_viewport_size({"width": 390, "height": 844})
    enter(quiet, server, at.filler)
    quiet.goto(f"{server}/visits/of/{dossier.pk}/write/")
    fill(quiet)
    narrow()
    accessible()
    failed: list[str] = []
    quiet.on("requestfailed", lambda sent: failed.append(sent.method))
    quiet.context.set_offline(True)
    with quiet.expect_event("requestfailed"):
        quiet.get_by_role("button", name="提交纪要").click()
    expect(quiet.locator("#vs-status")).to_contain_text("网络中断：内容已留在本机")
    assert (Visit.objects.count(), quiet.evaluate(KEPT)) == (0, 1)
    shoot("visit-offline")
    quiet.context.set_offline(False)
    quiet.wait_for_url("**/visits/*/")
    expect(quiet.locator("h1")).to_contain_text("冬季保供沟通")
    assert (Visit.objects.count(), Followup.objects.count(), Need.objects.count()) == (1, 1, 1)
    assert (quiet.evaluate(KEPT), failed) == (0, ["POST"])
    narrow()
    accessible()
    shoot("visit-narrow")


def test_a_closed_tab_loses_nothing_and_another_person_sees_nothing(
    desk: Page, server: str
) -> None:
    at = people()
    dossier = complete_dossier(at)
    enter(desk, server, at.filler)
    desk.goto(f"{server}/")
    address = f"{server}/visits/of/{dossier.pk}/write/"
    desk.goto(address)
    fill(desk)
    expect(desk.locator("#vs-status")).to_have_text("文字已留在本机。")
    desk.goto(f"{server}/visits/")
    desk.goto(address)
    expect(desk.locator("#vs-kept")).to_contain_text("已恢复本机保存")
    expect(desk.get_by_label("纪要", exact=True)).to_have_value(SUMMARY)
    expect(desk.get_by_label("事项", exact=True)).to_have_value("测算可增供气量")
    desk.evaluate(
        """for (const key of Object.keys(localStorage)) {
            const left = JSON.parse(localStorage.getItem(key));
            if (key.startsWith("yihu-visit-")) {
                localStorage.setItem(key, JSON.stringify({ ...left, person: "0" }));
            }
        }"""
    )
    other = desk.context.new_page()
    other.goto(address)
    expect(other.get_by_label("纪要", exact=True)).to_have_value("")
    assert other.evaluate(KEPT) == 0
    other.close()


def test_of_two_who_write_the_second_sees_both_texts(
    quiet: Page, server: str, accessible: Check, shoot: Callable[[str], None]
) -> None:
    at = people()
    dossier = complete_dossier(at)
    visit = planned(at, dossier, theirs=[])
    enter(quiet, server, at.filler)
    quiet.goto(f"{server}/visits/{visit.pk}/write/")
    fill(quiet)
    written(at, dossier, visit, summary=SUMMARY + "同事先交的。")
    with quiet.expect_response(lambda answer: answer.status == 409):
        quiet.get_by_role("button", name="提交纪要").click()
    expect(quiet.locator("#vs-both")).to_contain_text("同事先交的。")
    shoot("visit-conflict")
    quiet.get_by_role("link", name="用我的内容去更正").click()
    expect(quiet.locator("#vs-kept")).to_contain_text("已恢复本机保存")
    expect(quiet.get_by_label("纪要", exact=True)).to_have_value(SUMMARY)
    accessible()
    quiet.get_by_label("更正原因").fill("以现场记录为准")
    quiet.get_by_role("button", name="保存更正").click()
    expect(quiet.locator("del").filter(has_text="同事先交的")).to_have_count(1)
    accessible()


@pytest.mark.clause("3a")
def test_lists_are_worked_on_in_place(
    desk: Page, server: str, accessible: Check, narrow: Check
) -> None:
    at = people()
    dossier = complete_dossier(at)
    written(at, dossier)
    enter(desk, server, at.filler)
    desk.goto(f"{server}/dossiers/{dossier.pk}/")
    expect(desk.locator("#visits")).to_contain_text("测算可增供气量")
    accessible()
    desk.goto(f"{server}/visits/needs/")
    desk.get_by_label("答复内容").fill("按月确认")
    desk.get_by_role("button", name="登记答复").click()
    expect(desk.locator(".vs-need")).to_contain_text("已答复")
    for path in ("", "followups/", "needs/", "plan/"):
        desk.goto(f"{server}/visits/{path}")
        accessible()
    desk.set_viewport_size({"width": 390, "height": 844})
    for path in ("", "followups/", "needs/", "plan/", "begin/?q=广州"):
        desk.goto(f"{server}/visits/{path}")
        narrow()
