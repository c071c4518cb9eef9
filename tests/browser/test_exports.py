"""A core secret on its way out, clicked through: asked for, agreed to, fetched once, traced."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from tests.dossiers.files import complete_dossier
from tests.dossiers.files import desk as people
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier
from yihu.exports.actions import ask, make
from yihu.exports.kinds import Asked, kind_of
from yihu.exports.models import Takeout
from yihu.kit.clock import now, today

pytestmark = [pytest.mark.browser, pytest.mark.clause("5.5")]
Check = Callable[[], None]


def test_a_core_secret_is_asked_for_agreed_to_and_fetched_once(
    desk: Page, server: str, shoot: Callable[[str], None], accessible: Check
) -> None:
    gd = people()
    file = complete_dossier(gd, name="广州黄埔燃气有限公司")
    Dossier.objects.filter(pk=file.pk).update(secrecy="core")
    steward = plant.person(Role.STEWARD, gd.unit)
    enter(desk, server, gd.filler)
    desk.goto(f"{server}/dossiers/{file.pk}/")
    expect(desk.locator(".yh-watermark text").first).to_contain_text(gd.filler.name)
    desk.get_by_role("link", name="打印", exact=True).click()
    expect(desk.get_by_role("dialog")).to_contain_text("须先审批：含核心商密内容")
    accessible()
    shoot("export-dialog")
    desk.get_by_role("dialog").get_by_role("link", name="取消").click()
    expect(desk.get_by_role("dialog")).to_have_count(0)

    asked = Asked({"pk": str(file.pk)})
    row, _made = ask(
        gd.filler,
        kind_of("reports.dossier"),
        asked,
        purpose="negotiate",
        note="",
        at=now(),
        today=today(),
    )
    enter(desk, server, steward)
    desk.goto(f"{server}/exports/")
    accessible()
    shoot("export-waiting")
    desk.get_by_label("审批意见").fill("洽谈要用")
    desk.get_by_role("button", name="同意", exact=True).click()
    expect(desk.locator("#messages")).to_contain_text("已同意")
    make(gd.filler, row.pk, at=now(), today=today())

    enter(desk, server, gd.filler)
    desk.goto(f"{server}/exports/{row.pk}/")
    with desk.expect_download() as taken:
        desk.get_by_role("button", name="下载").click()
    assert taken.value.suggested_filename.startswith(f"{file.number}-广州黄埔燃气有限公司")
    assert Takeout.objects.get().taken == 1
    for path in ("exports/", f"exports/{row.pk}/", "dossiers.xlsx"):
        desk.goto(f"{server}/{path}")
        accessible()
