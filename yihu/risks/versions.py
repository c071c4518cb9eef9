"""Which remarks stand in a dossier's versions, in full, for those who may know (§3c, 6.2.2)."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from yihu.dossiers.content import plain
from yihu.dossiers.tables import Table
from yihu.risks.choices import Kind, Level, State
from yihu.risks.models import Affected, Evidence, Remark
from yihu.risks.policy import knows

COLUMNS = (
    ("number", _("备注编号")),
    ("kind", _("类别")),
    ("level", _("等级")),
    ("state", _("状态")),
    ("happened_on", _("发生日")),
    ("found_on", _("发现日")),
    ("found_how", _("发现方式")),
    ("facts", _("事实")),
    ("loss_yuan", _("损失（元）")),
    ("verified_by", _("核实人")),
    ("measures", _("措施")),
    ("owner", _("责任人")),
    ("next_check_on", _("下次复核日")),
    ("contracts", _("影响合同")),
    ("evidence", _("证据摘要")),
    ("lift_reason", _("解除理由")),
    ("lifted_by", _("解除批准人")),
)


def read_remarks(keys: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The remarks of the files by number; three queries however many files."""
    contracts: dict[UUID, list[str]] = defaultdict(list)
    for pk, number in (
        Affected.objects.filter(remark__dossier__in=keys)
        .order_by("contract__number")
        .values_list("remark_id", "contract__number")
    ):
        contracts[pk].append(number)
    papers: dict[UUID, list[str]] = defaultdict(list)
    for pk, sha256 in (
        Evidence.objects.filter(remark__dossier__in=keys)
        .order_by("id")
        .values_list("remark_id", "document__blob_id")
    ):
        papers[pk].append(sha256[:12])
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    rows = Remark.objects.filter(dossier__in=keys).select_related("owner", "lifted_by")
    for row in rows.order_by("number"):
        values = {
            **{code: getattr(row, code) for code, _label in COLUMNS if hasattr(row, code)},
            "level": str(row.level),
            "owner": row.owner.name,
            "contracts": "、".join(contracts[row.pk]),
            "evidence": "、".join(papers[row.pk]),
            "lifted_by": row.lifted_by.name if row.lifted_by is not None else "",
        }
        found[row.dossier_id].append(
            {code: plain(value) for code, value in values.items() if value not in (None, "")}
        )
    return found


RISKS = Table(
    code="risks",
    label=_("风险备注"),
    section="basic",
    key=("number",),
    columns=COLUMNS,
    read=read_remarks,
    words={
        "kind": dict(Kind.choices),
        "level": {str(level): label for level, label in Level.choices},
        "state": dict(State.choices),
    },
    figures=frozenset({"loss_yuan"}),
    known_to=knows,
)
