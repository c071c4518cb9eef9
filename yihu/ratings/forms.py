"""What a browser sends to open a round and to write a scheme."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.ratings.indicators import sources
from yihu.ratings.indicators.source import Source
from yihu.ratings.rules import (
    Band,
    Definition,
    Indicator,
    Joining,
    Judge,
    Missing,
    Shape,
    plain,
)

JUDGED_MOST = 6
"""Judged indicators of a scheme; each takes people's time for every file."""
_STEP = re.compile(r"^\s*(-?[\d.]+)\s*(?:→|->|=|:|：|,|，|\s)\s*([\d.]+)\s*$")
_BAND = re.compile(r"^\s*(\S{1,8}?)\s*(?:→|->|=|:|：|,|，|\s)\s*([\d.]+)\s*$")


def number_field(label: Any, *, required: bool = False) -> forms.DecimalField:
    """A number with up to four decimals."""
    return forms.DecimalField(
        label=label,
        required=required,
        max_digits=12,
        decimal_places=4,
        widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "decimal"}),
        error_messages={
            "invalid": gettext_lazy("应是数字，如 12.5。"),
            "required": gettext_lazy("请填写。"),
            "max_digits": gettext_lazy("数字过长，最多 12 位。"),
            "max_decimal_places": gettext_lazy("最多四位小数。"),
            "max_whole_digits": gettext_lazy("数字过大。"),
        },
    )


def select_field(label: Any, options: Any) -> forms.ChoiceField:
    """One of a list."""
    return forms.ChoiceField(
        label=label,
        choices=options,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": gettext_lazy("没有这一项，请从列表中选择。")},
    )


def words_field(label: Any, most: int) -> forms.CharField:
    """A short text."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=most,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        error_messages={"max_length": gettext_lazy("太长，请写短些。")},
    )


def _lines(label: Any, rows: int) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": rows}),
    )


class RoundForm(forms.Form):
    """The year of a rating and up to which day its data count."""

    year = forms.IntegerField(
        label=gettext_lazy("评级年度"),
        min_value=2000,
        max_value=2100,
        widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "numeric"}),
        error_messages={
            "invalid": gettext_lazy("年度应写成 2026 这样。"),
            "required": gettext_lazy("请填写评级年度。"),
            "min_value": gettext_lazy("年度应在 2000 至 2100 之间。"),
            "max_value": gettext_lazy("年度应在 2000 至 2100 之间。"),
        },
    )
    cut_off_on = forms.DateField(
        label=gettext_lazy("数据截止日"),
        help_text=gettext_lazy("取数到这一天为止，通常是最近一个已完结月份的月末。"),
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "invalid": gettext_lazy("日期应写成 2026-10-31 这样。"),
            "required": gettext_lazy("请填写数据截止日。"),
        },
    )


class HeadForm(forms.Form):
    """What a scheme says besides its indicators."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    title = words_field(gettext_lazy("名称"), 120)
    effective_year = RoundForm.base_fields["year"]
    joining = select_field(gettext_lazy("同一客户多份档案"), Joining.choices)
    lng_wan_m3_per_t = number_field(gettext_lazy("LNG 折算系数（万立方米/吨）"), required=True)
    bands = _lines(gettext_lazy("等级"), 6)
    vip_from = words_field(gettext_lazy("VIP 客户起点等级"), 8)
    strategic_from = words_field(gettext_lazy("战略客户起点等级"), 8)
    strategic_code = words_field(gettext_lazy("战略价值指标"), 40)
    strategic_least = number_field(gettext_lazy("战略价值起点分"), required=True)

    def __init__(self, *args: Any, judged: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].required = True
        self.fields["effective_year"].label = _("适用评级年度自")
        self.fields["bands"].help_text = _("每行一档，从高到低：等级名称和起点分，如 AAA 85。")
        self.fields["strategic_code"] = select_field(gettext_lazy("战略价值指标"), judged)

    def clean_bands(self) -> tuple[Band, ...]:
        found = []
        for row in self.cleaned_data["bands"].splitlines():
            if not row.strip():
                continue
            match = _BAND.match(row)
            try:
                if match is None:
                    raise InvalidOperation
                found.append(Band(match[1], Decimal(match[2])))
            except InvalidOperation:
                raise forms.ValidationError(
                    _("看不懂“%(row)s”；每行写等级名称和起点分，如 AAA 85。") % {"row": row[:40]}
                ) from None
        return tuple(found)


class LineForm(forms.Form):
    """An indicator from data; without a weight it is not used."""

    name = words_field(gettext_lazy("名称"), 40)
    weight = number_field(gettext_lazy("权重"))
    shape = select_field(gettext_lazy("计分"), Shape.choices)
    steps = _lines(gettext_lazy("评分表"), 5)
    missing = select_field(gettext_lazy("缺数据时"), Missing.choices)
    missing_points = number_field(gettext_lazy("固定分"))
    clause = words_field(gettext_lazy("条款"), 40)

    def __init__(self, *args: Any, source: Source, **kwargs: Any) -> None:
        kwargs["prefix"] = source.code
        super().__init__(*args, **kwargs)
        self.source = source

    def clean_steps(self) -> tuple[tuple[Decimal, Decimal], ...]:
        found = []
        for row in self.cleaned_data["steps"].splitlines():
            if not row.strip():
                continue
            match = _STEP.match(row)
            try:
                if match is None:
                    raise InvalidOperation
                found.append((Decimal(match[1]), Decimal(match[2])))
            except InvalidOperation:
                raise forms.ValidationError(
                    _("看不懂“%(row)s”；每行写数值和得分，如 600 → 40。") % {"row": row[:40]}
                ) from None
        return tuple(found)

    def indicator(self) -> Indicator | None:
        """The checked line, None where it is not used."""
        data = self.cleaned_data
        if not data["weight"]:
            return None
        return Indicator(
            code=self.source.code,
            source=self.source.code,
            name=data["name"],
            weight=data["weight"],
            shape=data["shape"],
            steps=data["steps"],
            missing=data["missing"],
            missing_points=data["missing_points"] or Decimal(0),
            clause=data["clause"],
        )


