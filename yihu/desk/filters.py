"""Filters of the lists, as the address gives them: a value that is not offered is refused."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from yihu.access.models import User
from yihu.audit.rules import VERBS
from yihu.customers.rules import GasUse, Klass
from yihu.desk import queries
from yihu.desk.choices import DutyState, months, periods
from yihu.desk.desks import Desk
from yihu.desk.paging import Order
from yihu.dossiers.queries import MINIMUM_QUERY
from yihu.dossiers.rules import State
from yihu.duties.choices import DutyKind

ANY = gettext_lazy("全部")
MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
Choices = Iterable[tuple[Any, Any]]


def month_of(text: str) -> date:
    """2026-10 → 1 October 2026. Raises: ValidationError."""
    found = MONTH.fullmatch(text)
    if found is None:
        raise forms.ValidationError(_("“%(text)s”不是月份，应写成 2026-10 这样。") % {"text": text})
    return date(int(found[1]), int(found[2]), 1)


class MonthField(forms.CharField):
    """A month as 2026-10; its first day, or None."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return month_of(text) if text else None


class Filter(forms.Form):
    """What every list takes: a sort and a place in it. Unknown names are refused as well."""

    orders: ClassVar[Mapping[str, Order]] = {}
    sort = forms.CharField(required=False, max_length=20)
    after = forms.CharField(required=False, max_length=2000)
    before = forms.CharField(required=False, max_length=2000)

    def clean_sort(self) -> str:
        wanted: str = self.cleaned_data["sort"]
        if wanted and wanted.removeprefix("-") not in self.orders:
            raise forms.ValidationError(_("没有“%(sort)s”这种排序。") % {"sort": wanted})
        return wanted or next(iter(self.orders))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in self.data:
            if name not in self.fields:
                self.add_error(None, _("不认识条件“%(name)s”。") % {"name": name[:40]})
        if cleaned.get("after") and cleaned.get("before"):
            self.add_error(None, _("翻页位置只能有一个。"))
        return cleaned

    @property
    def order(self) -> Order:
        """The chosen order."""
        wanted: str = self.cleaned_data["sort"]
        order = self.orders[wanted.removeprefix("-")]
        return order.reversed() if wanted.startswith("-") else order

    def problems(self) -> list[str]:
        """Every refused value in a sentence, the field by its label."""
        found = []
        for name, errors in self.errors.items():
            label = self.fields[name].label if name in self.fields else ""
            found += [f"{label or name}：{error}" if label else str(error) for error in errors]
        return found

    def shown(self) -> list[Any]:
        """The fields of the bar, in order, each told whether it is set."""
        hidden = {"sort", "after", "before"}
        return [self[name] for name in self.fields if name not in hidden]

    def set_count(self) -> int:
        """How many conditions narrow the list."""
        return sum(1 for field in self.shown() if self.cleaned_data.get(field.name))


def _choice(label: Any, options: Choices, **attributes: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[("", ANY), *options],
        widget=forms.Select(attrs={"class": "form-select", **attributes}),
        error_messages={"invalid_choice": gettext_lazy("没有“%(value)s”这个选项。")},
    )


def _text(label: Any, hint: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        min_length=MINIMUM_QUERY,
        max_length=60,
        widget=forms.TextInput(
            attrs={"class": "form-control", "placeholder": hint, "type": "search"}
        ),
        error_messages={
            "min_length": gettext_lazy("至少写两个字。"),
            "max_length": gettext_lazy("最多写六十个字。"),
        },
    )


class DossierFilter(Filter):
    """The list of dossiers."""

    orders: ClassVar[Mapping[str, Order]] = {
        "name": Order("pinyin"),
        "number": Order("number"),
        "class": Order("klass_rank", int),
        "due": Order("next_due_on", date.fromisoformat),
        "opened": Order("opened_on", date.fromisoformat),
    }
    q = _text(gettext_lazy("客户"), gettext_lazy("名称、简称、信用代码、拼音"))

    def __init__(self, data: QueryDict, *, user: User, desk: Desk) -> None:
        super().__init__(data)
        unset = ("none", pgettext_lazy("class", "未分类"))
        self.fields["klass"] = _choice(_("客户分类"), [*Klass.choices, unset])
        self.fields["region"] = _choice(_("区域"), queries.regions(user, data.get("region", "")))
        self.fields["use"] = _choice(_("用气类型"), GasUse.choices)
        if desk.many_units:
            self.fields["unit"] = _choice(_("单位"), queries.units(user))
        self.fields["filler"] = _choice(
            _("填报人"),
            [("none", _("未指定")), *queries.fillers(user, data.get("unit", ""))],
        )
        self.fields["overdue"] = _choice(_("逾期"), [("yes", _("有逾期")), ("no", _("无逾期"))])
        self.fields["state"] = _choice(_("状态"), State.choices)
        self.fields["gap"] = _choice(
            _("缺口"),
            [
                ("no_filler", _("无在岗填报人")),
                ("no_contract", _("无合同")),
                ("no_class", _("未分类")),
            ],
        )


