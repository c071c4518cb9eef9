"""Documents over HTTP: the list, uploads, pictures of pages, the file itself."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from tests import plant
from tests.dossiers.files import Desk, desk, moment
from tests.papers import made
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.models import Dossier
from yihu.papers import actions
from yihu.papers.models import Document
from yihu.papers.storage import place_of, shelf

pytestmark = pytest.mark.django_db


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def at_work() -> tuple[Desk, Dossier, Client]:
    gd = desk()
    return gd, plant.dossier(gd.unit), entered(gd.filler)


def put(gd: Desk, dossier: Dossier, content: bytes, name: str = "执照.pdf") -> Document:
    return actions.upload(gd.filler, dossier, io.BytesIO(content), name=name, at=moment()).document


def send(client: Client, dossier: Dossier, content: bytes, name: str, **more: Any) -> Any:
    return client.post(
        reverse("papers:upload", args=[dossier.pk]),
        {"file": SimpleUploadedFile(name, content), **more},
        headers={"Accept": "application/json"},
    )


def test_an_upload_answers_what_the_form_keeps() -> None:
    _gd, dossier, client = at_work()
    content = made.scan()  # a PDF tells when it was made: another is another content
    answer = send(client, dossier, content, "执照.pdf", kind="licence")
    document = Document.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {"name": "执照.pdf", "document": str(document.pk), "again": ""}
    assert document.kind == "licence"
    again = send(client, dossier, content, "又一次.pdf").json()
    assert again["document"] == str(document.pk)
    assert again["again"].startswith("这份文件已在本档案中：《执照》")


@pytest.mark.parametrize(
    ("content", "status"),
    [(made.EICAR, 422), (made.archive(), 415), (made.scan()[:-400], 422), (b"", 422)],
    ids=["virus", "zip", "cut", "empty"],
)
def test_a_refused_upload_says_why(content: bytes, status: int) -> None:
    _gd, dossier, client = at_work()
    answer = send(client, dossier, content, "执照.pdf")
    assert answer.status_code == status
    assert "执照.pdf" in answer.json()["error"]
    assert Document.objects.count() == 0


def test_too_large_is_413(settings: Any) -> None:
    _gd, dossier, client = at_work()
    settings.PAPERS_MOST_BYTES = 2**20
    assert send(client, dossier, bytes(2**20 + 1), "大.pdf").status_code == 413


def test_without_a_file_and_without_permission() -> None:
    gd, dossier, client = at_work()
    answer = client.post(
        reverse("papers:upload", args=[dossier.pk]), headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.json()["error"]) == (422, "没有收到文件，请重新选择。")
    reviewer = send(entered(gd.reviewer), dossier, made.scan(), "执照.pdf")
    assert reviewer.status_code == 403
    assert "权限" in reviewer.json()["error"]


def test_without_script_the_page_comes_back() -> None:
    _gd, dossier, client = at_work()
    address = reverse("papers:upload", args=[dossier.pk])
    answer = client.post(address, {"file": SimpleUploadedFile("a.pdf", made.scan())})
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('desk:dossier', args=[dossier.pk])}#papers"


def test_the_list_asks_the_same_queries_for_one_and_for_three() -> None:
    gd, dossier, client = at_work()
    address = reverse("papers:of", args=[dossier.pk])

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    put(gd, dossier, made.scan(1))
    one = queries()
    put(gd, dossier, made.picture(), "b.png")
    put(gd, dossier, made.workbook(), "c.xlsx")
    assert queries() == one
    page = client.get(address).text
    assert [name in page for name in ("执照.pdf", "b.png", "c.xlsx")] == [True, True, True]


def test_the_list_is_paged_and_knows_what_was_taken_off() -> None:
    gd, dossier, client = at_work()
    address = reverse("papers:of", args=[dossier.pk])
    rows = [put(gd, dossier, f"第{n}份".encode(), f"{n:02d}.txt") for n in range(21)]
    first = client.get(address)
    cursor = first.context["page"].after
    second = client.get(address, {"after": cursor})
    assert [len(page.context["page"].rows) for page in (first, second)] == [20, 1]
    assert client.get(address, {"after": "?"}).status_code == 400
    actions.take_off(gd.filler, rows[0], reason="重复", at=moment())
    off = client.get(address, {"removed": "1"})
    assert [row.pk for row in off.context["page"].rows] == [rows[0].pk]
    assert "重复" in off.text
    assert "选择文件" not in off.text


def test_only_keepers_see_the_drop_zone() -> None:
    gd, dossier, client = at_work()
    address = reverse("papers:of", args=[dossier.pk])
    assert "选择文件" in client.get(address).text
    assert "选择文件" not in entered(gd.reviewer).get(address).text
    assert entered(plant.person(Role.ITC)).get(address).status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "number"),
    [
        (made.scan(2), "a.pdf", 2),
        (made.tiff(3), "a.tif", 3),
        (made.picture("PNG"), "a.png", 1),
        (made.picture("JPEG", size=(5000, 300)), "a.jpg", 1),
        (made.picture("WEBP"), "a.webp", 1),
    ],
    ids=["pdf", "tiff", "png", "jpeg", "webp"],
)
def test_pages_are_pictures_made_by_the_server(content: bytes, name: str, number: int) -> None:
    gd, dossier, client = at_work()
    document = put(gd, dossier, content, name)
    answer = client.get(reverse("papers:picture", args=[document.pk, number]))
    assert answer["Content-Type"] == "image/webp"
    assert answer["X-Content-Type-Options"] == "nosniff"
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.format == "WEBP"
        assert image.width <= 1400
    beyond = client.get(reverse("papers:picture", args=[document.pk, number + 1]))
    assert beyond.status_code == 404


@pytest.mark.clause("5.5")
def test_a_download_is_an_attachment_and_is_logged() -> None:
    gd, dossier, client = at_work()
    content = made.written()
    document = put(gd, dossier, content, "执照.jpg")
    answer = client.get(reverse("papers:download", args=[document.pk]))
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer["Content-Disposition"].endswith(".jpg.pdf")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    event = Event.objects.get(verb="document.downloaded")
    assert (event.actor_name, event.subject_id) == (gd.filler.name, str(document.pk))


def test_a_file_that_is_gone_is_said_and_not_logged() -> None:
    gd, dossier, client = at_work()
    document = put(gd, dossier, made.scan())
    shelf().delete(place_of(document.blob_id))
    answer = client.get(reverse("papers:download", args=[document.pk]))
    assert answer.status_code == 302
    assert not Event.objects.filter(verb="document.downloaded").exists()
    assert client.get(reverse("papers:picture", args=[document.pk, 1])).status_code == 404


def test_the_page_of_a_document() -> None:
    gd, dossier, client = at_work()
    document = put(gd, dossier, made.scan(2))
    page = client.get(reverse("papers:show", args=[document.pk]), {"page": "2"})
    assert reverse("papers:picture", args=[document.pk, 2]) in page.text
    assert "依据 §4.3c" in page.text
    for wrong in ("0", "3", "x", "９９"):
        address = reverse("papers:show", args=[document.pk])
        assert client.get(address, {"page": wrong}).status_code == 400
    text = put(gd, dossier, "<b>甲</b>\n".encode(), "说明.txt")
    assert "&lt;b&gt;甲" in client.get(reverse("papers:show", args=[text.pk])).text
    locked = put(gd, dossier, made.locked(), "密.pdf")
    assert "加了密码" in client.get(reverse("papers:show", args=[locked.pk])).text


def test_title_and_taking_off_by_the_page() -> None:
    gd, dossier, client = at_work()
    document = put(gd, dossier, made.scan())
    client.post(
        reverse("papers:retitle", args=[document.pk]),
        {"title": "新证", "kind": "permit", "sensitivity": "core"},
    )
    client.post(reverse("papers:take-off", args=[document.pk]), {"reason": "过期"})
    document.refresh_from_db()
    assert (document.title, document.kind, document.removed_reason) == ("新证", "permit", "过期")
    assert "撤下：过期" in client.get(reverse("papers:show", args=[document.pk])).text


@pytest.mark.clause("6.3.1")
@pytest.mark.parametrize("role", [Role.FILLER, Role.READER])
def test_another_unit_finds_nothing(role: Role) -> None:
    gd, dossier, _client = at_work()
    document = put(gd, dossier, made.scan())
    stranger = entered(plant.person(role, plant.unit("FJ", region="350000")))
    for name in ("show", "download"):
        assert stranger.get(reverse(f"papers:{name}", args=[document.pk])).status_code == 404
    assert stranger.get(reverse("papers:picture", args=[document.pk, 1])).status_code == 404


def test_a_reader_sees_the_documents_of_their_regions_only() -> None:
    gd, dossier, _client = at_work()
    document = put(gd, dossier, made.scan())
    reader = entered(plant.person(Role.READER, gd.unit))
    assert reader.get(reverse("papers:picture", args=[document.pk, 1])).status_code == 200
    Dossier.objects.filter(pk=dossier.pk).update(region_code="350100")
    assert reader.get(reverse("papers:picture", args=[document.pk, 1])).status_code == 404
