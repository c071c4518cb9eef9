"""Which letters stand in a dossier's versions (§3c, 4.3c)."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from yihu.dossiers.content import plain
from yihu.dossiers.tables import Table
from yihu.letters.choices import Direction
from yihu.letters.models import Letter
from yihu.papers.choices import MASKED, Sensitivity

COLUMNS = (
    ("register_number", _("登记号")),
    ("direction", _("收发")),
    ("number", _("文号")),
    ("dated_on", _("函件日期")),
    ("counterpart", _("对方单位")),
    ("subject", _("主题")),
    ("sensitivity", _("密级")),
    ("reply_due_on", _("回复期限")),
    ("answers", _("回复的函件")),
    ("waived_reason", _("无需回复的理由")),
    ("sha256", _("摘要")),
)


def read_letters(keys: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The letters that are not voided, by year, direction and running number."""
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    rows = (
        Letter.objects.filter(dossier__in=keys, voided_at=None)
        .select_related("answers", "document")
        .defer("document__text")
        .order_by("year", "direction", "serial")
    )
    for row in rows:
        values = {
            **{code: getattr(row, code) for code, _label in COLUMNS[:-1]},
            "answers": row.answers.register_number if row.answers is not None else None,
            "sha256": row.document.blob_id if row.document is not None else None,
        }
        found[row.dossier_id].append(
            {code: plain(value) for code, value in values.items() if value not in (None, "")}
        )
    return found


LETTERS = Table(
    code="letters",
    label=_("往来函件"),
    section="cooperation",
    key=("register_number",),
    columns=COLUMNS,
    read=read_letters,
    secret=lambda row, _core_file: row.get("sensitivity") in MASKED,
    named=frozenset({"number", "counterpart", "subject", "waived_reason", "sha256"}),
    words={"direction": dict(Direction.choices), "sensitivity": dict(Sensitivity.choices)},
)
