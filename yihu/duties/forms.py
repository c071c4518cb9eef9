"""What a browser sends to change the cadence, to be stricter, or to be let off."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.customers.rules import Klass
from yihu.duties.choices import DueRule, DutyKind, Ground, PeriodKind
from yihu.duties.models import AT_REST, MOST_DAYS
from yihu.duties.rules import Line

CYCLE_PERIODS = [choice for choice in PeriodKind.choices if choice[0] != PeriodKind.EVENT]


def day(label: Any, *, hint: Any = "") -> forms.DateField:
    """A day as 2026-11-23."""
    return forms.DateField(
        label=label,
        help_text=hint,
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "invalid": gettext_lazy("日期应写成 2026-11-05 这样。"),
            "required": gettext_lazy("请填写日期。"),
        },
    )


def sentence(
    label: Any, most: int = 200, *, required: bool = True, hint: Any = ""
) -> forms.CharField:
    """One line of words."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=most,
        help_text=hint,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        error_messages={"required": gettext_lazy("请填写这一栏。")},
    )


def name_of(line: Line) -> str:
    """档案更新（战略客户）."""
    klass = str(Klass(line.klass).label) if line.klass else ""
    return f"{line.kind.label}（{klass}）" if klass else str(line.kind.label)


def key_of(line: Line) -> str:
    """The name of a line in a form: review-vip."""
    return f"{line.kind.value}-{line.klass}" if line.klass else line.kind.value


class PolicyForm(forms.Form):
    """A draft of the policy: its day, its reason, and of each line what can be changed."""

    effective_on = day(
        gettext_lazy("生效日"),
        hint=gettext_lazy("此日起开始的周期、发生的事项按新版；之前的按旧版，不改写。"),
    )
    reason = sentence(
        gettext_lazy("修订说明"), required=False, hint=gettext_lazy("发布前必填，各单位都会看到。")
    )

    def __init__(self, *args: Any, lines: list[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            key = key_of(line)
            if line.kind == DutyKind.REVIEW:
                self.fields[f"period-{key}"] = forms.ChoiceField(
                    label=_("%(name)s的周期") % {"name": name_of(line)},
                    choices=CYCLE_PERIODS,
                    initial=line.period,
                    widget=forms.Select(attrs={"class": "form-select"}),
                )
            if line.due_rule != DueRule.LAST_WORKING_DAY:
                self.fields[f"days-{key}"] = forms.IntegerField(
                    label=_("%(name)s的工作日数") % {"name": name_of(line)},
                    min_value=1,
                    max_value=MOST_DAYS,
                    initial=line.due_days,
                    widget=forms.NumberInput(attrs={"class": "form-control"}),
                )

    def rows(self) -> list[tuple[Line, str, Any, Any]]:
        """Each line with its name and the fields that change it."""
        return [
            (
                line,
                name_of(line),
                self[f"period-{key}"] if f"period-{key}" in self.fields else None,
                self[f"days-{key}"] if f"days-{key}" in self.fields else None,
            )
            for line in self.lines
            for key in [key_of(line)]
        ]

    def chosen(self) -> dict[tuple[str, str], tuple[str, int]]:
        """Period and days by kind and class, for the action."""
        data = self.cleaned_data
        return {
            (line.kind.value, line.klass): (
                data.get(f"period-{key_of(line)}") or line.period.value,
                data.get(f"days-{key_of(line)}") or line.due_days,
            )
            for line in self.lines
        }


class StricterForm(forms.Form):
    """A unit's own cycle for one line of the policy."""

    line = forms.ChoiceField(
        label=gettext_lazy("任务"), widget=forms.Select(attrs={"class": "form-select"})
    )
    period = forms.ChoiceField(
        label=gettext_lazy("更短的周期"),
        required=False,
        choices=[("", gettext_lazy("同集团")), *CYCLE_PERIODS],
        help_text=gettext_lazy("用于按分类更新档案。"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    due_days = forms.IntegerField(
        label=gettext_lazy("更少的工作日数"),
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        help_text=gettext_lazy("用于提气量、价和随时发生的事项。"),
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )
    since = day(gettext_lazy("生效日"))
    basis = sentence(
        gettext_lazy("依据"), hint=gettext_lazy("本单位细则的名称、版次和条款（§4.3a、7.2）。")
    )

    def __init__(self, *args: Any, lines: list[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["line"]).choices = [
            (key_of(line), name_of(line)) for line in lines
        ]
        self._keys = {key_of(line): (line.kind.value, line.klass) for line in lines}

    def key(self) -> tuple[str, str]:
        """Kind and class of the line."""
        return self._keys[self.cleaned_data["line"]]


class DayForm(forms.Form):
    """A day that is worked or free, whatever the calendar says."""

    day = day(gettext_lazy("日期"))
    working = forms.ChoiceField(
        label=gettext_lazy("更正为"),
        choices=[("yes", gettext_lazy("工作日")), ("no", gettext_lazy("休息日"))],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    note = sentence(gettext_lazy("依据"), 100, hint=gettext_lazy("如国务院办公厅放假通知的文号。"))


class WaiverForm(forms.Form):
    """Why a duty should be waived."""

    reason = sentence(
        gettext_lazy("理由"),
        hint=gettext_lazy("写明为什么这一期不必更新；集团监督员同意后才算豁免，并单独统计。"),
    )


class ClosureForm(forms.Form):
    """Why a file should be dormant or closed."""

    state = forms.ChoiceField(
        label=gettext_lazy("改为"),
        choices=AT_REST,
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text=gettext_lazy(
            "休眠：更新任务照常，不再列入“合同已全部终止”的缺口。"
            "关闭：档案只供查阅，尚未到期的更新任务取消。"
        ),
    )
    ground = forms.ChoiceField(
        label=gettext_lazy("事由"),
        choices=Ground.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    reason = sentence(
        gettext_lazy("理由"), hint=gettext_lazy("写明情况和依据；集团监督员同意后生效，记入档案。")
    )

    def offer(self, states: list[tuple[str, Any]]) -> None:
        """Show only these to choose from."""
        cast("forms.ChoiceField", self.fields["state"]).choices = states


class ReopenForm(forms.Form):
    """Why a file should be in use again."""

    reason = sentence(gettext_lazy("理由"), hint=gettext_lazy("恢复后更新任务从当天起重新排定。"))


class EndForm(forms.Form):
    """From which day the group's rule holds again."""

    until = day(gettext_lazy("失效日"))
