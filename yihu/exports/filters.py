"""What the register of exports can be asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.exports.kinds import registered
from yihu.exports.rules import Level, State
from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("日期应写成 2026-11-05 这样。")},
    )


class TakeoutFilter(Filter):
    """Who, what, how sensitive, where it stands, when; last asked first."""

    orders: ClassVar[Mapping[str, Order]] = {"asked": Order("asked_at", datetime.fromisoformat)}
    q: Any = text(_("导出人"), _("姓名或工号"))
    state: Any = choice(_("状态"), State.choices)
    level: Any = choice(_("密级"), Level.choices)
    since: Any = _day(_("申请日期自"))
    until: Any = _day(_("申请日期至"))

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.fields["kind"] = choice(_("内容"), [(kind.code, kind.label) for kind in registered()])

    def clean_sort(self) -> str:
        return super().clean_sort() if self.cleaned_data["sort"] else "-asked"
