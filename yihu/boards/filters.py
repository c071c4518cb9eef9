"""What the boards and the lists behind them can be asked."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.boards.choices import Supply
from yihu.boards.measures import MEASURES, measure_of
from yihu.boards.queries import units
from yihu.care.facts import PROVINCES
from yihu.customers.rules import GasUse, Klass
from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order

NONE = ("none", _("未填"))


class BoardFilter(Filter):
    """Unit, class, province, gas use, gas, year."""

    orders: ClassVar[Mapping[str, Order]] = {"name": Order("name")}

    def __init__(self, data: QueryDict, *, user: User, today: date) -> None:
        super().__init__(data)
        last = today.year - 1
        self.fields["year"] = forms.ChoiceField(
            label=_("年份"),
            required=False,
            choices=[
                ("", _("%(year)d 年（本年）") % {"year": today.year}),
                (str(last), _("%(year)d 年") % {"year": last}),
            ],
            widget=forms.Select(attrs={"class": "form-select"}),
            error_messages={"invalid_choice": _("只能看本年和上年。")},
        )
        seen = units(user)
        if len(seen) > 1:
            self.fields["unit"] = choice(_("单位"), seen)
        self.fields["klass"] = choice(_("客户分类"), [*Klass.choices, NONE])
        self.fields["province"] = choice(_("省份"), [*PROVINCES, NONE])
        self.fields["gas_use"] = choice(_("主要用气类型"), [*GasUse.choices, NONE])
        self.fields["supply"] = choice(_("气源"), [*Supply.choices, ("none", _("没有销售合同"))])


class FileFilter(BoardFilter):
    """The same, and which figure, and which customer."""

    q: Any = text(_("客户"), _("名称、信用代码、拼音"))

    def __init__(self, data: QueryDict, *, user: User, today: date) -> None:
        super().__init__(data, user=user, today=today)
        self.fields["measure"] = choice(
            _("指标"), [(one.code, one.label) for one in MEASURES.values()]
        )
        code = data.get("measure", "")
        measure = measure_of(code if code in MEASURES else "files", past=bool(data.get("year")))
        falls = measure.code.startswith("fall_") or measure.code == "fall"
        self.by = Order(measure.field, Decimal, not falls) if measure.field else Order("name")

    @property
    def order(self) -> Order:
        """The figure itself, the largest first; of falls the deepest."""
        return self.by

    def order_for(self, told: bool) -> Order:
        """The same, or by name where the figure is not told: the order itself would tell."""
        return self.by if told else self.orders["name"]
