"""A clerk of the Guangdong unit does October 2026 in Yihu instead of in Excel.

Through HTTP, as a new user would: sign in, bring the ledgers, see 80 duties, download the
template, bring October, see what was rejected, confirm; the duties are done and the chart moves.
Then headquarters sees Guangdong's timeliness, and Fujian finds none of it.
"""

import html
import io
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests import plant
from tests.exports.taking import take
from yihu.access.rules import Role
from yihu.contracts.models import Contract, Offtake
from yihu.dossiers.models import Dossier
from yihu.duties.actions import load_first_policy
from yihu.duties.models import Duty
from yihu.guide.actions import load_first_edition
from yihu.intake.models import Import
from yihu.org.models import OrgUnit
from yihu.site.group import DEFAULT, add_demo_people, read_group
from yihu.site.group import plant as plant_group

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples"
TODAY = date(2026, 11, 5)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_new_group(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `yihu init --demo-people` leaves, on 2026-11-05."""
    monkeypatch.setenv("YIHU_TODAY", TODAY.isoformat())
    settings.MEDIA_ROOT = tmp_path
    load_first_edition()
    load_first_policy()
    plant_group(read_group(DEFAULT), today=TODAY)
    add_demo_people(password=plant.PASSWORD, today=date(2026, 11, 1))


def sign_in(number: str) -> Client:
    """By the page, as everybody does."""
    client = Client()
    answer = client.post(
        reverse("sign-in"), {"username": number, "password": plant.PASSWORD}, follow=True
    )
    assert answer.status_code == 200
    assert answer.redirect_chain[-1][0] == reverse("desk:home")
    return client


def text_of(client: Client, path: str) -> str:
    """What a person reads on the page: no tags, white space folded."""
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def upload(client: Client, unit: str, kind: str, name: str) -> Import:
    """Choose the file on the page; returns the import whose preview it leads to."""
    at = OrgUnit.objects.get(code=unit)
    content = (SAMPLES / unit / name).read_bytes()
    answer = client.post(
        reverse("intake:new"),
        {"kind": kind, "unit": at.pk, "file": SimpleUploadedFile(name, content)},
    )
    assert answer.status_code == 302
    found = Import.objects.filter(unit=at).latest("at")
    assert answer["Location"] == reverse("intake:detail", kwargs={"pk": found.pk})
    return found


def confirm(client: Client, row: Import) -> None:
    answer = client.post(
        reverse("intake:confirm", kwargs={"pk": row.pk}), {"digest": row.digest}, follow=True
    )
    assert answer.status_code == 200
    row.refresh_from_db()
    assert row.state == "committed"


def chart_of(client: Client, file: Dossier) -> str:
    """The data of the dossier's charts, as the page carries them; before a month, none."""
    body = client.get(reverse("desk:dossier", kwargs={"pk": file.pk})).content.decode()
    found = re.findall(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', body, re.S)
    return "\n".join(found)


@pytest.mark.clause("4.3b")
@pytest.mark.clause("6.2.1")
@pytest.mark.clause("6.1.2")
def test_october_from_ledgers_to_timeliness() -> None:
    expected = json.loads((SAMPLES / "GD" / "expected.json").read_text("utf-8"))
    clerk = sign_in("GD0001")
    for kind, name in (("customers", "GD-客户台账.xlsx"), ("contracts", "GD-合同台账.xlsx")):
        row = upload(clerk, "GD", kind, name)
        before = Dossier.objects.count(), Contract.objects.count()
        preview = text_of(clerk, reverse("intake:detail", kwargs={"pk": row.pk}))
        assert f"新增 {expected[name]['accepted']}" in preview
        assert before == (Dossier.objects.count(), Contract.objects.count())
        confirm(clerk, row)
    files = Dossier.objects.filter(unit__code="GD")
    assert files.count() == expected["GD-客户台账.xlsx"]["accepted"]
    without = files.filter(contracts=None).count()
    assert without == expected["GD-合同台账.xlsx"]["customers_without_contract"]

    home = text_of(clerk, reverse("desk:home"))
    assert "2026年10月提气量、价：80 户" in home
    assert "截止 2026-11-13" in home
    october = Duty.objects.filter(unit__code="GD", kind="offtake", period_start=date(2026, 10, 1))
    assert (october.count(), october.filter(done_at=None).count()) == (80, 80)

    template = take(clerk, "intake:month", query={"month": "2026-10"})
    sheet = openpyxl.load_workbook(io.BytesIO(template.content)).active
    cells = {str(cell) for line in sheet.iter_rows(values_only=True) for cell in line if cell}
    owed = set(
        Contract.objects.filter(
            unit__code="GD", effective_on__lte=date(2026, 10, 31), ends_on__gte=date(2026, 10, 1)
        ).values_list("number", flat=True)
    )
    assert len(owed) == 80
    assert owed <= cells

    name = "GD-2026年10月提气量价.xlsx"
    row = upload(clerk, "GD", "offtake", name)
    page = reverse("intake:detail", kwargs={"pk": row.pk})
    preview = text_of(clerk, page)
    assert f"新增 {expected[name]['accepted']}" in preview
    rejected = text_of(clerk, page + "?tab=rejected")
    for problem in expected[name]["rejected"]:
        assert str(problem["row"]) in rejected
    errors = take(clerk, "intake:errors", row.pk)
    mended = openpyxl.load_workbook(io.BytesIO(errors.content)).active
    said = " ".join(str(c) for line in mended.iter_rows(values_only=True) for c in line if c)
    assert "NO-SUCH-CONTRACT" in said
    file = Dossier.objects.filter(unit__code="GD", contracts__number="GD-TRQ-2025-001").get()
    before_chart = chart_of(clerk, file)
    assert Offtake.objects.count() == 0
    confirm(clerk, row)

    assert october.filter(done_at=None).count() == 0
    after = text_of(clerk, reverse("desk:home"))
    assert "提气量、价：80 户" not in after
    assert "80 项" in after
    chart = chart_of(clerk, file)
    assert before_chart == ""
    assert "104.45" in chart
    sums: Counter[str] = Counter()
    for unit, actual in Offtake.objects.values_list("quantity_unit", "actual"):
        sums[{"wan_m3": "万立方米", "t": "吨"}[unit]] += float(actual)
    assert {unit: round(total, 2) for unit, total in sums.items()} == expected[name]["volume_total"]

    again = upload(clerk, "GD", "offtake", name)
    assert "无变化 80" in text_of(clerk, reverse("intake:detail", kwargs={"pk": again.pk}))

    supervisor = plant.person(Role.SUPERVISOR)
    group = Client()
    group.force_login(supervisor)
    board = group.get(reverse("desk:timeliness") + "?since=2026-11&until=2026-11").context["board"]
    line = next(line for line in board.lines if line.unit.code == "GD")
    owed_now = Duty.objects.filter(
        unit__code="GD", due_on__range=(date(2026, 11, 1), date(2026, 11, 30)), dropped_at=None
    )
    assert line.whole.due == owed_now.count()
    listed = text_of(group, line.whole.due_url)
    assert f"共 {owed_now.count()} 项" in listed

    neighbour = sign_in("FJ0001")
    for path in (
        reverse("desk:dossier", kwargs={"pk": file.pk}),
        page,
        reverse("intake:errors", kwargs={"pk": row.pk}),
    ):
        assert neighbour.get(path).status_code == 404
    for path in (reverse("desk:home"), reverse("desk:dossiers"), reverse("desk:duties")):
        assert file.name_full not in text_of(neighbour, path).replace(" ", "")
    theirs = text_of(neighbour, reverse("desk:search") + "?q=凯能")
    assert "找到0户" in theirs.replace(" ", "") or "没有" in theirs
    assert file.name_full not in theirs.replace(" ", "")
    found = text_of(clerk, reverse("desk:search") + "?q=广州凯能")
    assert file.name_full in found.replace(" ", "")  # the match is marked inside the name


@pytest.mark.clause("5.4")
def test_opening_a_file_that_another_unit_has_answers_as_for_a_new_one() -> None:
    """The same ledger at a second unit: same counts, no word of the first (一户一档 per unit)."""
    content = (SAMPLES / "GD" / "GD-客户台账.xlsx").read_bytes()
    answers = []
    for unit in ("GD", "FJ"):
        client = sign_in(f"{unit}0001")
        at = OrgUnit.objects.get(code=unit)
        client.post(
            reverse("intake:new"),
            {"kind": "customers", "unit": at.pk, "file": SimpleUploadedFile("台账.xlsx", content)},
        )
        row = Import.objects.filter(unit=at).latest("at")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM customers_customer")
        preview = row.counts
        confirm(client, row)
        answers.append((preview, row.counts))
    first, second = answers
    assert {k: v for k, v in first[1].items() if k != "warnings"} == {
        k: v for k, v in second[1].items() if k != "warnings"
    }
    assert Dossier.objects.count() == 240
    assert set(
        Dossier.objects.filter(unit__code="FJ").values_list("customer_id", flat=True)
    ) == set(Dossier.objects.filter(unit__code="GD").values_list("customer_id", flat=True))
