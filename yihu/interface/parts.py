"""What each list tells of a row: field → how the description has it, and how it is read."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from yihu.contracts import versions
from yihu.contracts.choices import PRICE_UNIT, Direction, MonthBasis, QuantityUnit, Source
from yihu.customers.rules import Klass
from yihu.desk.choices import DutyState
from yihu.dossiers.models import NEVER
from yihu.dossiers.rules import State
from yihu.duties.choices import DutyKind
from yihu.interface.rules import row_tag, tag_at
from yihu.org.regions import name_of
from yihu.risks.choices import Kind, Level
from yihu.risks.choices import State as RiskState

TEXT = {"type": "string"}
MAYBE = {"type": ["string", "null"]}
KEY = {"type": "string", "format": "uuid"}
DAY = {"type": "string", "format": "date"}
MAYBE_DAY = {"type": ["string", "null"], "format": "date"}
MONTH = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}
FIGURE = {"type": ["string", "null"], "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
COUNT = {"type": "integer"}
TRUTH = {"type": "boolean"}
CLASS = {"enum": [*Klass.values, ""]}


LABELS = {
    **dict(versions.CONTRACT),
    **dict(versions.OFFTAKE),
    "class": _("客户分类"),
    "contract": _("合同"),
    "credit_code": _("统一社会信用代码"),
    "customer": _("客户名称"),
    "done_on": _("完成日"),
    "dossier": _("客户档案"),
    "dossier_number": _("档案编号"),
    "dossiers": _("各单位的档案"),
    "due_on": _("截止日"),
    "edition": _("填报指南版次"),
    "etag": _("这一行的标记：报送时带上，其间有人改过则答 412"),
    "filler": _("填报人"),
    "found_on": _("发现日"),
    "gas_uses": _("用气类型"),
    "id": _("标识"),
    "late_days": _("迟办天数"),
    "level": _("等级"),
    "mark": _("密级"),
    "name": _("名称"),
    "next_check_on": _("下次复核日"),
    "next_due_on": _("下次截止"),
    "number": _("编号"),
    "opened_on": _("建档日期"),
    "owner": _("责任人"),
    "period_end": _("周期止"),
    "period_start": _("周期起"),
    "price_unit": _("价格的单位"),
    "published": _("集团通报"),
    "region": _("区域"),
    "region_code": _("行政区划代码"),
    "risk_level": _("风险等级，没有则为 null"),
    "sections": _("看得到的栏目，按四部分"),
    "state": _("状态"),
    "unit": _("单位编码"),
    "version": _("审核通过的版本号"),
}
"""What the description says of a field."""


@dataclass(frozen=True, slots=True)
class Part:
    """One field. `says`: its schema."""

    says: Mapping[str, Any]
    read: Callable[[Any], Any]


Parts = Mapping[str, Part]


def tell(
    parts: Parts, wanted: Sequence[str], rows: Iterable[Any], hidden: Collection[str] = ()
) -> list[dict[str, Any]]:
    """The wanted fields of each row; what is hidden from the reader is not among them."""
    told = [(name, parts[name].read) for name in wanted if name not in hidden]
    return [{name: read(row) for name, read in told} for row in rows]


def schema(parts: Parts) -> dict[str, Any]:
    """A row as the description has it: any of the fields."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {**part.says, "description": LABELS[name]} if name in LABELS else part.says
            for name, part in parts.items()
        },
    }


def _day(day: date | None) -> str | None:
    return None if day is None or day == NEVER else day.isoformat()


