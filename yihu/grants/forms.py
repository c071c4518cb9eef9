"""What a browser sends to ask for a grant, and to write a unit's query policy."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from yihu.grants.queries import region_choices, units_to_ask
from yihu.grants.rules import Level, Section
from yihu.org.models import OrgUnit


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "required": _("请填写日期。"),
            "invalid": _("日期应写成 2026-11-05 这样。"),
        },
    )


def _several(label: Any, choices: Any, *, required: bool) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=required,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        error_messages={
            "required": _("请至少选择一项。"),
            "invalid_choice": _("没有这一项，请从列表中选择。"),
        },
    )


def _offer(field: forms.Field, choices: list[tuple[str, str]]) -> None:
    cast(forms.MultipleChoiceField, field).choices = choices


def _level() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("最高密级"),
        choices=Level.choices,
        coerce=int,
        help_text=_("个人信息不随查询权限开放；核心商密以下不含提气量、价。"),
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": _("请选择最高密级。")},
    )


class AskForm(forms.Form):
    """A request to read files of one unit."""

    unit = forms.ModelChoiceField(
        label=_("档案所属单位"),
        queryset=OrgUnit.objects.none(),
        empty_label=_("请选择"),
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": _("请选择档案所属单位。")},
    )
    purpose = forms.CharField(
        label=_("查询目的"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text=_("写明为哪项工作查询，例如“跨区域重组尽职调查”。"),
        error_messages={"required": _("请写明查询目的。")},
    )
    sections = _several(_("范围"), Section.choices, required=True)
    regions = _several(_("区域"), (), required=False)
    level = _level()
    since = _day(_("开始日期"))
    until = _day(_("结束日期"))

    def __init__(self, *args: Any, unit: OrgUnit | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[OrgUnit]", self.fields["unit"]).queryset = units_to_ask()
        _offer(self.fields["regions"], region_choices(unit) if unit else [])
        self.fields["regions"].help_text = _("不选即该单位全部区域。")


class PolicyForm(forms.Form):
    """The heading of a policy; its lines follow in a formset."""

    basis = forms.CharField(
        label=_("制定依据"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text=_("例如“本单位客户档案细则第六条”。"),
        error_messages={"required": _("请写明制定依据。")},
    )
    effective_on = _day(_("生效日期"))


class LineForm(forms.Form):
    """One line: a post and what its people may be given."""

    post = forms.CharField(
        label=_("岗位"),
        max_length=80,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text=_("人员名册上的岗位名称；* 指任何岗位。"),
        error_messages={"required": _("请填写岗位，* 指任何岗位。")},
    )
    sections = _several(_("范围"), Section.choices, required=True)
    regions = _several(_("区域"), (), required=False)
    level = _level()
    days = forms.IntegerField(
        label=_("最长天数"),
        min_value=1,
        max_value=366,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        error_messages={
            "required": _("请填写最长天数。"),
            "min_value": _("天数应在 1 到 366 之间。"),
            "max_value": _("天数应在 1 到 366 之间。"),
            "invalid": _("请填写整数。"),
        },
    )

    def __init__(self, *args: Any, unit: OrgUnit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["regions"], region_choices(unit))
        self.fields["regions"].help_text = _("不选即全部区域。")


LineFormSet = forms.formset_factory(LineForm, extra=1, max_num=30, can_delete=True)
