"""A document comes to a file once, is never lost, and every act is written down."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError

from tests import plant
from tests.dossiers.files import Desk, approved, complete_dossier, desk, moment
from tests.papers import made
from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused, Unfit
from yihu.dossiers.rules import State
from yihu.kit.clock import now
from yihu.papers import actions, queries
from yihu.papers.choices import Kind, Sensitivity, TextState
from yihu.papers.models import Blob, Document
from yihu.papers.problems import Dangerous
from yihu.papers.storage import digest_of, place_of, read_blob, shelf

pytestmark = pytest.mark.django_db


def put(
    by: User, dossier: Dossier, content: bytes = b"", name: str = "执照.pdf", **more: Any
) -> actions.Uploaded:
    file = io.BytesIO(content or made.scan())
    return actions.upload(by, dossier, file, name=name, at=moment(), **more)


def at_work() -> tuple[Desk, Dossier]:
    gd = desk()
    return gd, plant.dossier(gd.unit)


def verbs() -> list[str]:
    return list(Event.objects.order_by("id").values_list("verb", flat=True))


@pytest.mark.clause("4.3c")
def test_a_document_is_stored_under_its_hash_and_logged(tmp_path: Path) -> None:
    gd, dossier = at_work()
    content = made.scan(2)
    sha256, size = digest_of(io.BytesIO(content))
    document = put(gd.filler, dossier, content, kind=Kind.LICENCE).document
    assert (document.title, document.file_name) == ("执照", "执照.pdf")
    assert (document.media_type, document.pages, document.size) == ("application/pdf", 2, size)
    assert document.text_state == TextState.WAITING
    assert read_blob(sha256) == content
    assert (tmp_path / place_of(sha256)).stat().st_mode & 0o077 == 0
    event = Event.objects.get(verb="document.uploaded")
    assert event.dossier_id == dossier.pk
    assert event.data == {"kind": "licence", "sha256": sha256, "size": size}


def test_the_same_content_is_stored_once_and_told_once() -> None:
    gd, dossier = at_work()
    other = plant.dossier(gd.unit)
    first = put(gd.filler, dossier)
    again = put(gd.filler, dossier, name="另一个名字.pdf")
    assert again.again
    assert again.document == first.document
    elsewhere = put(gd.filler, other)
    assert not elsewhere.again
    assert (Blob.objects.count(), Document.objects.count()) == (1, 2)
    assert verbs().count("document.uploaded") == 2


def test_a_refused_file_leaves_nothing(tmp_path: Path) -> None:
    gd, dossier = at_work()
    before = verbs()
    with pytest.raises(Dangerous):
        put(gd.filler, dossier, made.EICAR)
    assert (Blob.objects.count(), Document.objects.count(), verbs()) == (0, 0, before)
    assert list(tmp_path.rglob("*")) == []


def test_a_closed_file_takes_nothing() -> None:
    gd, dossier = at_work()
    document = put(gd.filler, dossier).document
    Dossier.objects.filter(pk=dossier.pk).update(state=State.CLOSED)
    with pytest.raises(Refused, match="档案已关闭"):
        put(gd.filler, dossier, made.picture())
    with pytest.raises(Refused, match="档案已关闭"):
        actions.take_off(gd.filler, document, reason="x", at=moment())


@pytest.mark.parametrize(
    "role", [Role.REVIEWER, Role.READER, Role.SUPERVISOR, Role.ITC, Role.AUDITOR]
)
def test_who_may_not_keep(role: Role) -> None:
    gd, dossier = at_work()
    unit = gd.unit if role in {Role.REVIEWER, Role.READER} else None
    with pytest.raises(Denied):
        put(plant.person(role, unit), dossier)


@pytest.mark.parametrize("role", [Role.FILLER, Role.STEWARD, Role.CUSTODIAN])
def test_who_may_keep(role: Role) -> None:
    gd, dossier = at_work()
    document = put(plant.person(role, gd.unit), dossier).document
    with pytest.raises(Denied):
        actions.take_off(
            plant.person(role, plant.unit("FJ", region="350000")),
            document,
            reason="x",
            at=moment(),
        )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"title": "长" * 201}, "资料标题有 201 字，最多 200 字。"),
        ({"title": "\u200b\x00"}, "请填写资料标题。"),
        ({"kind": "novel"}, "类别没有“novel”这一项，请从列表中选择。"),
        ({"sensitivity": "top"}, "密级没有“top”这一项，请从列表中选择。"),
    ],
)
def test_what_does_not_fit_is_named(more: dict[str, str], said: str) -> None:
    gd, dossier = at_work()
    with pytest.raises(Unfit) as why:
        put(gd.filler, dossier, **more)
    assert str(why.value) == said
    assert Document.objects.count() == 0


def test_another_title_is_remembered_with_the_old_one() -> None:
    gd, dossier = at_work()
    document = put(gd.filler, dossier).document
    changed = actions.retitle(
        gd.filler, document, title="新证", kind=Kind.PERMIT, sensitivity=Sensitivity.CORE, at=now(),
    )  # fmt: skip
    assert (changed.title, changed.kind, changed.sensitivity) == ("新证", "permit", "core")
    event = Event.objects.get(verb="document.retitled")
    assert event.data["before"] == {"kind": "other", "sensitivity": "ordinary"}
    actions.retitle(
        gd.filler, changed, title="新证", kind=Kind.PERMIT, sensitivity=Sensitivity.CORE, at=now(),
    )  # fmt: skip
    assert verbs().count("document.retitled") == 1


@pytest.mark.clause("3c")
def test_what_is_taken_off_stays_in_the_store_and_in_its_version() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    document = put(gd.filler, dossier).document
    version = approved(gd, dossier)
    with pytest.raises(Unfit, match="请写明撤下的原因"):
        actions.take_off(gd.filler, document, reason=" ", at=moment())
    gone = actions.take_off(gd.filler, document, reason="传错了档案", at=moment(6))
    assert list(queries.of_dossier(dossier)) == []
    assert list(queries.of_dossier(dossier, removed=True)) == [document]
    assert read_blob(gone.blob_id)
    with pytest.raises(Refused, match="已撤下"):
        actions.take_off(gd.filler, document, reason="x", at=moment())
    assert version.content["tables"]["documents"] == [
        {
            "title": "执照",
            "kind": "other",
            "file_name": "执照.pdf",
            "pages": 2,
            "size": document.size,
            "sensitivity": "ordinary",
            "uploaded_by": gd.filler.staff.name,
            "uploaded_at": "2026-11-05T09:00:00+08:00",
            "sha256": document.blob_id,
        }
    ]
    fresh = put(gd.filler, dossier)  # it may come again
    assert not fresh.again
    assert fresh.document != document


def test_the_database_refuses_to_forget() -> None:
    gd, dossier = at_work()
    put(gd.filler, dossier)
    for statement in (
        "DELETE FROM papers_document",
        "DELETE FROM papers_blob",
        "UPDATE papers_blob SET size = 0",
    ):
        with (
            pytest.raises(ProgrammingError, match="refused"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_a_document_cannot_hang_on_another_units_file() -> None:
    gd, dossier = at_work()
    document = put(gd.filler, dossier).document
    foreign = plant.dossier(plant.unit("FJ", region="350000"))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE papers_document SET dossier_id = %s WHERE id = %s", [foreign.pk, document.pk]
        )
        with pytest.raises(IntegrityError, match="document_dossier_fk"), transaction.atomic():
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "UPDATE papers_document SET dossier_id = %s WHERE id = %s", [dossier.pk, document.pk]
        )


def test_a_lost_content_is_healed_by_uploading_it_again() -> None:
    gd, dossier = at_work()
    content = made.scan()
    document = put(gd.filler, dossier, content).document
    shelf().delete(place_of(document.blob_id))
    put(gd.filler, plant.dossier(gd.unit), content)
    assert read_blob(document.blob_id) == content