class JudgedForm(forms.Form):
    """An indicator that people judge; without a weight it is not used."""

    name = words_field(gettext_lazy("名称"), 40)
    weight = number_field(gettext_lazy("权重"))
    judge = select_field(gettext_lazy("谁评"), Judge.choices)
    missing = select_field(gettext_lazy("未评时"), Missing.choices)
    missing_points = number_field(gettext_lazy("固定分"))
    clause = words_field(gettext_lazy("条款"), 40)

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        kwargs["prefix"] = code
        super().__init__(*args, **kwargs)
        self.code = code

    def indicator(self) -> Indicator | None:
        """The checked line, None where it is not used."""
        data = self.cleaned_data
        if not data["weight"]:
            return None
        return Indicator(
            code=self.code,
            name=data["name"],
            weight=data["weight"],
            judge=data["judge"],
            missing=data["missing"],
            missing_points=data["missing_points"] or Decimal(0),
            clause=data["clause"],
        )


class SchemeForms:
    """All forms of a scheme on one page; `definition` once they are valid."""

    def __init__(
        self,
        definition: Definition,
        *,
        version: int,
        title: str,
        effective_year: int,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        known = {line.code: line for line in definition.indicators}
        self.lines = [
            LineForm(data, source=source, initial=initial_of(known.get(code)) or fresh(source))
            for code, source in sources().items()
        ]
        taken = [line.code for line in definition.judged]
        spare = (f"judged_{place}" for place in range(1, 2 * JUDGED_MOST))
        codes = [*taken, *(code for code in spare if code not in taken)][:JUDGED_MOST]
        codes = codes[: max(len(taken) + 1, 2)]
        self.judged = [
            JudgedForm(
                data,
                code=code,
                initial=initial_of(known.get(code))
                or {"judge": Judge.UNIT, "missing": Missing.SKIP},
            )
            for code in codes
        ]
        options = [
            (line.code, line.name) for line in definition.judged if line.judge == Judge.GROUP
        ]
        self.head = HeadForm(
            data,
            judged=options,
            initial={
                "version": version,
                "title": title,
                "effective_year": effective_year,
                "joining": definition.joining,
                "lng_wan_m3_per_t": plain(definition.lng_wan_m3_per_t),
                "bands": "\n".join(f"{b.grade} {plain(b.least)}" for b in definition.bands),
                "vip_from": definition.vip_from,
                "strategic_from": definition.strategic_from,
                "strategic_code": definition.strategic_code,
                "strategic_least": plain(definition.strategic_least),
            },
        )

    def is_valid(self) -> bool:
        """Whether everything can be read; whether it makes a whole scheme is `rules.problems`."""
        for form in (self.head, *self.lines, *self.judged):
            form.full_clean()  # each, so that all problems are said at once
        return not any(form.errors for form in (self.head, *self.lines, *self.judged))

    def problems(self) -> list[str]:
        """What cannot be read, with where it stands."""
        found = []
        for form, where in (
            (self.head, ""),
            *((form, str(form.source.name)) for form in self.lines),
            *((form, _("评分指标")) for form in self.judged),
        ):
            for name, errors in form.errors.items():
                label = form.fields[name].label if name in form.fields else ""
                at = _("·").join(str(part) for part in (where, label) if part)
                found += [_("%(at)s：%(error)s") % {"at": at, "error": error} for error in errors]
        return found

    def definition(self) -> Definition:
        """The checked values as a scheme."""
        head = self.head.cleaned_data
        lines = [
            *(form.indicator() for form in self.lines),
            *(form.indicator() for form in self.judged),
        ]
        return Definition(
            indicators=tuple(line for line in lines if line is not None),
            bands=head["bands"],
            joining=head["joining"],
            vip_from=head["vip_from"],
            strategic_from=head["strategic_from"],
            strategic_code=head["strategic_code"],
            strategic_least=head["strategic_least"],
            lng_wan_m3_per_t=head["lng_wan_m3_per_t"],
        )


def initial_of(line: Indicator | None) -> dict[str, Any]:
    """A line as the form shows it."""
    if line is None:
        return {}
    return {
        "name": line.name,
        "weight": plain(line.weight),
        "judge": line.judge,
        "shape": line.shape,
        "steps": "\n".join(f"{_bare(x)} → {_bare(p)}" for x, p in line.steps),
        "missing": line.missing,
        "missing_points": _bare(line.missing_points),
        "clause": line.clause,
    }


def _bare(number: Decimal) -> str:
    """As it is typed: no thousands, no trailing zeros."""
    return plain(number).replace(",", "")


def fresh(source: Source) -> dict[str, Any]:
    """What a line that is not used yet begins with."""
    return {
        "name": source.name,
        "missing": Missing.SKIP,
        "shape": Shape.LINE,
        "clause": source.clause,
    }


def points_of(given: str) -> Decimal | None:
    """What a judge typed: None for nothing. Raises: InvalidOperation."""
    said = given.strip()
    if not said:
        return None
    found = Decimal(said)
    if not found.is_finite() or len(said) > 8:
        raise InvalidOperation
    return found
