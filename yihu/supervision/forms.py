"""Which report to make, and when a kind is made by itself."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yihu.org.models import OrgUnit
from yihu.supervision.rules import LATEST_DAY, TO_GROUP, TO_UNITS, Kind, period_said, periods


class MakeForm(forms.Form):
    """A kind's period that is over, and whose report. `units` empty: the own unit's alone."""

    def __init__(
        self, *args: Any, kind: Kind, today: date, units: Sequence[OrgUnit], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        said = [(f"{span.start}", period_said(kind, span.start)) for span in periods(kind, today)]
        self.fields["period"] = forms.ChoiceField(
            label=_("期间"), choices=said, widget=forms.Select(attrs={"class": "form-select"}),
            error_messages={
                "required": _("请选择期间。"),
                "invalid_choice": _("没有“%(value)s”这个期间；只能选已经结束的。"),
            },
        )  # fmt: skip
        if units:
            offered = [("", _("集团（全部所属单位）")), *((f"{u.pk}", u.name) for u in units)]
            self.fields["unit"] = forms.ChoiceField(
                label=_("范围"), required=False, choices=offered,
                widget=forms.Select(attrs={"class": "form-select"}),
                error_messages={"invalid_choice": _("没有“%(value)s”这个单位。")},
            )  # fmt: skip


class ScheduleForm(forms.Form):
    """One kind's."""

    running = forms.BooleanField(label=_("自动编制"), required=False)
    day = forms.IntegerField(
        label=_("期末后第几日"), min_value=1, max_value=LATEST_DAY,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        help_text=_("填 5 即次月（次季、次年）首月 5 日。"),
        error_messages={
            "required": _("请填写日期。"), "invalid": _("日期请填整数。"),
            "min_value": _("日期请填 1 至 28。"), "max_value": _("日期请填 1 至 28。"),
        },
    )  # fmt: skip
    roles = forms.MultipleChoiceField(
        label=_("接收人"), required=False,
        choices=[(role.value, role.label) for role in (*TO_GROUP, *TO_UNITS)],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("没有“%(value)s”这个选项。")},
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("running") and not cleaned.get("roles") and "roles" not in self.errors:
            self.add_error("roles", _("启用时至少选择一项。"))
        return cleaned
