"""The pages: upload, preview, confirm, history, workbooks."""

import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from tests import plant
from tests.exports.taking import PURPOSE
from tests.intake.test_actions import CUSTOMERS, MONTHS, NOW, bring, customer
from tests.kit.test_sheet import workbook
from yihu.access.entering import ticket
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.contracts.models import Offtake
from yihu.dossiers.models import Dossier
from yihu.intake import actions, jobs
from yihu.intake.choices import ImportState
from yihu.intake.models import Import
from yihu.org.models import OrgUnit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def gd() -> OrgUnit:
    return plant.unit("GD", region="440000")


@pytest.fixture
def filler(gd: OrgUnit) -> User:
    return plant.person(Role.FILLER, gd)


@pytest.fixture
def client(client: Client, filler: User) -> Client:
    client.force_login(filler)
    return client


def send(client: Client, gd: OrgUnit, kind: str, content: bytes, name: str = "台账.xlsx") -> Import:
    """Upload from the page; returns the import that it leads to."""
    answer = client.post(
        reverse("intake:new"),
        {"kind": kind, "unit": gd.pk, "file": SimpleUploadedFile(name, content)},
    )
    assert answer.status_code == 302
    row: Import = Import.objects.latest("at")
    assert answer.headers["Location"] == reverse("intake:detail", kwargs={"pk": row.pk})
    return row


def page(client: Client, row: Import, query: str = "") -> str:
    answer = client.get(reverse("intake:detail", kwargs={"pk": row.pk}) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def confirm(client: Client, row: Import) -> HttpResponse:
    answer: HttpResponse = client.post(
        reverse("intake:confirm", kwargs={"pk": row.pk}), {"digest": row.digest}, follow=True
    )
    return answer


def sheet_of(answer: HttpResponse) -> openpyxl.worksheet.worksheet.Worksheet:
    assert answer.status_code == 200
    assert "spreadsheetml" in answer.headers["Content-Type"]
    found = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert found is not None
    return found


@pytest.mark.clause("5.3")
def test_a_ledger_goes_in_by_preview_and_confirm(client: Client, gd: OrgUnit) -> None:
    file = plant.dossier(gd, name="广州旧名有限公司")
    row = send(
        client, gd, "customers",
        workbook(
            CUSTOMERS,
            customer(plant.credit_code(9700)),
            customer(file.credit_code, "广州新名有限公司", "战略"),
            customer("9" * 18, "广州错码有限公司"),
        ),
    )  # fmt: skip
    first = page(client, row)
    assert "校验位不符" in first  # what is rejected comes first
    assert "依据 §6.1.1" in first
    changed = page(client, row, "?tab=changed")
    assert "<del>广州旧名有限公司</del> → <ins>广州新名有限公司</ins>" in changed
    assert "<del>一般客户</del> → <ins>战略客户</ins>" in changed
    assert "<del>城镇燃气</del> → <ins>工业燃料</ins>" in changed
    assert "广州凯能陶瓷有限公司" in page(client, row, "?tab=new")
    assert Dossier.objects.count() == 1
    answer = confirm(client, row).content.decode()
    assert "已入库：新增 1，变更 1，无变化 0；拒收 1 行没有写入。" in answer
    assert Dossier.objects.count() == 2
    file.refresh_from_db()
    assert (file.name_full, file.klass) == ("广州新名有限公司", "strategic")


def test_the_same_file_again_says_when_it_went_in(client: Client, gd: OrgUnit) -> None:
    content = workbook(CUSTOMERS, customer(plant.credit_code(9701)))
    confirm(client, send(client, gd, "customers", content))
    answer = page(client, send(client, gd, "customers", content))
    assert "同一文件已于" in answer
    assert "无变化。" in answer


def test_data_that_moved_shows_the_new_preview(client: Client, gd: OrgUnit) -> None:
    code = plant.credit_code(9702)
    mine = send(client, gd, "customers", workbook(CUSTOMERS, customer(code)))
    other = bring(gd, "customers", CUSTOMERS, customer(code, "广州二号有限公司"))
    actions.confirm(None, other, digest=other.digest, today=date(2026, 11, 5), at=NOW)
    answer = confirm(client, mine).content.decode()
    assert "预览之后数据已有变动" in answer
    assert Dossier.objects.get().name_full == "广州二号有限公司"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"MZ\x90\x00", "可执行程序"),
        (b"", "文件是空的"),
        (workbook(), "工作表是空的"),
        (workbook(["甲", "乙"]), "缺少必需的列"),
        (workbook(MONTHS, ["2026-10", "H", "=1", "万方", 3, 4]), "单元格 C2"),
    ],
)
def test_a_refusal_is_a_page_with_the_way_out(
    client: Client, gd: OrgUnit, content: bytes, says: str
) -> None:
    row = send(client, gd, "offtake", content)
    row.refresh_from_db()
    assert row.state == ImportState.REFUSED
    assert says in page(client, row)
    assert confirm(client, row).status_code == 200
    row.refresh_from_db()
    assert row.state == ImportState.REFUSED


