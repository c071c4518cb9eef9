"""Help in: reported from any page, answered by ITC, seen by nobody else (§4.2a, 5.5)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.helpdesk.screens import screenshot
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.helpdesk.actions import OPEN_MOST
from yihu.helpdesk.filters import DeskFilter
from yihu.helpdesk.models import Message, Picture, Report
from yihu.helpdesk.rules import page_of
from yihu.kit.clock import now
from yihu.kit.paging import page_of as rows_of
from yihu.notices.models import Notice

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.2a")]


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.fixture
def filler() -> User:
    return plant.person(Role.FILLER, plant.unit("GD"))


def reported(client: Client, **more: Any) -> Any:
    given = {
        "text": "导出按钮按了没有反应",
        "page": "/dossiers/?q=只有广东知道",
        "number": "0" * 32,
    }
    return client.post("/help/new/", {**given, **more})


def test_from_a_page_to_an_answer(filler: User) -> None:
    itc = plant.person(Role.ITC)
    mine, theirs = signed_in(filler), signed_in(itc)
    page = mine.get("/dossiers/", {"q": "只有广东知道"})
    link = re.search(r'href="(/help/new/\?page=[^"]+)"', page.content.decode())
    assert link is not None
    form = mine.get(link[1].replace("&amp;", "&")).content.decode()
    assert 'value="/dossiers/"' in form
    assert f'value="{page["X-Request-Id"]}"' in form
    assert "只有广东知道" not in form

    assert reported(mine).status_code == 302
    row = Report.objects.get()
    assert (row.path, row.number, row.state) == ("/dossiers/", "0" * 32, "open")
    assert Notice.objects.get(user=itc).verb == "help.reported"
    assert "导出按钮" in theirs.get("/help/desk/", {"state": "open"}).content.decode()
    assert "导出按钮" not in theirs.get("/help/desk/", {"state": "closed"}).content.decode()

    address = reverse("help:report", args=[row.pk])
    theirs.post(address, {"text": "请换一个浏览器再试"})
    assert Notice.objects.get(user=filler).verb == "help.answered"
    assert "请换一个浏览器再试" in mine.get(address).content.decode()
    mine.post(address, {"text": "换了也不行"})
    row.refresh_from_db()
    assert row.state == "open"
    theirs.post(address, {"text": "已修复", "closes": "yes"})
    row.refresh_from_db()
    assert (row.state, row.closed_at is not None) == ("closed", True)
    assert mine.post(address, {"text": "谢谢"}).status_code == 409
    assert [m.text for m in Message.objects.order_by("pk")] == [
        "请换一个浏览器再试", "换了也不行", "已修复",
    ]  # fmt: skip
    told = Event.objects.filter(verb__startswith="help.").order_by("pk")
    assert [(e.verb, e.data) for e in told] == [
        ("help.reported", {}), ("help.answered", {}), ("help.added", {}), ("help.answered", {}),
    ]  # fmt: skip


@pytest.mark.clause("5.5")
def test_nobody_else_reads_it_not_even_a_supervisor(filler: User) -> None:
    reported(signed_in(filler), picture=SimpleUploadedFile("1.png", screenshot().read()))
    row = Report.objects.get()
    for other in (
        plant.person(Role.FILLER, plant.unit("GD")),
        plant.person(Role.STEWARD, plant.unit("GD")),
        plant.person(Role.SUPERVISOR),
        plant.person(Role.AUDITOR),
    ):
        client = signed_in(other)
        for name in ("report", "picture"):
            assert client.get(reverse(f"help:{name}", args=[row.pk])).status_code == 404
        assert client.post(reverse("help:close", args=[row.pk])).status_code == 404
        assert client.get("/help/desk/").status_code == 403
        assert "导出按钮" not in client.get("/help/").content.decode()
    assert "导出按钮" in signed_in(filler).get("/help/").content.decode()


def test_a_screenshot_is_drawn_anew_and_looking_at_it_is_on_record(filler: User) -> None:
    sent = screenshot(hidden="13800138000").read()
    assert b"13800138000" in sent
    reported(signed_in(filler), picture=SimpleUploadedFile("屏幕.png", sent))
    row = Report.objects.get()
    kept = bytes(Picture.objects.get().content)
    assert (kept[8:12], b"13800138000" in kept) == (b"WEBP", False)
    address = reverse("help:picture", args=[row.pk])
    assert signed_in(filler).get(address)["Content-Type"] == "image/webp"
    assert not Event.objects.filter(verb="help.picture_read").exists()
    assert signed_in(plant.person(Role.ITC)).get(address).content == kept
    assert Event.objects.filter(verb="help.picture_read").count() == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("a.png", b"%PDF-1.4 not a picture", "a.png"), ("b.png", b"<svg/>", "b.png"),
     ("c.txt", "文字".encode(), "截图应是图片"), ("d.png", screenshot().read()[:90], "d.png"),
     ("e.png", b"", "空文件")],
)  # fmt: skip
def test_what_is_no_picture_is_refused_and_nothing_is_kept(
    filler: User, name: str, content: bytes, said: str
) -> None:
    answer = reported(signed_in(filler), picture=SimpleUploadedFile(name, content))
    assert answer.status_code in {413, 415, 422, 409}
    assert said in answer.content.decode()
    assert not Report.objects.exists()


def test_words_are_wanted_and_not_without_end(filler: User) -> None:
    client = signed_in(filler)
    assert reported(client, text=" ").status_code == 422
    assert "2000" in reported(client, text="长" * 2001).content.decode()
    for _n in range(OPEN_MOST):
        assert reported(client).status_code == 302
    assert reported(client).status_code == 409
    assert Report.objects.count() == OPEN_MOST


@pytest.mark.parametrize(
    ("said", "kept"),
    [("/dossiers/?q=某某公司", "/dossiers/"), ("/dossiers/#某某", "/dossiers/"),
     ("/notices/calendar/a-secret-address.ics", "/notices/calendar/….ics"),
     ("/某某公司/", ""), ("https://elsewhere.example/", ""), ("/" + "a" * 400, ""), ("", "")],
)  # fmt: skip
def test_of_the_page_only_the_path_and_no_secret(said: str, kept: str) -> None:
    assert page_of(said) == kept


def test_error_pages_lead_to_a_report(filler: User) -> None:
    answer = signed_in(filler).get("/dossiers/00000000-0000-0000-0000-000000000000/?q=某某")
    said = answer.content.decode()
    assert answer.status_code == 404
    assert f"request={answer['X-Request-Id']}" in said
    assert "page=%2Fdossiers%2F00000000" in said
    assert "某某" not in said


def test_a_list_costs_the_same_with_three_as_with_one(
    filler: User, django_assert_max_num_queries: Any
) -> None:
    client, itc = signed_in(filler), signed_in(plant.person(Role.ITC))
    counts = []
    for _n in range(2):
        reported(client)
        with django_assert_max_num_queries(40) as asked:
            itc.get("/help/desk/")
        counts.append(len(asked))
        reported(client)
    assert counts[0] == counts[1]


def test_what_waits_longest_stands_on_top(filler: User) -> None:
    itc = plant.person(Role.ITC)
    mine, theirs = signed_in(filler), signed_in(itc)
    for word in ("甲", "乙", "丙", "丁"):
        reported(mine, text=f"问题{word}")
    for word in ("甲", "丙"):
        row = Report.objects.get(text=f"问题{word}")
        theirs.post(reverse("help:report", args=[row.pk]), {"text": "已知"})

    def listed(client: Client, address: str) -> list[str]:
        return re.findall(r"问题(.)</a>", client.get(address).content.decode())

    assert listed(theirs, "/help/desk/") == ["乙", "丁", "丙", "甲"]
    assert listed(theirs, "/help/desk/?sort=-at") == ["丁", "丙", "乙", "甲"]
    assert listed(mine, "/help/") == ["丁", "丙", "乙", "甲"]


def test_itcs_list_pages_by_its_index(filler: User) -> None:
    for number in range(5):
        Report.objects.create(reporter=filler, at=now() + timedelta(seconds=number), text="x")
    chosen = DeskFilter(QueryDict())
    assert chosen.is_valid()
    first = rows_of(Report.objects.all(), chosen.order, size=2)
    second = rows_of(Report.objects.all(), chosen.order, after=first.after, size=2)
    known = list(Report.objects.order_by("at", "pk"))
    assert [*first.rows, *second.rows] == known[:4]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "report_turn" in Report.objects.order_by("turn", "pk")[:2].explain()
