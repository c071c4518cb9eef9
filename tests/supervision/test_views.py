"""The pages and both papers: what they say, who reaches them, how they leave (§5.5, 6.4)."""

import io
import re
import shutil
import subprocess
import time
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pypdfium2
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from docx import Document
from docx.oxml.ns import qn

from tests import plant
from tests.exports.taking import PURPOSE
from tests.supervision.world import NOW, OCTOBER, TODAY, World, made, world
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.exports.kinds import Asked, Work, kind_of
from yihu.exports.rules import Level, Stamp
from yihu.kit.scoped import acting
from yihu.supervision import actions
from yihu.supervision.models import Report, Schedule
from yihu.supervision.rules import Kind

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.4.1")]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def got(client: Client, name: str, *args: Any, query: str = "") -> tuple[int, str, int]:
    """Status, text, and how many queries it took."""
    with acting(None), CaptureQueriesContext(connection) as caught:
        answer = client.get(reverse(f"supervision:{name}", args=args) + query)
    return answer.status_code, answer.content.decode(), len(caught)


def posted(client: Client, name: str, *args: Any, **said: Any) -> Any:
    with acting(None):
        return client.post(reverse(f"supervision:{name}", args=args), said)


# Pages -------------------------------------------------------------------------------------------


def test_the_list_asks_as_much_for_three_rows_as_for_one_and_a_unit_sees_its_own() -> None:
    gd, fj, boss = plant.unit("GD"), plant.unit("FJ"), plant.person(Role.SUPERVISOR)

    def asked(unit: Any) -> Report:
        return actions.ask(boss, Kind.MONTHLY, OCTOBER, unit, at=NOW, today=TODAY)

    of_group, client = asked(None), signed_in(boss)
    got(client, "home")
    _status, _text, one = got(client, "home")
    own, other = asked(gd), asked(fj)
    status, text, three = got(client, "home")
    assert (status, three, text.count("等待生成</span>")) == (200, one, 3)
    assert (
        got(client, "home", query=f"?unit={gd.pk}&kind=monthly&year=2026")[1].count("监督GD") == 1
    )
    assert got(client, "home", query="?kind=weekly")[0] == 400
    keeper = signed_in(plant.person(Role.REVIEWER, gd))
    status, text, _queries = got(keeper, "home")
    assert (status, own.number in text, other.number in text, of_group.number in text) == (
        200, True, False, False,
    )  # fmt: skip
    assert "一键编制" not in text
    for row in (of_group, other):
        for name in ("show", "progress", "pdf", "docx"):
            assert got(keeper, name, row.pk)[0] == 404, name
    assert "正在统计（0/9）" in got(keeper, "show", own.pk)[1]
    assert got(keeper, "schedule")[0] == got(keeper, "make", "monthly")[0] == 403
    assert got(signed_in(plant.person(Role.READER, gd)), "home")[0] == 403


def test_one_click_asks_for_the_last_month_and_a_bad_period_says_what_to_do() -> None:
    gd = plant.unit("GD")
    client = signed_in(plant.person(Role.STEWARD, gd))
    assert "2026 年 10 月" in got(client, "home")[1]
    answer = posted(client, "make", "monthly", period="2026-10-01")
    row = Report.objects.get()
    assert answer["Location"] == reverse("supervision:show", args=[row.pk])
    assert (row.unit_id, f"{row.period_start}") == (gd.pk, "2026-10-01")
    for period, why in (("2026-11-01", "只能选已经结束的"), ("", "请选择期间"),
                        ("2026-10-01", "正在生成")):  # fmt: skip
        answer = posted(client, "make", "monthly", period=period)
        assert (answer.status_code, why in answer.content.decode()) == (422, True), period
    assert posted(client, "make", "weekly", period="2026-10-01").status_code == 404
    assert Report.objects.count() == 1


def test_a_schedule_is_set_on_its_page_and_refused_without_anybody_to_tell() -> None:
    client = signed_in(plant.person(Role.SUPERVISOR))
    assert "未启用" in got(client, "schedule")[1]
    refused = posted(client, "arrange", "yearly", **{"yearly-running": "on", "yearly-day": "40"})
    text = refused.content.decode()
    assert (refused.status_code, Schedule.objects.count()) == (422, 0)
    assert ("1 至 28" in text, "至少选择一项" in text) == (True, True)
    said = {"monthly-running": "on", "monthly-day": "8", "monthly-roles": ["steward"]}
    posted(client, "arrange", "monthly", **said)
    row = Schedule.objects.get()
    assert (row.kind, row.running, row.day, row.roles) == ("monthly", True, 8, ["steward"])
    assert "下次编制：2026-11-08" in got(client, "schedule")[1]