def _figure(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


DOSSIER: Parts = {
    "id": Part(KEY, lambda row: str(row.pk)),
    "number": Part(TEXT, lambda row: row.number),
    "name": Part(TEXT, lambda row: row.name_full),
    "credit_code": Part(TEXT, lambda row: row.credit_code),
    "class": Part(CLASS, lambda row: row.klass),
    "unit": Part(TEXT, lambda row: row.unit_code),
    "region_code": Part(TEXT, lambda row: row.region_code),
    "region": Part(TEXT, lambda row: name_of(row.region_code) if row.region_code else ""),
    "gas_uses": Part({"type": "array", "items": TEXT}, lambda row: row.gas_uses),
    "filler": Part(MAYBE, lambda row: row.filler_name),
    "state": Part({"enum": State.values}, lambda row: row.state),
    "opened_on": Part(DAY, lambda row: row.opened_on.isoformat()),
    "next_due_on": Part(MAYBE_DAY, lambda row: _day(row.soonest)),
    "version": Part(COUNT, lambda row: row.version_number),
    "risk_level": Part({"enum": [*Level.values, None]}, lambda row: row.risk_level),
    "etag": Part(TEXT, lambda row: tag_at(row.changed)),
}


def _of_row(part: Part, line: Any) -> Any:
    """What the list tells of the file, where the file is told whole."""
    return part.read(line.row)


CUSTOMER: Parts = {
    "id": Part(KEY, lambda line: str(line.customer.pk)),
    "credit_code": Part(TEXT, lambda line: line.customer.credit_code),
    "name": Part(TEXT, lambda line: line.customer.name),
    "class": Part(CLASS, lambda line: line.customer.klass),
    "dossiers": Part(
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"id": KEY, "unit_name": TEXT, "class": CLASS},
            },
        },
        lambda line: [
            {"id": str(file.pk), "unit_name": file.unit.short_name, "class": file.klass}
            for file in line.files
        ],
    ),
}
CONTRACT: Parts = {
    "id": Part(KEY, lambda row: str(row.pk)),
    "number": Part(TEXT, lambda row: row.number),
    "title": Part(TEXT, lambda row: row.title),
    "unit": Part(TEXT, lambda row: row.unit.code),
    "dossier": Part(KEY, lambda row: str(row.dossier_id)),
    "customer": Part(TEXT, lambda row: row.dossier.name_full),
    "credit_code": Part(TEXT, lambda row: row.dossier.credit_code),
    "direction": Part({"enum": Direction.values}, lambda row: row.direction),
    "source": Part({"enum": Source.values}, lambda row: row.source),
    "signed_on": Part(MAYBE_DAY, lambda row: _day(row.signed_on)),
    "effective_on": Part(DAY, lambda row: row.effective_on.isoformat()),
    "ends_on": Part(DAY, lambda row: row.ends_on.isoformat()),
    "terminated_on": Part(MAYBE_DAY, lambda row: _day(row.terminated_on)),
    "acq": Part(FIGURE, lambda row: _figure(row.acq)),
    "mdq": Part(FIGURE, lambda row: _figure(row.mdq)),
    "quantity_unit": Part({"enum": QuantityUnit.values}, lambda row: row.quantity_unit),
    "take_or_pay_percent": Part(FIGURE, lambda row: _figure(row.take_or_pay_percent)),
    "price_yuan": Part(FIGURE, lambda row: _figure(row.price_yuan)),
    "price_unit": Part(TEXT, lambda row: str(PRICE_UNIT[Source(row.source)])),
    "price_mechanism": Part(TEXT, lambda row: row.price_mechanism),
    "settlement": Part(TEXT, lambda row: row.settlement),
    "note": Part(TEXT, lambda row: row.note),
    "etag": Part(TEXT, lambda row: row_tag(row.changed_at)),
}
OFFTAKE: Parts = {
    "month": Part(MONTH, lambda row: f"{row.month:%Y-%m}"),
    "number": Part(TEXT, lambda row: row.contract.number),
    "contract": Part(KEY, lambda row: str(row.contract_id)),
    "unit": Part(TEXT, lambda row: row.unit.code),
    "dossier": Part(KEY, lambda row: str(row.contract.dossier_id)),
    "customer": Part(TEXT, lambda row: row.contract.dossier.name_full),
    "credit_code": Part(TEXT, lambda row: row.contract.dossier.credit_code),
    "planned": Part(FIGURE, lambda row: _figure(row.planned)),
    "actual": Part(FIGURE, lambda row: _figure(row.actual)),
    "quantity_unit": Part({"enum": QuantityUnit.values}, lambda row: row.quantity_unit),
    "price_yuan": Part(FIGURE, lambda row: _figure(row.price_yuan)),
    "price_unit": Part(TEXT, lambda row: str(PRICE_UNIT[Source(row.contract.source)])),
    "amount_yuan": Part(FIGURE, lambda row: _figure(row.amount_yuan)),
    "paid_yuan": Part(FIGURE, lambda row: _figure(row.paid_yuan)),
    "basis": Part({"enum": MonthBasis.values}, lambda row: row.basis),
    "note": Part(TEXT, lambda row: row.note),
    "etag": Part(TEXT, lambda row: row_tag(row.changed_at)),
}
DUTY: Parts = {
    "id": Part(KEY, lambda line: str(line.duty.pk)),
    "kind": Part({"enum": DutyKind.values}, lambda line: line.duty.kind),
    "unit": Part(TEXT, lambda line: line.duty.unit.code),
    "dossier": Part(KEY, lambda line: str(line.duty.dossier_id)),
    "dossier_number": Part(TEXT, lambda line: line.duty.dossier.number),
    "customer": Part(TEXT, lambda line: line.duty.dossier.name_full),
    "class": Part(CLASS, lambda line: line.duty.klass),
    "period_start": Part(DAY, lambda line: line.duty.period_start.isoformat()),
    "period_end": Part(DAY, lambda line: line.duty.period_end.isoformat()),
    "due_on": Part(DAY, lambda line: line.duty.due_on.isoformat()),
    "state": Part({"enum": DutyState.values}, lambda line: line.state.value),
    "done_on": Part(MAYBE_DAY, lambda line: _day(line.duty.done_on)),
    "late_days": Part(COUNT, lambda line: line.late_days),
    "filler": Part(
        MAYBE, lambda line: line.duty.dossier.filler.name if line.duty.dossier.filler else None
    ),
}
RISK: Parts = {
    "id": Part(KEY, lambda row: str(row.pk)),
    "number": Part(TEXT, lambda row: row.number),
    "unit": Part(TEXT, lambda row: row.unit.code),
    "dossier": Part(KEY, lambda row: str(row.dossier_id)),
    "customer": Part(TEXT, lambda row: row.dossier.name_full),
    "credit_code": Part(TEXT, lambda row: row.dossier.credit_code),
    "kind": Part({"enum": Kind.values}, lambda row: row.kind),
    "level": Part({"enum": Level.values}, lambda row: row.level),
    "state": Part({"enum": RiskState.values}, lambda row: row.state),
    "found_on": Part(DAY, lambda row: row.found_on.isoformat()),
    "next_check_on": Part(MAYBE_DAY, lambda row: _day(row.next_check_on)),
    "owner": Part(TEXT, lambda row: row.owner.name),
    "published": Part(TRUTH, lambda row: row.published_at is not None),
}
FILE: Parts = {
    **{
        name: Part(part.says, partial(_of_row, part))
        for name, part in DOSSIER.items()
        if name != "etag"  # the answer bears its own, of all that it tells
    },
    "mark": Part(TEXT, lambda line: line.file.mark.line),
    "edition": Part({"type": ["integer", "null"]}, lambda line: line.edition),
    "sections": Part(
        {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "label", "fields"],
                "properties": {
                    "code": TEXT,
                    "label": TEXT,
                    "fields": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["code", "label", "type", "value"],
                            "properties": {
                                **dict.fromkeys(("code", "label", "type", "unit"), TEXT),
                                "value": {},
                            },
                        },
                    },
                },
            },
        },
        lambda line: line.sections,
    ),
}  # fmt: skip
"""A file whole: what its line says, its mark, and its approved fields by section."""
MASKED = versions.CORE
"""Fields of contracts and months that are core secrets."""
