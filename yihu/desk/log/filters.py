"""The filters of the log, as the address gives them."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from yihu.audit.rules import VERBS
from yihu.desk import queries as desk_queries
from yihu.kit.filters import Filter, choice
from yihu.kit.paging import Order


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("“%(value)s”不是日期，应写成 2026-06-30 这样。")},
    )


def _words(label: str, most: int, hint: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=most,
        widget=forms.TextInput(attrs={"class": "form-control", "placeholder": hint}),
    )


class EventFilter(Filter):
    """The auditor's view of the log."""

    orders: ClassVar[Mapping[str, Order]] = {"latest": Order("id", int, descending=True)}

    def __init__(self, data: QueryDict, *, without: str = "") -> None:
        super().__init__(data)
        self.fields["actor"] = _words(_("操作人"), 40, _("姓名或工号"))
        self.fields["kind"] = choice(
            _("性质"), [("read", _("查阅")), ("done", _("办理")), ("refused", _("被拒"))]
        )
        self.fields["verb"] = choice(_("动作"), VERBS.items())
        self.fields["unit"] = choice(_("单位"), desk_queries.every_unit())
        self.fields["since"] = _day(_("自"))
        self.fields["until"] = _day(_("至"))
        self.fields["dossier"] = forms.UUIDField(
            label=_("档案内部编号"),
            required=False,
            widget=forms.TextInput(attrs={"class": "form-control", "placeholder": _("36 位")}),
            error_messages={"invalid": _("档案内部编号应为 36 位，可从日志行里复制。")},
        )
        self.fields["trace"] = _words(_("追溯码"), 20, _("打印件或工作簿上的追溯码"))
        self.fields.pop(without, None)

    def clean_trace(self) -> str:
        """As it is stored, however it was copied from the paper: 7k3q9xma2b4d → 7K3Q-9XMA-2B4D."""
        given = "".join(filter(str.isalnum, self.cleaned_data["trace"])).upper()
        return "-".join(given[at : at + 4] for at in range(0, len(given), 4))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", _("结束日期早于开始日期。"))
        return cleaned
