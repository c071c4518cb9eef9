"""What of contracts and offtake stands in a dossier's versions (§6.1.1)."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from yihu.contracts.choices import Direction, MonthBasis, QuantityUnit, Source
from yihu.contracts.models import Contract, Offtake
from yihu.dossiers.content import plain
from yihu.dossiers.tables import Table

CONTRACT = (
    ("number", _("合同编号")),
    ("title", _("合同名称")),
    ("direction", _("购销方向")),
    ("source", _("气源类型")),
    ("signed_on", _("签订日期")),
    ("effective_on", _("生效日期")),
    ("ends_on", _("终止日期")),
    ("terminated_on", _("提前终止日")),
    ("quantity_unit", _("计量单位")),
    ("acq", _("年合同量ACQ")),
    ("mdq", _("最大日提气量MDQ")),
    ("take_or_pay_percent", _("照付不议比例（%）")),
    ("price_yuan", _("合同单价（元）")),
    ("price_mechanism", _("价格机制")),
    ("settlement", _("结算方式")),
    ("note", _("备注")),
)
OFFTAKE = (
    ("contract", _("合同编号")),
    ("month", _("月份")),
    ("quantity_unit", _("计量单位")),
    ("planned", _("计划量")),
    ("actual", _("实际提气量")),
    ("price_yuan", _("结算单价（元）")),
    ("amount_yuan", _("结算金额（元）")),
    ("paid_yuan", _("已回款（元）")),
    ("basis", _("月份口径")),
    ("note", _("备注")),
)
_COLUMNS = [code for code, _label in CONTRACT]
_MONTHS = [code for code, _label in OFFTAKE[1:]]


def read_contracts(keys: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Contracts by effective date and number."""
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    rows = Contract.objects.filter(dossier__in=keys).order_by("effective_on", "number")
    for key, *values in rows.values_list("dossier", *_COLUMNS):
        found[key].append(_row(_COLUMNS, values))
    return found


def read_offtake(keys: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Every month of every contract, by contract and month: 2026-10."""
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    rows = Offtake.objects.filter(contract__dossier__in=keys).order_by("contract__number", "month")
    for key, number, *values in rows.values_list("contract__dossier", "contract__number", *_MONTHS):
        row = _row(_MONTHS, values)
        found[key].append({"contract": number, **row, "month": row["month"][:7]})
    return found


def _row(columns: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """What is empty is left out, so that a version stays small."""
    return {
        code: plain(value)
        for code, value in zip(columns, values, strict=True)
        if value not in (None, "")
    }


WORDS = {
    "direction": dict(Direction.choices),
    "source": dict(Source.choices),
    "quantity_unit": dict(QuantityUnit.choices),
    "basis": dict(MonthBasis.choices),
}
FIGURES = frozenset(
    {"acq", "mdq", "take_or_pay_percent", "price_yuan", "planned", "actual", "amount_yuan",
     "paid_yuan"}
)  # fmt: skip
CORE = frozenset({"price_yuan", "price_mechanism", "amount_yuan", "paid_yuan"})
"""Prices and amounts; volumes are told (§5.5)."""
TABLES = (
    Table(
        "contracts",
        _("合同"),
        "performance",
        ("number",),
        CONTRACT,
        read_contracts,
        WORDS,
        FIGURES,
        core=CORE,
    ),
    Table(
        "offtake",
        _("月度提气量、价"),
        "performance",
        ("contract", "month"),
        OFFTAKE,
        read_offtake,
        WORDS,
        FIGURES,
        core=CORE,
    ),
)
