"""What a browser sends to plan an inspection."""

from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.customers.rules import Klass
from yihu.inspections.actions import Content
from yihu.inspections.choices import Kind, Method
from yihu.inspections.queries import units


def _day(label: Any, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=help_text,
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "invalid": _("日期应写成 2026-11-05 这样。"),
            "required": _("请填写日期。"),
        },
    )


def _number(label: Any, help_text: Any, least: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=least,
        max_value=100_000,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        error_messages={
            "invalid": _("请填写整数。"),
            "required": _("请填写整数。"),
            "min_value": _("至少为 %(limit_value)s。"),
            "max_value": _("至多为 %(limit_value)s。"),
        },
    )


def _boxes(label: Any, help_text: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        help_text=help_text,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("没有这一项，请从列表中选择。")},
    )


def _switch(label: Any, help_text: Any) -> forms.BooleanField:
    return forms.BooleanField(
        label=label,
        required=False,
        help_text=help_text,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )


class PlanForm(forms.Form):
    """A new inspection; `offered` are the people who may inspect, `own` a unit's self-check."""

    name = forms.CharField(
        label=_("名称"),
        max_length=80,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        error_messages={"required": _("请填写检查名称。")},
    )
    period_start = _day(_("期间起"))
    period_end = _day(_("期间止"))
    cutoff_on = _day(_("截止日"), _("档案按这一天结束时的样子冻结。"))
    begins_on = _day(_("检查开始"))
    ends_on = _day(_("检查结束"))
    klasses = _boxes(_("整份检查的客户分类"), _("不选即全部分类。"))
    offtake = _switch(
        _("另由规则检查所有客户的提气量、价"), _("范围内其他分类的档案只查提气量、价。")
    )
    method = forms.ChoiceField(
        label=_("人工检查的抽样方式"),
        choices=Method.choices,
        help_text=_("按单位分层；规则检查不抽样，逐份都查。"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    amount = _number(_("比例（%）或数量"), _("按比例向上取整；选“全部”时不起作用。"), 1)
    minimum = _number(_("每单位最少"), _("不足的单位全部抽取。"), 0)
    weighted = _switch(
        _("加权抽样"), _("一年内未经人工检查的 +1；近四版核对无变化占 75% 以上的 +2。")
    )
    inspectors = _boxes(_("检查人"), _("填报或审核过某份档案的人不检查该份档案。"))

    def __init__(self, *args: Any, offered: list[User], own: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offered = {str(person.pk): person for person in offered}
        self._choices("klasses", list(Klass.choices))
        self._choices("inspectors", [(key, row.name) for key, row in self._offered.items()])
        if not own:
            self.fields["units"] = _boxes(_("单位"), _("不选即全部单位。"))
            self._choices("units", [(str(unit.pk), unit.short_name) for unit in units()])

    def _choices(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        cast("forms.MultipleChoiceField", self.fields[name]).choices = choices

    def content(self, kind: Kind) -> Content:
        """The checked values for the action."""
        data = self.cleaned_data
        days: dict[str, date] = {
            name: data[name]
            for name in ("period_start", "period_end", "cutoff_on", "begins_on", "ends_on")
        }
        return Content(
            kind=kind,
            name=data["name"],
            method=data["method"],
            amount=data["amount"],
            minimum=data["minimum"],
            klasses=data["klasses"],
            units=[int(key) for key in data.get("units", ())],
            offtake=data["offtake"],
            weighted=data["weighted"],
            inspectors=[self._offered[key] for key in data["inspectors"]],
            **days,
        )
