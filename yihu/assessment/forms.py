"""What a browser sends: a scheme's editor, points written down, a decision (§6.4.2)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.assessment.choices import EntryKind
from yihu.assessment.models import Scheme
from yihu.assessment.queries import units
from yihu.assessment.rules import Definition, parse
from yihu.assessment.sources import WEIGHED
from yihu.org.models import OrgUnit
from yihu.ratings.forms import LineForm, fresh, initial_of, number_field, select_field, words_field
from yihu.ratings.rules import plain

DAY = {
    "invalid": gettext_lazy("日期应写成 2026-10-31 这样。"),
    "required": gettext_lazy("请填写。"),
}


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages=DAY,
    )


class HeadForm(forms.Form):
    """What a scheme says besides its lines."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    title = words_field(gettext_lazy("名称"), 120)
    effective_on = _day(gettext_lazy("适用考核期自"))
    bonus_most = number_field(gettext_lazy("加分上限"), required=True)
    objection_days = forms.IntegerField(
        label=gettext_lazy("申诉期（工作日）"),
        widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "numeric"}),
        error_messages={
            "invalid": gettext_lazy("应是整数，如 5。"), "required": gettext_lazy("请填写。"),
        },
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].required = True
        self.fields["effective_on"].help_text = _("首日在这一天或以后的考核期按本方案。")


class SchemeForms:
    """All forms of a scheme on one page; `definition` once they are valid."""

    def __init__(self, scheme: Scheme, data: Mapping[str, Any] | None = None) -> None:
        definition = parse(scheme.definition)
        known = {line.code: line for line in definition.indicators}
        self.lines = [
            LineForm(data, source=source, initial=initial_of(known.get(code)) or fresh(source))
            for code, source in WEIGHED.items()
        ]
        self.head = HeadForm(
            data,
            initial={
                "version": scheme.version,
                "title": scheme.title,
                "effective_on": scheme.effective_on,
                "bonus_most": plain(definition.bonus_most),
                "objection_days": definition.objection_days,
            },
        )

    def is_valid(self) -> bool:
        """Whether everything can be read; whether it makes a whole scheme is `rules.problems`."""
        for form in (self.head, *self.lines):
            form.full_clean()  # each, so that all problems are said at once
        return not any(form.errors for form in (self.head, *self.lines))

    def problems(self) -> list[str]:
        """What cannot be read, with where it stands."""
        found = []
        for form, where in (
            (self.head, ""), *((form, str(form.source.name)) for form in self.lines),
        ):  # fmt: skip
            for name, errors in form.errors.items():
                label = form.fields[name].label if name in form.fields else ""
                at = _("·").join(str(part) for part in (where, label) if part)
                found += [_("%(at)s：%(error)s") % {"at": at, "error": error} for error in errors]
        return found

    def definition(self) -> Definition:
        """The checked values as a scheme."""
        lines = [form.indicator() for form in self.lines]
        return Definition(
            tuple(line for line in lines if line is not None),
            self.head.cleaned_data["bonus_most"],
            self.head.cleaned_data["objection_days"],
        )


class WeightsForm(forms.Form):
    """The weights alone, to see what others would do; empty: the line is left out."""

    def __init__(self, data: Mapping[str, Any] | None, definition: Definition) -> None:
        super().__init__(data)
        for line in definition.indicators:
            self.fields[line.code] = number_field(line.name)
            self.fields[line.code].initial = plain(line.weight)

    def weights(self) -> dict[str, Decimal]:
        """By code; what was left empty weighs nothing."""
        return {code: value or Decimal(0) for code, value in self.cleaned_data.items()}

    def problems(self) -> list[str]:
        """What cannot be read, by line."""
        return [
            _("%(at)s：%(error)s") % {"at": self.fields[name].label, "error": error}
            for name, errors in self.errors.items()
            for error in errors
        ]


class EntryForm(forms.Form):
    """Points for a deed."""

    unit = forms.ModelChoiceField(
        queryset=OrgUnit.objects.all(),
        empty_label=gettext_lazy("请选择"),
        label=gettext_lazy("单位"),
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={
            "invalid_choice": gettext_lazy("没有这个单位，请从列表中选择。"),
            "required": gettext_lazy("请选择单位。"),
        },
    )
    kind = select_field(gettext_lazy("种类"), EntryKind.choices)
    happened_on = _day(gettext_lazy("发生日期"))
    points = number_field(gettext_lazy("分值"), required=True)
    words = words_field(gettext_lazy("事由"), 200)
    basis = words_field(gettext_lazy("依据"), 200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = self.fields["unit"]
        assert isinstance(unit, forms.ModelChoiceField)
        unit.queryset = units()
        self.fields["basis"].help_text = _("通报、文号或检查编号。")
