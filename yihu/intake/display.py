"""How values of a preview are said to a person."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from yihu.contracts.choices import Direction, QuantityUnit, Source
from yihu.contracts.rules import NOT_EARLY
from yihu.customers.rules import GasUse, Klass
from yihu.intake.columns import Kind
from yihu.kit.text import plain_number
from yihu.org.regions import name_of
from yihu.ratings.models import ResultState

_CHOICES: dict[str, Mapping[str, object]] = {
    "klass": dict(Klass.choices),
    "source": dict(Source.choices),
    "direction": dict(Direction.choices),
    "quantity_unit": dict(QuantityUnit.choices),
    "state": dict(ResultState.choices),
}


def label_of(kind: Kind, field: str) -> str:
    """The name of a compared field: the column's, or what several columns make together."""
    match field:
        case "quantity_unit":
            return _("计量单位")
        case "region_code":
            return _("省、市")
        case "state":
            return _("状态")
    return str(kind.by_field[field].label)


def said(kind: Kind, field: str, value: str | None) -> str:
    """A stored value in words: codes as labels, numbers without idle zeros, nothing as （空）."""
    if value is None or value in {"", "{}"}:
        return _("（空）")
    if field == "terminated_on" and value == str(NOT_EARLY):
        return _("未提前终止")
    if field in _CHOICES:
        return str(_CHOICES[field].get(value, value))
    if field == "region_code":
        return name_of(value)
    if field in {"gas_uses", "former_names"}:
        parts = [part.strip('"') for part in value.strip("{}").split(",")]
        labels = dict(GasUse.choices) if field == "gas_uses" else {}
        return "、".join(str(labels.get(part, part)) for part in parts)
    if kind.staged.get(field, "").startswith("numeric"):
        try:
            return plain_number(Decimal(value))
        except InvalidOperation:
            return value
    return value
