"""What a person is told when the disk is full or the database is away: why, and what to do."""

import errno
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.dossiers.files import complete_dossier, desk
from yihu.access.rules import Role
from yihu.audit.actions import NotRecorded
from yihu.intake.models import Import
from yihu.papers.models import Blob, Document
from yihu.site.failing import AWAY, BROKEN, FULL, NOT_RECORDED, Failure, failure

LIMIT = 400_000


@contextmanager
def no_room() -> Iterator[None]:
    """No file of this process may grow beyond the limit, as on a disk that has no more."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.django_db
@pytest.mark.clause("5.3")
def test_an_upload_without_room_is_refused_by_what_it_is_and_leaves_nothing(
    settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
    gd = desk()
    file = complete_dossier(gd)
    client = Client(raise_request_exception=False)
    client.force_login(gd.filler)
    content = b"0123456789" * (LIMIT // 5)

    def document() -> Any:
        sent = {"file": SimpleUploadedFile("材料.txt", content, "text/plain")}
        url = reverse("papers:upload", args=[file.pk])
        return client.post(url, sent, headers={"Accept": "application/json"})

    def ledger() -> Any:
        sent = {"kind": "customers", "unit": gd.unit.pk,
                "file": SimpleUploadedFile("台账.csv", content, "text/csv")}  # fmt: skip
        return client.post(reverse("intake:new"), sent)

    with no_room():
        refused, page = document(), ledger()
    assert refused.status_code == page.status_code == 503
    assert "存储空间已满" in refused.json()["error"]
    assert "存储空间已满" in page.content.decode()
    assert "信息技术中心" in page.content.decode()
    assert not Document.objects.exists()
    assert not Blob.objects.exists()
    assert not Import.objects.exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert document().status_code == 200
    assert ledger().status_code == 302


def test_a_database_that_is_away_is_said(
    own_database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(plant.person(Role.SUPERVISOR))
    assert client.get("/").status_code == 200
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "/nowhere")
        page, called = client.get("/"), client.get("/api/v1/events")
    assert (page.status_code, page["Retry-After"]) == (503, "60")
    assert "数据库暂时连接不上" in page.content.decode()
    assert (called.status_code, called["Retry-After"]) == (503, "60")
    assert called.json()["code"] == "database_away"
    assert client.get("/").status_code == 200


def raised(outer: Exception, cause: Exception) -> Exception:
    """As Django and the log raise what the driver raised."""
    outer.__cause__ = cause
    return outer


@pytest.mark.parametrize(
    ("why", "found"),
    [
        (ValueError(), BROKEN),
        (OSError(errno.ENOENT, "no such file"), BROKEN),
        (OSError(errno.ENOSPC, "no space left on device"), FULL),
        (raised(OperationalError(), psycopg.errors.DiskFull()), FULL),
        (raised(NotRecorded("x"), psycopg.errors.DiskFull()), FULL),
        (raised(NotRecorded("x"), psycopg.errors.CheckViolation()), NOT_RECORDED),
        (raised(NotRecorded("x"), psycopg.errors.LockNotAvailable()), NOT_RECORDED),
        (raised(OperationalError(), psycopg.OperationalError("the connection is lost")), AWAY),
        (raised(OperationalError(), psycopg.errors.AdminShutdown()), AWAY),
        (raised(OperationalError(), psycopg.errors.CannotConnectNow()), AWAY),
        (raised(OperationalError(), psycopg.errors.DeadlockDetected()), BROKEN),
    ],
)
def test_the_cause_decides_what_is_said(why: Exception, found: Failure) -> None:
    assert failure(why) is found
