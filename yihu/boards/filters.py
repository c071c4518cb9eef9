"""What the boards and the lists behind them can be asked."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.boards.measures import MEASURES
from yihu.boards.queries import units
from yihu.care.facts import PROVINCES
from yihu.customers.rules import GasUse, Klass
from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order

NONE = ("none", _("未填"))


class BoardFilter(Filter):
    """Unit, class, province, gas use."""

    orders: ClassVar[Mapping[str, Order]] = {"name": Order("name")}

    def __init__(self, data: QueryDict, *, user: User) -> None:
        super().__init__(data)
        seen = units(user)
        if len(seen) > 1:
            self.fields["unit"] = choice(_("单位"), seen)
        self.fields["klass"] = choice(_("客户分类"), [*Klass.choices, NONE])
        self.fields["province"] = choice(_("省份"), [*PROVINCES, NONE])
        self.fields["gas_use"] = choice(_("主要用气类型"), [*GasUse.choices, NONE])


class FileFilter(BoardFilter):
    """The same, and which figure, and which customer."""

    q: Any = text(_("客户"), _("名称、信用代码、拼音"))

    def __init__(self, data: QueryDict, *, user: User) -> None:
        super().__init__(data, user=user)
        self.fields["measure"] = choice(
            _("指标"), [(one.code, one.label) for one in MEASURES.values()]
        )
        measure = MEASURES.get(data.get("measure", ""), MEASURES["files"])
        falls = measure.code.startswith("fall_") or measure.code == "fall"
        self.by = Order(measure.field, Decimal, not falls) if measure.field else Order("name")

    @property
    def order(self) -> Order:
        """The figure itself, the largest first; of falls the deepest."""
        return self.by
