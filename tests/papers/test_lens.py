"""Scans, letters and originals above a reader's level: not one byte of them anywhere (§5.5)."""

import io
import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.access.door import prove
from tests.disclosure.test_lens import said, taken
from tests.dossiers.files import Desk, approved, complete_dossier, desk, moment
from tests.flows.routes import ROUTES
from tests.originals.shelf import ORIGINAL
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.kit.clock import now, today
from yihu.letters.actions import Content, register
from yihu.letters.models import Letter
from yihu.originals.actions import add_place
from yihu.originals.actions import register as register_original
from yihu.originals.models import Original
from yihu.papers import actions
from yihu.papers.choices import Kind, Sensitivity, level_of
from yihu.papers.models import Document
from yihu.papers.queries import search

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.5", "6.3.1")]

WORD = "金丝雀"
TAIL = "雁门关"
"""What stands after the words that are searched for, which come back in the box."""
SHOWN = "公开金雀"


@pytest.fixture(autouse=True)
def _shelf(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@dataclass(frozen=True)
class Planted:
    """A unit's file with a secret one of each kind of paper, and a plain one beside it."""

    at: Desk
    file: Dossier
    scan: Document
    letter: Letter
    original: Original


def put(by: User, file: Dossier, title: str, **more: Any) -> Document:
    return actions.upload(
        by, file, io.BytesIO(f"{title}的正文".encode()), name=f"{title}.txt", at=moment(), **more
    ).document


@pytest.fixture
def planted() -> Planted:
    at = desk()
    file = complete_dossier(at, name="广州遮蔽试验燃气有限公司")
    scan = put(at.filler, file, f"{WORD}购{TAIL}", kind=Kind.CONTRACT)
    put(at.filler, file, f"{SHOWN}营业执照", kind=Kind.LICENCE)
    actions.read(scan.pk)
    letters = [
        register(
            at.filler,
            file,
            direction="in",
            content=Content(today(), f"{word}对方", f"{word}来{TAIL}", f"{word}〔9〕", level),
            at=now(),
            today=today(),
        )
        for word, level in ((WORD, Sensitivity.CORE), (SHOWN, Sensitivity.ORDINARY))
    ]
    custodian = plant.person(Role.CUSTODIAN, at.unit)
    place = add_place(custodian, at.unit.pk, parent=None, kind="room", code="A")
    originals = [
        register_original(
            custodian, file, place=place, at=now(), today=today(),
            **{**ORIGINAL, "title": f"{word}原{TAIL}", "secrecy": level, "note": word},
        )
        for word, level in ((WORD, "core"), (SHOWN, "ordinary"))
    ]  # fmt: skip
    approved(at, file)
    approved(at, file, at_time=moment(6), legal_rep="李小同")
    return Planted(at, file, scan, letters[0], originals[0])


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    prove(client)
    return client


def walk(user: User, it: Planted, only: tuple[str, ...] = ("",)) -> dict[str, str]:
    """Every route that takes the file, one of its papers or nothing, with what it said.

    `only`: those whose names begin so.
    """
    client, found = entered(user), {}
    keys = {
        "papers": it.scan.pk, "letters": it.letter.pk, "originals": it.original.pk,
        "desk:customer": it.file.customer_id, "reports:customer": it.file.customer_id,
        "originals:label": it.original.place_id,
        **dict.fromkeys(
            ("papers:of", "letters:of", "originals:of", "letters:new", "originals:new"), it.file.pk
        ),
    }  # fmt: skip
    for name, pattern in ROUTES:
        if not name.startswith(only):
            continue
        wanted = set(pattern.pattern.converters)
        if wanted - {"pk", "number", "group"} or name in {
            "sign-out", "set_language", "oidc", "oidc-back", "duties:forget-day", "desk:log-person",
        }:  # fmt: skip
            continue
        key = keys.get(name) or keys.get(name.partition(":")[0]) or it.file.pk
        given = {"pk": key, "number": 1, "group": "papers"}
        path = reverse(name, kwargs={one: given[one] for one in wanted})
        answer = client.get(path)
        if getattr(pattern.callback, "takes_out", None) and answer.status_code == 200:
            answer = taken(user, it.file, path)
        found[f"{name} {answer.status_code}"] = said(answer)
    for words in (f"{WORD}购", f"{WORD}来", f"{WORD}原"):
        for name in ("papers:search", "letters:register", "originals:register", "desk:search"):
            found[f"{name} {words}"] = said(client.get(reverse(name), {"q": words}))
    return found


def told(pages: dict[str, str], word: str) -> set[str]:
    return {name for name, text in pages.items() if word in text}


@pytest.mark.parametrize("role", [Role.READER, Role.SUPERVISOR])
def test_nothing_of_a_secret_paper_is_on_any_page_search_or_export(
    planted: Planted, role: Role
) -> None:
    user = plant.person(role, None if role == Role.SUPERVISOR else planted.at.unit)
    pages = walk(user, planted)
    searches = {name for name in pages if WORD in name}
    assert len(searches) == 12
    assert told(pages, WORD) <= searches
    assert told({name: pages[name] for name in searches}, TAIL) == set()
    shown = told(pages, SHOWN)
    assert {"papers:of 200", "letters:of 200", "originals:of 200", "papers:search 200",
            "letters:register 200", "originals:register 200",
            "desk:version 200"} <= shown  # fmt: skip
    assert {"papers:show 200", "papers:download 403", "letters:show 200"} <= set(pages)
    assert "共 2 份" in pages["papers:of 200"]  # how many there are is told, as of fields
    if role == Role.SUPERVISOR:
        assert {"letters:xlsx 200", "reports:version 200"} <= shown, sorted(shown)
        assert planted.scan.blob_id not in pages["papers:show 200"]


def test_the_keepers_read_all_of_it(planted: Planted) -> None:
    """The control: the words are there to be found."""
    pages = walk(planted.at.filler, planted, ("papers:", "letters:", "originals:", "desk:version"))
    found = told(pages, WORD)
    assert {"papers:of 200", "papers:show 200", "papers:download 200", "papers:search 200",
            "letters:of 200", "letters:show 200", "letters:register 200", "originals:of 200",
            "originals:show 200", "originals:register 200",
            "desk:version 200"} <= found  # fmt: skip
    assert {f"papers:search {WORD}购", f"letters:register {WORD}来",
            f"originals:register {WORD}原"} <= told(pages, TAIL)  # fmt: skip


def test_the_custodian_knows_what_it_is_called_and_not_what_it_says(planted: Planted) -> None:
    user = plant.person(Role.CUSTODIAN, planted.at.unit)
    client = entered(user)
    page = client.get(reverse("papers:show", args=[planted.scan.pk])).text
    assert f"{WORD}购{TAIL}" in page
    assert f"{WORD}购{TAIL}的正文" not in page
    assert client.get(reverse("papers:download", args=[planted.scan.pk])).status_code == 403
    lower = {"title": "x", "kind": "other", "sensitivity": "open"}
    answer = client.post(reverse("papers:retitle", args=[planted.scan.pk]), lower)
    assert answer.status_code == 403
    assert not search(user, f"{WORD}购", "").exists()


def test_a_reveal_shows_the_papers_of_that_file_and_is_a_line_of_the_log(planted: Planted) -> None:
    user = plant.person(Role.SUPERVISOR)
    other = complete_dossier(planted.at, name="广州另一户燃气有限公司")
    hidden = put(planted.at.filler, other, f"{WORD}另一份", kind=Kind.CONTRACT)
    client = entered(user)
    wish = {"purpose": "inspection", "note": ""}
    address = reverse("disclosure:reveal", args=[planted.file.pk, "papers"])
    assert client.post(address, {**wish, "purpose": ""}).status_code == 422
    assert client.post(address, wish).status_code == 302
    page = client.get(reverse("papers:show", args=[planted.scan.pk])).text
    assert f"{WORD}购{TAIL}的正文" in page
    assert client.get(reverse("papers:download", args=[planted.scan.pk])).status_code == 200
    assert f"{WORD}来{TAIL}" in client.get(reverse("letters:show", args=[planted.letter.pk])).text
    assert (
        f"{WORD}原{TAIL}" in client.get(reverse("originals:show", args=[planted.original.pk])).text
    )
    assert WORD not in client.get(reverse("papers:show", args=[hidden.pk])).text
    (event,) = Event.objects.filter(verb="reveal.shown")
    assert event.data["group"] == "papers"
    assert event.data["fields"] == ["documents", "letters", "originals"]
    everything = json.dumps(list(Event.objects.values_list("data", flat=True)), ensure_ascii=False)
    assert WORD not in everything


def test_whatever_lies_in_a_core_file_is_core_but_what_is_public() -> None:
    at = desk()
    file = plant.dossier(at.unit, klass=Klass.STRATEGIC, filler=at.filler.staff)
    note = put(at.filler, file, f"{WORD}备忘", kind=Kind.OTHER)
    licence = put(at.filler, file, f"{SHOWN}执照", kind=Kind.LICENCE)
    assert (note.level, licence.level) == (Sensitivity.CORE, Sensitivity.ORDINARY)
    reader = plant.person(Role.READER, at.unit)
    page = entered(reader).get(reverse("papers:of", args=[file.pk])).text
    assert (WORD in page, SHOWN in page) == (False, True)
    assert not search(reader, f"{WORD}备", "").exists()
    assert search(reader, f"{SHOWN}执", "").exists()
    assert search(at.filler, f"{WORD}备", "").exists()


@pytest.mark.parametrize(
    ("kind", "stated", "core_file", "level"),
    [
        ("licence", "open", False, "open"),
        ("licence", "open", True, "open"),
        ("licence", "personal", True, "personal"),
        ("letter", "ordinary", False, "ordinary"),
        ("letter", "ordinary", True, "core"),
        ("contract", "open", False, "core"),
        ("contract", "personal", False, "personal"),
        ("other", "core", False, "core"),
    ],
)
def test_the_level_of_a_document(kind: str, stated: str, core_file: bool, level: str) -> None:
    assert level_of(kind, stated, core_file=core_file) == level
