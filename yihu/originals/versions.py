"""Which originals stand in a dossier's versions (§3c, 6.3.3)."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from yihu.dossiers.content import plain
from yihu.dossiers.rules import Secrecy
from yihu.dossiers.tables import Table
from yihu.originals.models import Original
from yihu.originals.rules import Carrier, Kind, Retention, State

COLUMNS = (
    ("barcode", _("编号")),
    ("title", _("题名")),
    ("kind", _("种类")),
    ("contract_number", _("合同编号")),
    ("carrier", _("载体")),
    ("pages", _("页数")),
    ("copies", _("份数")),
    ("year", _("年度")),
    ("retention", _("保管期限")),
    ("secrecy", _("密级")),
    ("shelf", _("存放位置")),
    ("state", _("状态")),
)


def read_originals(keys: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The originals of each file, by number."""
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    codes = [code for code, _label in COLUMNS]
    rows = Original.objects.filter(dossier__in=keys).order_by("barcode")
    for key, *values in rows.values_list("dossier", *codes):
        found[key].append(
            {code: plain(value) for code, value in zip(codes, values, strict=True) if value != ""}
        )
    return found


TABLE = Table(
    code="originals",
    label=_("原件"),
    section="basic",
    key=("barcode",),
    columns=COLUMNS,
    read=read_originals,
    words={
        "kind": dict(Kind.choices),
        "carrier": dict(Carrier.choices),
        "retention": dict(Retention.choices),
        "secrecy": dict(Secrecy.choices),
        "state": dict(State.choices),
    },
    figures=frozenset({"pages", "copies"}),
    secret=lambda row, _core_file: row.get("secrecy") == Secrecy.CORE,
    named=frozenset({"title", "contract_number"}),
)
