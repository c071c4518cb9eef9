"""Filters of the gaps: the kind first, then what its rows can be asked."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from yihu.access.models import User
from yihu.customers.rules import Klass
from yihu.desk import queries
from yihu.desk.desks import Desk
from yihu.desk.gaps.choices import Gap
from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order
from yihu.org.models import Staff


class GapFilter(Filter):
    """One kind of gap at a time; the first where none is named."""

    orders: ClassVar[Mapping[str, Order]] = {
        "since": Order("since", date.fromisoformat),
        "name": Order("name"),
    }
    kind = forms.ChoiceField(
        required=False,
        choices=[("", ""), *Gap.choices],
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": gettext_lazy("没有“%(value)s”这个选项。")},
    )
    q = text(gettext_lazy("客户"), gettext_lazy("名称、简称、信用代码、拼音"))

    def __init__(self, data: QueryDict, *, user: User, desk: Desk) -> None:
        super().__init__(data)
        if desk.many_units:
            self.fields["unit"] = choice(_("单位"), queries.units(user))
        if data.get("kind") == Gap.STRAY:
            self.fields["q"] = text(_("编号或客户"), _("合同编号、客户名称、信用代码"))
            return
        unset = ("none", pgettext_lazy("class", "未分类"))
        self.fields["klass"] = choice(_("客户分类"), [*Klass.choices, unset])
        self.fields["filler"] = choice(
            _("填报人"), [("none", _("未指定")), *queries.fillers(user, data.get("unit", ""))]
        )

    def clean_kind(self) -> Gap:
        return Gap(self.cleaned_data["kind"] or next(iter(Gap)))

    @property
    def order(self) -> Order:
        """Strays are sorted by the moment, the others by a day."""
        found = super().order
        if found.field == "since" and self.cleaned_data.get("kind") == Gap.STRAY:
            return Order("since", datetime.fromisoformat, found.descending)
        return found

    def shown(self) -> list[Any]:
        """The bar's fields; the kind has its tabs."""
        return [field for field in super().shown() if field.name != "kind"]


class AppointForm(forms.Form):
    """Who is to keep the file; whether that person may, the action says."""

    filler = forms.ModelChoiceField(Staff.objects.all(), required=False)
