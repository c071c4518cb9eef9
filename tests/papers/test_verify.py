"""Stored content is hashed again: what is lost or changed is said, by command and by night."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from tests import plant
from tests.dossiers.files import Desk, desk, moment
from tests.papers import made
from tests.papers.test_views import entered
from yihu.audit.models import Event
from yihu.papers import actions
from yihu.papers.choices import Fault
from yihu.papers.models import Blob, Document
from yihu.papers.storage import place_of
from yihu.papers.verify import verify_papers, verify_sample

pytestmark = pytest.mark.django_db


def stored(gd: Desk, content: bytes, name: str) -> Document:
    dossier = plant.dossier(gd.unit)
    return actions.upload(gd.filler, dossier, io.BytesIO(content), name=name, at=moment()).document


@pytest.mark.clause("5.4")
def test_what_is_lost_or_changed_is_found(tmp_path: Path) -> None:
    gd = desk()
    whole = stored(gd, made.scan(), "好.pdf")
    changed = stored(gd, made.picture(), "改.png")
    lost = stored(gd, made.workbook(), "丢.xlsx")
    (tmp_path / place_of(changed.blob_id)).write_bytes(b"other")
    (tmp_path / place_of(lost.blob_id)).unlink()
    found = verify_papers(at=moment(6))
    assert found.files == 3
    assert {line.sha256: line.fault for line in found.faults} == {
        changed.blob_id: Fault.CHANGED,
        lost.blob_id: Fault.MISSING,
    }
    assert Blob.objects.get(pk=whole.blob_id).fault == ""
    assert Blob.objects.get(pk=whole.blob_id).checked_at == moment(6)
    assert Event.objects.get(verb="blobs.checked").data["faults"] == {
        changed.blob_id: "changed",
        lost.blob_id: "missing",
    }
    page = entered(gd.filler).get(reverse("papers:of", args=[changed.dossier_id])).text
    assert "内容与入库时的摘要不符" in page


def test_the_command_tells_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gd = desk()
    document = stored(gd, made.scan(), "好.pdf")
    call_command("verify")
    assert "所存 1 个文件全部与入库时相符。" in capsys.readouterr().out
    (tmp_path / place_of(document.blob_id)).write_bytes(b"")
    with pytest.raises(CommandError, match="有 1 处不符"):
        call_command("verify")
    assert f"{document.dossier.number} 好" in capsys.readouterr().out


def test_a_night_takes_those_that_waited_longest() -> None:
    gd = desk()
    rows = [stored(gd, f"第{n}份".encode(), f"{n}.txt") for n in range(3)]
    for day, document in zip((3, 1, 2), rows, strict=True):
        Blob.objects.filter(pk=document.blob_id).update(checked_at=moment(day))
    assert verify_sample(at=moment(9), files=2).files == 2
    left = Blob.objects.order_by("checked_at").first()
    assert left is not None
    assert left.pk == rows[0].blob_id
    assert verify_sample(at=moment(10), size=1).files == 1  # at least one, however large
