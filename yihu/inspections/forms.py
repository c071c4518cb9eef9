"""What a browser sends to plan an inspection, and to write a checklist."""

from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.customers.rules import Klass
from yihu.inspections.actions import Content
from yihu.inspections.checklist import (
    ITEMS_MOST,
    LABEL_MOST,
    LOOK_MOST,
    SECTIONS,
    WEIGHT,
    WEIGHT_MOST,
    Item,
)
from yihu.inspections.choices import Kind, Method, Severity
from yihu.inspections.queries import checklists, units


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
    checklist = forms.ChoiceField(
        label=_("检查单"),
        required=False,
        help_text=_("不选即截止日在用的一版；启动后不能更改。"),
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": _("没有发布过这一版检查单，请从列表中选择。")},
    )
    inspectors = _boxes(_("检查人"), _("填报或审核过某份档案的人不检查该份档案。"))

    def __init__(self, *args: Any, offered: list[User], own: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offered = {str(person.pk): person for person in offered}
        self._choices("klasses", list(Klass.choices))
        editions = [(str(row.number), f"{row}（{row.effective_on} 起）") for row in checklists()]
        self._choices("checklist", [("", _("按截止日")), *editions])
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
            checklist=int(data["checklist"]) if data["checklist"] else None,
            inspectors=[self._offered[key] for key in data["inspectors"]],
            **days,
        )


# A checklist -------------------------------------------------------------------------------------


class ChecklistForm(forms.Form):
    """From when an edition holds, and why it differs from the last."""

    effective_on = _day(_("生效日"), _("截止日在这一天及以后的检查按新版。"))
    reason = forms.CharField(
        label=_("修订说明"),
        required=False,
        max_length=200,
        help_text=_("发布前必填，各单位都会看到。"),
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )


def _words(label: Any, most: int, *, required: bool) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=most,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
        error_messages={
            "required": _("请写明查什么。"),
            "max_length": _("最多 %(limit_value)d 字，现有 %(show_value)d 字。"),
        },
    )


class ItemForm(forms.Form):
    """A line of a checklist; `code` is empty where it is new."""

    code = forms.CharField(required=False, widget=forms.HiddenInput)
    label = _words(_("检查项"), LABEL_MOST, required=True)
    look = _words(_("看哪里"), LOOK_MOST, required=False)
    section = forms.ChoiceField(
        label=_("所属部分"),
        required=False,
        choices=SECTIONS,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    clause = forms.CharField(
        label=_("条款"),
        max_length=20,
        widget=forms.TextInput(attrs={"class": "form-control", "placeholder": "6.2.1d"}),
        error_messages={"required": _("请填写条款。")},
    )
    severity = forms.TypedChoiceField(
        label=_("通常程度"),
        coerce=int,
        choices=Severity.choices,
        initial=Severity.NORMAL.value,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    weight = forms.IntegerField(
        label=_("权重"),
        min_value=1,
        max_value=WEIGHT_MOST,
        initial=WEIGHT,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        error_messages={
            "required": _("请填写权重。"),
            "invalid": _("请填写整数。"),
            "min_value": _("至少为 %(limit_value)s。"),
            "max_value": _("至多为 %(limit_value)s。"),
        },
    )

    def item(self) -> Item:
        """The checked values for the action."""
        return Item(**{name: self.cleaned_data[name] for name in Item.__dataclass_fields__})


class _Lines(forms.BaseFormSet):  # type: ignore[type-arg]  # no generic class as it runs
    """The lines of a checklist, each with its place; a line without words is none."""

    def get_ordering_widget(self) -> forms.Widget:  # type: ignore[override]  # one, not its class
        """As wide as the others."""
        return forms.NumberInput(attrs={"class": "form-control"})

    def get_deletion_widget(self) -> forms.Widget:  # type: ignore[override]  # one, not its class
        """As the other boxes."""
        return forms.CheckboxInput(attrs={"class": "form-check-input"})


def items_in(lines: "forms.BaseFormSet[ItemForm]") -> list[Item]:
    """The lines of a valid set, in order."""
    return [form.item() for form in lines.ordered_forms]


ItemFormSet = forms.formset_factory(
    ItemForm, formset=_Lines, extra=2, can_order=True, can_delete=True,
    max_num=ITEMS_MOST, absolute_max=ITEMS_MOST + 10,
)  # fmt: skip