# Papers ------------------------------------------------------------------------------------------


@pytest.fixture
def at() -> World:
    return world()


def taken(client: Client, name: str, pk: UUID) -> Any:
    with acting(None):
        return client.post(reverse(f"supervision:{name}", args=[pk]), PURPOSE)


def tables_of(content: bytes) -> list[list[list[str]]]:
    book = Document(io.BytesIO(content))
    return [[[cell.text for cell in row.cells] for row in one.rows] for one in book.tables]


def test_page_pdf_and_docx_say_the_same(at: World) -> None:
    row = made(at.boss)
    client = signed_in(at.boss)
    page = got(client, "show", row.pk)[1]
    pdf, docx = (taken(client, name, row.pk) for name in ("pdf", "docx"))
    assert (pdf.status_code, docx.status_code) == (200, 200)
    sheets = [one.get_textpage().get_text_range() for one in pypdfium2.PdfDocument(pdf.content)]
    text = re.sub(r"\s", "", "".join(sheets))
    told = tables_of(docx.content)
    assert told[0][0] == ["编号", "监督〔2026〕月10-1号", "版次", "第 1 版"]
    lines = [cells for table in told[1:-1] for cells in table]
    assert ["合计", "4", "1", "1", "0", "2", "0", "4", "1", "25.0%"] in lines
    for cells in lines:
        for cell in cells:
            for said in cell.split("\n"):
                assert said in page, said
                assert re.sub(r"\s", "", said) in text, said
    book = Document(io.BytesIO(docx.content))
    for one in book.tables[1:-1]:
        assert one.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert len(book.inline_shapes) == page.count("<figure") == len(re.findall(r"图\d+", text)) == 7
    assert at.inspection.seed in text
    for sheet in sheets:
        assert ("普通商密" in sheet, "追溯码" in sheet) == (True, True)
    head = "".join(p.text for p in book.sections[0].header.paragraphs)
    trace = docx["X-Yihu-Trace"]
    assert ("普通商密" in head, at.boss.name in head, trace in head) == (True, True, True)
    events = Event.objects.filter(verb="supervision.printed", subject_id=row.pk)
    assert sorted(event.data["kind"] for event in events) == ["docx", "pdf"]
    assert {event.data["trace"] for event in events} == {pdf["X-Yihu-Trace"], trace}


def test_the_same_row_gives_the_same_bytes(at: World) -> None:
    row = made(at.steward, unit=at.gd.unit)
    stamp = Stamp("王五", "GD0009", NOW, Level.ORDINARY, "7K3Q-9XMA-2B4D")

    def again(code: str, later: int) -> bytes:
        kind = kind_of(f"supervision.{code}")
        moment = NOW + timedelta(days=later)
        asked = Asked({"pk": f"{row.pk}"})
        work = Work(at.steward, asked, stamp, moment, moment.date(), lambda: None)
        return kind.produce(work).content

    first = {code: again(code, 0) for code in ("pdf", "docx")}
    time.sleep(1.1)  # the writers' own clocks count seconds
    for code, content in first.items():
        assert again(code, 9) == content, code


def test_the_docx_opens_in_libreoffice_if_there_is_one(at: World, tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None or not Path(office).resolve().with_name("libswlo.so").exists():
        pytest.skip("no LibreOffice Writer on this machine")
    content = taken(signed_in(at.boss), "docx", made(at.boss).pk).content
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    source = tmp_path / "report.docx"
    source.write_bytes(content)
    subprocess.run(
        [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to",
         "pdf", "--outdir", str(tmp_path), str(source)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    book = pypdfium2.PdfDocument(tmp_path / "report.pdf")
    text = re.sub(r"\s", "", "".join(one.get_textpage().get_text_range() for one in book))
    assert ("一、总体情况" in text, "25.0%" in text, "签发" in text) == (True, True, True)


def test_nothing_leaves_before_it_is_made_and_nothing_to_other_units(at: World) -> None:
    row = actions.ask(at.boss, Kind.MONTHLY, OCTOBER, at.gd.unit, at=NOW, today=TODAY)
    client = signed_in(at.steward)
    assert taken(client, "pdf", row.pk).status_code == 409
    actions.make(at.boss, row.pk, at=NOW)
    assert taken(client, "pdf", row.pk).content.startswith(b"%PDF")
    other = signed_in(plant.person(Role.STEWARD, at.fj.unit))
    assert [taken(other, name, row.pk).status_code for name in ("pdf", "docx")] == [404, 404]