def test_what_is_too_large_is_refused_before_it_is_kept(client: Client, gd: OrgUnit) -> None:
    file = SimpleUploadedFile("a.xlsx", b"x" * (20 * 1024 * 1024 + 1))
    answer = client.post(reverse("intake:new"), {"kind": "customers", "unit": gd.pk, "file": file})
    assert answer.status_code == 413
    assert "超过上限 20 MB" in answer.content.decode()
    assert not Import.objects.exists()


def test_an_upload_for_another_unit_is_refused(client: Client) -> None:
    fj = plant.unit("FJ", region="350000")
    answer = client.post(
        reverse("intake:new"),
        {"kind": "customers", "unit": fj.pk, "file": SimpleUploadedFile("a.xlsx", b"x")},
    )
    assert answer.status_code == 422
    assert not Import.objects.exists()


def test_a_large_file_is_read_and_committed_by_jobs(
    client: Client,
    gd: OrgUnit,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(actions, "LARGE_BYTES", 10)
    row = send(client, gd, "customers", workbook(CUSTOMERS, customer(plant.credit_code(9703))))
    assert row.state == ImportState.PARSING
    assert "正在读取" in page(client, row)
    progress = reverse("intake:progress", kwargs={"pk": row.pk})
    assert b"every 2s" in client.get(progress).content
    jobs.preview(str(row.pk), ticket(row.by_id, "intake.preview", str(row.pk)))
    assert client.get(progress).headers["HX-Redirect"].endswith(f"{row.pk}/")
    row.refresh_from_db()
    assert row.state == ImportState.PREVIEWED
    assert "正在入库" in confirm(client, row).content.decode()
    assert not Dossier.objects.exists()
    for _twice in range(2):
        jobs.commit(str(row.pk), ticket(row.by_id, "intake.commit", str(row.pk)), row.digest)
    row.refresh_from_db()
    assert row.state == ImportState.COMMITTED
    assert Dossier.objects.count() == 1


def test_what_is_given_up_while_it_waits_for_its_job_stays_so(
    client: Client, gd: OrgUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = send(client, gd, "customers", workbook(CUSTOMERS, customer(plant.credit_code(9705))))
    row.refresh_from_db()
    monkeypatch.setattr(actions, "LARGE_BYTES", 10)
    confirm(client, row)
    client.post(reverse("intake:discard", kwargs={"pk": row.pk}))
    jobs.commit(str(row.pk), ticket(row.by_id, "intake.commit", str(row.pk)), row.digest)
    row.refresh_from_db()
    assert row.state == ImportState.DISCARDED
    assert not Dossier.objects.exists()


def test_a_job_that_breaks_says_so(client: Client, gd: OrgUnit, tmp_path: Path) -> None:
    row = actions.upload(None, gd, kind="customers", name="a.xlsx", content=b"x", at=NOW)
    asker = plant.person(Role.FILLER, gd)
    for stored in tmp_path.rglob("*"):
        if stored.is_file():
            stored.unlink()
    jobs.preview(str(row.pk), ticket(asker.pk, "intake.preview", str(row.pk)))
    row.refresh_from_db()
    assert row.state == ImportState.FAILED
    assert "没有写入任何数据" in page(client, row)


def test_an_import_can_be_given_up(client: Client, gd: OrgUnit) -> None:
    row = send(client, gd, "customers", workbook(CUSTOMERS, customer(plant.credit_code(9704))))
    answer = client.post(reverse("intake:discard", kwargs={"pk": row.pk}), follow=True)
    assert "没有写入任何内容" in answer.content.decode()
    confirm(client, row)
    assert not Dossier.objects.exists()


# --- workbooks --------------------------------------------------------------------------------


def test_rejected_rows_come_back_marked_and_can_be_mended(client: Client, gd: OrgUnit) -> None:
    contract = plant.contract(plant.dossier(gd))
    row = send(
        client, gd, "offtake",
        workbook(
            ["2026年10月统计表"],
            ["序号", *MONTHS[1:], "=备注"],
            [1, contract.number, 100, "万方", 3.1, 3_100_000, "=1+1"],
            [2, contract.number, -5, "加仑", 3.1, None, "+1"],
        ),
    )  # fmt: skip
    errors = reverse("intake:errors", kwargs={"pk": row.pk})
    page_ = sheet_of(client.post(errors, PURPOSE))
    rows = [[cell.value for cell in line] for line in page_.iter_rows()]
    assert rows[0][0] == "月度提气量、价 2026年10月"
    assert rows[1] == ["原行号", "问题说明", *MONTHS[1:]]
    assert rows[2][0] == 4
    assert rows[2][2:] == [contract.number, -5, "加仑", 3.1, None]
    assert "“-5”为负数" in str(rows[2][1])
    assert "加仑" in str(rows[2][1])
    assert [cell.coordinate for cell in page_[3] if cell.comment] == ["D3", "E3"]
    assert page_["D3"].fill.start_color.rgb == "FFFDECEB"
    page_["C3"], page_["D3"], page_["E3"] = contract.number, 7, "万方"
    target = io.BytesIO()
    assert page_.parent is not None
    page_.parent.save(target)
    mended = send(client, gd, "offtake", target.getvalue())
    mended.refresh_from_db()
    assert (mended.counts["new"], mended.counts["rejected"], mended.counts["warnings"]) == (1, 0, 0)
    confirm(client, mended)
    assert Offtake.objects.get().month == date(2026, 10, 1)
    assert client.get(reverse("intake:errors", kwargs={"pk": mended.pk})).status_code == 404


@pytest.mark.parametrize("kind", ["customers", "contracts", "offtake", "personnel", "ratings"])
def test_an_empty_template_is_a_ledger_of_its_kind(client: Client, gd: OrgUnit, kind: str) -> None:
    answer = client.get(reverse("intake:template", kwargs={"kind": kind}))
    page_ = sheet_of(answer)
    assert page_.max_row == 3
    row = send(client, gd, kind, answer.content)
    row.refresh_from_db()
    assert row.state == ImportState.PREVIEWED
    assert (row.counts["new"], row.counts["rejected"], row.counts["warnings"]) == (0, 0, 0)


@pytest.mark.clause("6.2.1")
def test_the_months_template_holds_the_contracts_in_force(client: Client, gd: OrgUnit) -> None:
    contract = plant.contract(plant.dossier(gd, name="广州凯能陶瓷有限公司"))
    plant.contract(plant.dossier(gd), ends_on=date(2026, 9, 30))
    plant.contract(plant.dossier(plant.unit("FJ", region="350000")))
    answer = client.post(reverse("intake:month") + "?month=2026-10", PURPOSE)
    page_ = sheet_of(answer)
    assert page_["A1"].value == "GD销售分公司2026年10月客户提气量、价统计表"
    assert page_.max_row == 4
    assert [cell.value for cell in page_[4]][:4] == [
        "2026-10", "广州凯能陶瓷有限公司", contract.dossier.credit_code, contract.number,
    ]  # fmt: skip
    columns = {cell.value: cell.column for cell in page_[3]}
    page_.cell(4, columns["实际提气量"], 88)
    page_.cell(4, columns["结算单价"], 3)
    target = io.BytesIO()
    assert page_.parent is not None
    page_.parent.save(target)
    row = send(client, gd, "offtake", target.getvalue())
    confirm(client, Import.objects.get(pk=row.pk))
    assert Offtake.objects.get().actual == 88


@pytest.mark.parametrize("query", ["?month=x", "?month=2026-13"])
def test_a_month_that_is_none_is_a_bad_request(client: Client, query: str) -> None:
    answer = client.get(reverse("intake:month") + query)
    assert answer.status_code == 400


# --- who sees what ----------------------------------------------------------------------------


def pages_of(row: Import) -> list[tuple[str, str]]:
    """Every page and act of one import."""
    names = [("get", "detail"), ("get", "rows"), ("get", "progress"), ("get", "errors"),
             ("post", "confirm"), ("post", "discard")]  # fmt: skip
    return [(way, reverse(f"intake:{name}", kwargs={"pk": row.pk})) for way, name in names]


def test_another_units_filler_finds_nothing(client: Client, gd: OrgUnit) -> None:
    row = send(client, gd, "customers", workbook(CUSTOMERS, customer("1" * 18)))
    stranger = Client()
    stranger.force_login(plant.person(Role.FILLER, plant.unit("FJ", region="350000")))
    for way, url in pages_of(row):
        answer = getattr(stranger, way)(url)
        assert answer.status_code == 404, url
        assert "凯能" not in answer.content.decode()
    assert row.file_name not in stranger.get(reverse("intake:home")).content.decode()
    assert row.file_name in client.get(reverse("intake:home")).content.decode()
    row.refresh_from_db()
    assert row.state == ImportState.PREVIEWED


@pytest.mark.parametrize("role", [Role.READER, Role.REVIEWER, Role.CUSTODIAN])
def test_who_may_not_import_is_told_so(client: Client, gd: OrgUnit, role: Role) -> None:
    row = send(client, gd, "customers", workbook(CUSTOMERS, customer("1" * 18)))
    colleague = Client()
    colleague.force_login(plant.person(role, gd))
    for way, url in [("get", reverse("intake:home")), ("get", reverse("intake:new")),
                     *pages_of(row)]:  # fmt: skip
        assert getattr(colleague, way)(url).status_code == 403, url


# --- the history ------------------------------------------------------------------------------


def test_the_history_is_filtered_and_paged(client: Client, gd: OrgUnit) -> None:
    for number in range(45):
        kind = "customers" if number % 3 else "ratings"
        actions.upload(None, gd, kind=kind, name=f"文件{number:02d}.xlsx", content=b"x", at=NOW)
    seen: list[str] = []
    answer = client.get(reverse("intake:history"))
    while True:
        seen.extend(one.file_name for one in answer.context["imports"])
        if not answer.context["after"]:
            break
        answer = client.get(reverse("intake:history"), {"after": answer.context["after"]})
    assert len(seen) == len(set(seen)) == 45
    rated = client.get(reverse("intake:home"), {"kind": "ratings"}).context["imports"]
    assert {one.kind for one in rated} == {"ratings"}
    assert len(rated) == 15
    for query in ({"kind": "x"}, {"state": "x"}, {"after": "x"}):
        assert client.get(reverse("intake:history"), query).status_code == 400


def test_the_history_costs_the_same_for_one_and_three(
    client: Client, gd: OrgUnit, filler: User
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(reverse("intake:home")).status_code == 200
        return len(found)

    counts = []
    for number in range(3):
        actions.upload(filler, gd, kind="customers", name=f"{number}.xlsx", content=b"x", at=NOW)
        counts.append(cost())
    assert counts[0] == counts[2]