class DutyFilter(Filter):
    """The list of duties."""

    orders: ClassVar[Mapping[str, Order]] = {
        "due": Order("due_on", date.fromisoformat),
        "name": Order("name"),
    }
    q = _text(gettext_lazy("客户"), gettext_lazy("名称、简称、信用代码、拼音"))

    def __init__(self, data: QueryDict, *, user: User, desk: Desk, today: date) -> None:
        super().__init__(data)
        self.fields["state"] = _choice(_("状态"), DutyState.choices)
        self.fields["kind"] = _choice(_("任务"), DutyKind.choices)
        self.fields["period"] = _choice(_("周期"), periods(today, data.get("period", "")))
        self.fields["month"] = MonthField(
            label=_("截止月份"),
            required=False,
            widget=forms.Select(
                attrs={"class": "form-select"},
                choices=[
                    ("", ANY),
                    *((code, code) for code in months(today, data.get("month", ""))),
                ],
            ),
        )
        unset = ("none", pgettext_lazy("class", "未分类"))
        self.fields["klass"] = _choice(_("客户分类"), [*Klass.choices, unset])
        if desk.many_units:
            self.fields["unit"] = _choice(_("单位"), queries.units(user))
        self.fields["filler"] = _choice(
            _("填报人"),
            [("none", _("未指定")), *queries.fillers(user, data.get("unit", ""))],
        )


class CustomerFilter(Filter):
    """Headquarters' list of customers."""

    orders: ClassVar[Mapping[str, Order]] = {"name": Order("pinyin"), "code": Order("credit_code")}
    q = _text(gettext_lazy("客户"), gettext_lazy("名称、简称、信用代码、拼音"))

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        unset = ("none", pgettext_lazy("class", "未分类"))
        self.fields["klass"] = _choice(_("集团认定分类"), [*Klass.choices, unset])
        self.fields["shared"] = _choice(_("建档单位"), [("yes", _("两个及以上单位"))])


class EventFilter(Filter):
    """The auditor's view of the log."""

    orders: ClassVar[Mapping[str, Order]] = {"latest": Order("id", int, descending=True)}

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.fields["verb"] = _choice(_("动作"), VERBS.items())
        self.fields["unit"] = _choice(_("单位"), queries.every_unit())
        self.fields["day"] = forms.DateField(
            label=_("日期"),
            required=False,
            widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}),
            input_formats=["%Y-%m-%d"],
        )
        self.fields["actor"] = forms.CharField(
            label=_("操作人"),
            required=False,
            max_length=40,
            widget=forms.TextInput(attrs={"class": "form-control"}),
        )


class MonthChoice(Filter):
    """The month of the timeliness page."""

    orders: ClassVar[Mapping[str, Order]] = {"unit": Order("pk")}

    def __init__(self, data: QueryDict, *, today: date) -> None:
        super().__init__(data)
        self.fields["month"] = MonthField(label=_("月份"), required=False)
        self.months = [month_of(code) for code in months(today)]


@dataclass(frozen=True, slots=True)
class Head:
    """A column that sorts: what a click asks for, and how it stands now."""

    label: str
    sort: str
    standing: str
    numeric: bool = False


def head(chosen: Filter, code: str, label: str, *, numeric: bool = False) -> Head:
    """The head of one column under the chosen sort: a second click turns it round."""
    now: str = chosen.cleaned_data["sort"]
    if now == code:
        return Head(label, f"-{code}", "ascending", numeric)
    return Head(label, code, "descending" if now == f"-{code}" else "none", numeric)
