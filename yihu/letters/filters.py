"""What the register can be asked."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order
from yihu.letters.choices import Direction, Standing
from yihu.letters.queries import units


def day(label: Any) -> forms.DateField:
    """A day as 2026-11-05."""
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("日期应写成 2026-11-05 这样。")},
    )


class LetterFilter(Filter):
    """Direction, where the answer stands, customer, dates, words; last registered first."""

    orders: ClassVar[Mapping[str, Order]] = {
        "entered": Order("entered_at", datetime.fromisoformat),
        "dated": Order("dated_on", date.fromisoformat),
        "due": Order("due_rank", date.fromisoformat),
    }
    q: Any = text(_("文字"), _("主题、文号、对方单位"))
    customer: Any = text(_("客户"), _("名称、信用代码、拼音"))
    direction: Any = choice(_("收发"), Direction.choices)
    state: Any = choice(_("回复"), Standing.choices)
    since: Any = day(_("函件日期自"))
    until: Any = day(_("函件日期至"))

    def clean_sort(self) -> str:
        return super().clean_sort() if self.cleaned_data["sort"] else "-entered"

    def __init__(self, data: QueryDict, *, user: User, many_units: bool) -> None:
        super().__init__(data)
        if many_units:
            self.fields["unit"] = choice(_("单位"), units(user))
