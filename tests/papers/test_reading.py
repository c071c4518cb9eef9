"""The text of documents: of their own, recognised, shared by the same content, found again."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image, ImageDraw, ImageFont

from tests import plant
from tests.dossiers.files import Desk, desk, moment
from tests.papers import made
from tests.papers.test_views import entered, send
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier
from yihu.papers import actions, jobs, reading
from yihu.papers.choices import TextState
from yihu.papers.content import XLSX
from yihu.papers.models import Document
from yihu.papers.reading import Read, can_recognise, read_text, rows_of

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
recognises = pytest.mark.skipif(
    not can_recognise() or not FONT.exists(), reason="needs the extra `ocr` and a CJK font"
)


def photographed(*lines: str) -> bytes:
    """A picture of Chinese lines."""
    image = Image.new("RGB", (1000, 120 * len(lines) + 80), "white")
    font = ImageFont.truetype(str(FONT), 44)
    for place, line in enumerate(lines):
        ImageDraw.Draw(image).text((60, 60 + 120 * place), line, font=font, fill="black")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def put(gd: Desk, dossier: Dossier, content: bytes, name: str) -> Document:
    return actions.upload(gd.filler, dossier, io.BytesIO(content), name=name, at=moment()).document


def test_a_text_layer_and_a_text_file_are_taken_as_they_are() -> None:
    layer = read_text(made.written("Offtake ledger 2026"), "application/pdf", 1)
    assert layer == Read("Offtake ledger 2026", TextState.LAYER)
    plain = read_text("甲\r\n乙".encode(), "text/plain", None)
    assert plain == Read("甲\n乙", TextState.LAYER)
    assert read_text(made.workbook(), XLSX, None) == Read("", TextState.NONE)


def test_without_the_extra_the_state_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "can_recognise", lambda: False)
    assert read_text(made.picture(), "image/png", 1) == Read("", TextState.ABSENT)


def test_boxes_become_rows() -> None:
    boxes = [(300.0, 2.0, 22.0, "乙"), (10.0, 0.0, 20.0, "甲"), (10.0, 40.0, 60.0, "丙")]
    assert rows_of(boxes) == "甲\t乙\n丙"


@recognises
def test_a_scan_is_recognised() -> None:
    found = read_text(photographed("天然气购销合同", "甲方：广州试验燃气"), "image/png", 1)
    assert found.state == TextState.RECOGNISED
    assert "天然气购销合同" in found.text
    blank = io.BytesIO()
    Image.new("RGB", (300, 300), "white").save(blank, "PNG")
    assert read_text(blank.getvalue(), "image/png", 1) == Read("", TextState.EMPTY)


@pytest.mark.django_db
def test_the_job_reads_once_and_shares_with_the_same_content() -> None:
    gd = desk()
    content = made.written("Offtake ledger 2026")
    first = put(gd, plant.dossier(gd.unit), content, "a.pdf")
    second = put(gd, plant.dossier(gd.unit), content, "b.pdf")
    jobs.read(str(first.pk))
    Document.objects.filter(pk=first.pk).update(text="marked")
    jobs.read(str(first.pk))
    jobs.sweep(0)
    second.refresh_from_db()
    assert (second.text, second.text_state) == ("marked", TextState.LAYER)


@pytest.mark.django_db
def test_what_cannot_be_read_is_said_and_not_tried_again(settings: Any, tmp_path: Path) -> None:
    gd = desk()
    document = put(gd, plant.dossier(gd.unit), made.written(), "a.pdf")
    settings.MEDIA_ROOT = tmp_path / "elsewhere"
    jobs.read(str(document.pk))
    document.refresh_from_db()
    assert document.text_state == TextState.FAILED


@pytest.mark.django_db
def test_an_upload_queues_the_reading() -> None:
    gd = desk()
    send(entered(gd.filler), plant.dossier(gd.unit), made.written(), "a.pdf")
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args->>'document_id' FROM procrastinate_jobs")
        assert cursor.fetchall() == [("papers.read", str(Document.objects.get().pk))]


# The search --------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.clause("6.3.3")
def test_words_of_title_name_and_text_find_the_document() -> None:
    gd = desk()
    client = entered(gd.filler)
    dossier = plant.dossier(gd.unit)
    text = put(gd, dossier, "前言\n本合同照付不议量为九成。".encode(), "说明.txt")
    name = put(gd, dossier, "别的".encode(), "照付清单.txt")
    put(gd, dossier, "无关".encode(), "无关.txt")
    jobs.sweep(0)
    address = reverse("papers:search")

    def found(q: str, **more: str) -> set[Any]:
        page = client.get(address, {"q": q, **more})
        assert page.status_code == 200
        return {row.pk for row, _parts in page.context["lines"]}

    assert found("照付") == {text.pk, name.pk}
    assert found("照付不议量") == {text.pk}
    assert found("照付清单.TXT") == {name.pk}
    assert found("照付", kind="letter") == set()
    assert "<mark>照付</mark>不议量" in client.get(address, {"q": "照付"}).text
    actions.take_off(gd.filler, text, reason="重复", at=moment())
    assert found("照付") == {name.pk}
    for bad in ({"q": "照"}, {"kind": "x"}, {"after": "?"}, {"nonsense": "1"}):
        assert client.get(address, bad).status_code == 400


@pytest.mark.django_db
@pytest.mark.clause("6.3.1")
def test_the_search_stays_in_reach() -> None:
    gd = desk()
    put(gd, plant.dossier(gd.unit), "独家内容".encode(), "独家.txt")
    jobs.sweep(0)
    address = reverse("papers:search")
    fujian = entered(plant.person(Role.FILLER, plant.unit("FJ", region="350000")))
    assert fujian.get(address, {"q": "独家"}).context["lines"] == []
    assert fujian.get(address).context["lines"] == []
    assert len(entered(plant.person(Role.SUPERVISOR)).get(address).context["lines"]) == 1
    for role in (Role.ITC, Role.AUDITOR):
        assert entered(plant.person(role)).get(address).status_code == 403


@pytest.mark.django_db
def test_the_search_asks_the_same_queries_for_one_and_for_three() -> None:
    gd = desk()
    client = entered(gd.filler)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("papers:search"), {"q": "内容"})
        return len(seen)

    for number in range(3):
        put(gd, plant.dossier(gd.unit), f"内容{number}".encode(), f"{number}.txt")
        jobs.sweep(0)
        if number == 0:
            one = queries()
    assert queries() == one
