"""Which documents stand in a dossier's versions: named by their SHA-256 (§3c, 6.1.1)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from yihu.dossiers.content import plain
from yihu.dossiers.tables import Table
from yihu.papers.choices import MASKED, Kind, Sensitivity, level_of
from yihu.papers.models import Document

COLUMNS = (
    ("title", _("标题")),
    ("kind", _("类别")),
    ("file_name", _("原文件名")),
    ("pages", _("页数")),
    ("size", _("字节")),
    ("sensitivity", _("密级")),
    ("uploaded_by__name", _("上传人")),
    ("uploaded_at", _("上传时间")),
    ("sha256", _("摘要")),
)
NAMES = {"uploaded_by__name": "uploaded_by"}
"""Where the row says a column by another name than the query."""


def read_documents(keys: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The documents that are not taken off, oldest first."""
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    asked = [code if code != "sha256" else "blob_id" for code, _label in COLUMNS]
    rows = Document.objects.filter(dossier__in=keys, removed_at=None).order_by("uploaded_at", "id")
    for key, *values in rows.values_list("dossier", *asked):
        found[key].append(
            {
                NAMES.get(code, code): plain(value)
                for (code, _label), value in zip(COLUMNS, values, strict=True)
                if value is not None
            }
        )
    return found


def _secret(row: Mapping[str, Any], core_file: bool) -> bool:
    stated = row.get("sensitivity", Sensitivity.ORDINARY)
    return level_of(row.get("kind", ""), stated, core_file=core_file) in MASKED


DOCUMENTS = Table(
    code="documents",
    label=_("资料"),
    section="basic",
    key=("sha256",),
    columns=tuple((NAMES.get(code, code), label) for code, label in COLUMNS),
    read=read_documents,
    words={"kind": dict(Kind.choices), "sensitivity": dict(Sensitivity.choices)},
    figures=frozenset({"pages", "size"}),
    secret=_secret,
    named=frozenset({"title", "file_name", "sha256"}),
)
