"""A metering engineer: a token from the page, the documentation, the example run for real."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import plant
from tests.browser.test_desk import enter
from tests.dossiers.files import complete_dossier
from tests.dossiers.files import desk as desk_of
from tests.interface.calling import Program
from yihu.access.rules import Role
from yihu.access.tokens.rules import Use
from yihu.client import Problem, Yihu
from yihu.contracts.models import Offtake

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "docs" / "examples" / "report_offtake.py"
FILL = ROOT / "docs" / "examples" / "fill_file.py"


@pytest.mark.clause("6.2.1")
def test_a_months_figures_come_by_a_script(
    desk: Page,
    server: str,
    tmp_path: Path,
    accessible: Callable[[], None],
    narrow: Callable[[], None],
    shoot: Callable[[str], None],
) -> None:
    filler = plant.person(Role.FILLER, plant.unit("GD"))
    contract = plant.contract(plant.dossier(plant.unit("GD")))
    enter(desk, server, filler)
    desk.goto(f"{server}/me/tokens/")
    if desk.get_by_label("密码").count():
        desk.get_by_label("密码").fill(plant.PASSWORD)
        desk.get_by_role("button", name="确认").click()
    desk.get_by_label("用途说明").fill("抄表系统")
    desk.get_by_label("可用于").select_option([Use.READ, Use.OFFTAKE])
    desk.get_by_role("button", name="签发", exact=True).click()
    secret = desk.locator(".yh-key").inner_text()
    accessible()
    desk.get_by_role("link", name="接口文档").click()
    expect(desk.get_by_role("heading", name="报送月度提气量、价（§6.2.1）")).to_be_visible()
    expect(desk.locator("#upsertOfftake pre")).to_contain_text("Idempotency-Key")
    accessible()
    shoot("api-docs-1440")
    desk.set_viewport_size({"width": 390, "height": 844})
    narrow()
    shoot("api-docs-390")

    ledger = tmp_path / "2026-10.csv"
    ledger.write_text(
        f"month,number,actual,unit,price_yuan\n2026-10,{contract.number},88.5,万立方米,3.2\n"
    )
    first, again = ran(server, secret, ledger), ran(server, secret, ledger)
    assert "新增 1，变更 0，未变 0" in first.stdout, first.stdout + first.stderr
    assert "没有重复写入" in again.stdout
    assert Offtake.objects.get().actual == 88.5
    ledger.write_text("month,number,actual,unit\n2026-10,HT-没有,1,吨\n")
    wrong = ran(server, secret, ledger)
    assert wrong.returncode == 1
    assert re.search(r"第 2 行 number：本单位没有合同", wrong.stdout)

    yihu = Yihu(server, secret)
    (row,) = yihu.offtake(fields=["actual", "quantity_unit"], limit=1)
    assert row == {"actual": "88.5000", "quantity_unit": "wan_m3"}
    (line,) = yihu.dossiers()
    kept = yihu.dossier(line["id"])
    assert kept.content["name"] == line["name"]
    assert yihu.dossier(line["id"], kept=kept) is kept
    with pytest.raises(Problem, match="400 bad_condition"):
        list(yihu.duties(state="soon"))


@pytest.mark.clause("4.3b")
def test_a_file_is_filled_and_approved_by_scripts(server: str, tmp_path: Path) -> None:
    at = desk_of()
    file = complete_dossier(at)
    news = tmp_path / "变化.json"
    news.write_text('{"legal_rep": "张三", "office_addr": "广州市天河区"}', encoding="utf-8")
    filler = Program(at.filler, Use.READ, Use.FILL).secret
    done = ran(server, filler, news, FILL, file.credit_code, "已与登记系统核对")
    assert "已提交审核" in done.stdout, done.stdout + done.stderr
    again = ran(server, filler, news, FILL, file.credit_code, "已与登记系统核对")
    assert (again.returncode, "已提交审核" in again.stdout) == (1, True), again.stdout

    reviewer = Yihu(server, Program(at.reviewer, Use.READ, Use.REVIEW).secret)
    (waiting,) = reviewer.submissions(dossier=str(file.pk))
    seen = reviewer.read_submission(waiting["id"])
    assert "legal_rep" in {one["code"] for one in seen.content["changes"]}
    with pytest.raises(Problem, match="412 changed_meanwhile"):
        reviewer.approve_submission(waiting["id"], digest="0" * 64)
    passed = reviewer.approve_submission(
        waiting["id"], digest=seen.content["digest"], etag=seen.etag
    )
    assert passed.more["version"] == 1
    file.refresh_from_db()
    assert file.document["legal_rep"] == "张三"


def ran(
    server: str, secret: str, ledger: Path, script: Path = SCRIPT, *given: str
) -> subprocess.CompletedProcess[str]:
    """The example as an engineer runs it."""
    return subprocess.run(
        [sys.executable, str(script), *given[:1], str(ledger), *given[1:]],
        env={**os.environ, "YIHU_ADDRESS": server, "YIHU_TOKEN": secret,
             "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )  # fmt: skip
