"""What people look at is in the log; where the log cannot be written nothing is shown (§5.5)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.audit.ledger import owner
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event, Looked
from yihu.audit.rules import LOOKS, READS, VERBS
from yihu.dossiers.models import Dossier
from yihu.guide.actions import load_first_edition
from yihu.kit.clock import now
from yihu.papers.actions import upload

SECRET = "只有广东知道的陶瓷"


def home(user: User, *, strict: bool = True) -> Client:
    client = Client(raise_request_exception=strict)
    client.force_login(user)
    return client


@contextmanager
def no_log() -> Iterator[None]:
    """The log cannot be written, as when its disk is full or its rights are gone."""
    with owner() as connection:
        connection.execute("REVOKE INSERT ON audit_event FROM yihu_app")
        try:
            yield
        finally:
            connection.execute("GRANT INSERT ON audit_event TO yihu_app")


@pytest.fixture
def shelf(db: None) -> tuple[User, Dossier, str]:
    return planted()


def planted() -> tuple[User, Dossier, str]:
    """A filler, a file and a document on it."""
    load_first_edition()
    gd = plant.unit("GD")
    user = plant.person(Role.FILLER, gd)
    file = plant.dossier(gd, name=f"{SECRET}有限公司")
    paper = upload(
        user, file, BytesIO(f"{SECRET}资料".encode()), name=f"{SECRET}.txt", at=now()
    ).document
    return user, file, str(paper.pk)


def doors(file: Dossier, paper: str) -> dict[str, tuple[str, str]]:
    """What is asked for, by the verb that stands in the log for it, and its address."""
    name = file.name_full
    return {
        "file": ("dossier.read", reverse("desk:dossier", args=[file.pk])),
        "form": ("draft.read", reverse("desk:fill", args=[file.pk])),
        "paper": ("document.read", reverse("papers:show", args=[paper])),
        "download": ("document.downloaded", reverse("papers:download", args=[paper])),
        "search": ("searched", f"{reverse('desk:search')}?q={name}"),
        "live": ("searched", f"{reverse('desk:search-live')}?q={name[:4]}"),
        "list": ("searched", f"{reverse('desk:dossiers')}?q={name[:6]}"),
        "duties": ("searched", f"{reverse('desk:duties')}?q={name[:6]}"),
        "papers": ("searched", f"{reverse('papers:search')}?q={name[:6]}"),
    }


@pytest.mark.clause("5.5")
def test_each_reading_is_one_line_and_holds_no_value(shelf: tuple[User, Dossier, str]) -> None:
    user, file, paper = shelf
    client = home(user)
    for verb, url in doors(file, paper).values():
        before = Event.objects.count()
        assert client.get(url).status_code == 200
        (event,) = Event.objects.order_by("id")[before:]
        assert (event.verb, event.actor_id) == (verb, user.pk)
        assert SECRET[:4] not in f"{event.data}{event.subject_id}{event.subject_type}"


def test_a_search_says_how_many_and_whether_it_was_the_same(
    shelf: tuple[User, Dossier, str],
) -> None:
    user, file, _paper = shelf
    client = home(user)
    for words in (SECRET, f" {SECRET} ", "别的"):
        client.get(reverse("desk:search"), {"q": words})
    first, again, other = Event.objects.filter(verb="searched").order_by("id")
    assert (first.data["hits"], first.dossier_id) == (1, file.pk)
    assert (other.data["hits"], other.dossier_id) == (0, None)
    assert first.data["query"] == again.data["query"] != other.data["query"]
    assert len(first.data["query"]) == 16


def test_who_read_a_file_does_not_stand_on_its_page(shelf: tuple[User, Dossier, str]) -> None:
    user, file, _paper = shelf
    client = home(user)
    url = reverse("desk:dossier", args=[file.pk])
    client.get(url)
    page = client.get(url).content.decode()
    assert Event.objects.filter(verb="dossier.read").count() == 2
    assert "上传资料" in page
    assert "打开客户档案</" not in page


@pytest.mark.clause("5.5")
def test_no_log_no_data(own_database: None) -> None:
    user, file, paper = planted()
    client = home(user, strict=False)
    urls = [url for _verb, url in doors(file, paper).values()]
    for url in urls:  # there is something to hide
        answer = client.get(url)
        assert answer.status_code == 200
        body = answer.getvalue() if answer.streaming else answer.content
        assert SECRET[:4].encode() in body or "duties" in url or "papers/?" in url
    lines = Event.objects.count()
    with no_log():
        for url in urls:
            answer = client.get(url)
            assert answer.status_code == 503
            assert answer["Retry-After"] == "60"
            text = answer.content.decode()
            assert "日志无法写入，暂不提供查阅" in text
            assert SECRET[:4] not in text
            assert file.credit_code not in text
            assert file.number not in text
    assert Event.objects.count() == lines
    assert client.get(urls[0]).status_code == 200


@pytest.mark.clause("5.5")
def test_nobody_comes_in_and_nothing_is_written_without_the_log(own_database: None) -> None:
    user, file, _paper = planted()
    with no_log():
        answer = Client(raise_request_exception=False).post(
            reverse("sign-in"), {"username": user.username, "password": plant.PASSWORD}
        )
        assert answer.status_code == 503
        save = home(user, strict=False).post(
            reverse("desk:fill-submit", args=[file.pk]), {"declared": "on"}
        )
        assert save.status_code != 200
    assert not Event.objects.filter(verb__in=("signed_in", "draft.submitted")).exists()


def test_the_verbs_of_reading_are_said_in_words() -> None:
    assert set(READS) <= set(VERBS)
    assert list(VERBS) == sorted(VERBS)
    assert list(READS) == sorted(READS)


@pytest.mark.django_db
def test_the_database_knows_which_verbs_are_looks() -> None:
    """The indexes of the timeline and of unusual reading ask it, so it says what the rules say."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT verb FROM unnest(%s::text[]) AS verb WHERE event_looked(verb)",
            [sorted({*VERBS, *LOOKS, "unheard.of"})],
        )
        assert {verb for (verb,) in cursor.fetchall()} == set(LOOKS)


@pytest.mark.django_db
def test_the_timeline_asks_its_index() -> None:
    """However often a file was looked at: what was done to it is found without the looks."""
    rows = Event.objects.filter(dossier_id=uuid4()).exclude(Looked("verb")).order_by("-id")[:20]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = rows.explain()
        cursor.execute(
            "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE c.relname = ANY (%s) AND i.indpred IS NOT NULL",
            [list(set(re.findall(r"using (\w+)", plan)))],
        )
        months = plan.count("Index Scan using")
        assert months >= 4
        assert cursor.fetchone() == (months,)
