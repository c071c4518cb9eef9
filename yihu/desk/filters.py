"""Filters of the lists, as the address gives them: a value that is not offered is refused."""

import re
from collections.abc import Collection, Mapping
from datetime import date
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from yihu.access.models import User
from yihu.customers.rules import GasUse, Klass
from yihu.desk import queries
from yihu.desk.boards import EVENT
from yihu.desk.choices import DutyState, Lateness, months, periods
from yihu.desk.desks import Desk
from yihu.dossiers.rules import State
from yihu.duties.choices import DutyKind
from yihu.kit.filters import ANY, Choices, Filter, choice, text
from yihu.kit.paging import Order

MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


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


def _fillers(user: User, unit: str) -> Choices:
    return [("none", _("未指定")), *queries.fillers(user, unit)]


class DossierFilter(Filter):
    """The list of dossiers."""

    orders: ClassVar[Mapping[str, Order]] = {
        "name": Order("pinyin"),
        "number": Order("number"),
        "class": Order("klass_rank", int),
        "due": Order("next_due_on", date.fromisoformat),
        "opened": Order("opened_on", date.fromisoformat),
    }
    hidden: ClassVar[Collection[str]] = {*Filter.hidden, "count"}
    q = text(gettext_lazy("客户"), gettext_lazy("名称、简称、信用代码、拼音"))
    count = forms.ChoiceField(required=False, choices=[("all", "")])
    """Asked for: how many there are in all, however long it takes to count them."""

    def __init__(self, data: QueryDict, *, user: User, desk: Desk, drawn: bool = True) -> None:
        super().__init__(data, drawn=drawn)
        if not (drawn or data):
            return
        unset = ("none", pgettext_lazy("class", "未分类"))
        self.offer("klass", _("客户分类"), [*Klass.choices, unset])
        self.offer("region", _("区域"), partial(queries.regions, user, data.get("region", "")))
        self.offer("use", _("用气类型"), GasUse.choices)
        if desk.many_units:
            self.offer("unit", _("单位"), partial(queries.units, user))
        self.offer("filler", _("填报人"), partial(_fillers, user, data.get("unit", "")))
        self.offer("overdue", _("逾期"), [("yes", _("有逾期")), ("no", _("无逾期"))])
        self.offer("state", _("状态"), State.choices)
        self.offer(
            "gap",
            _("缺口"),
            [
                ("no_filler", _("无在岗填报人")),
                ("no_contract", _("无合同")),
                ("no_class", _("未分类")),
                ("ended", _("合同已全部终止")),
            ],
        )


class DutyFilter(Filter):
    """The list of duties."""

    orders: ClassVar[Mapping[str, Order]] = {
        "due": Order("due_on", date.fromisoformat),
        "name": Order("name"),
    }
    q = text(gettext_lazy("客户"), gettext_lazy("名称、简称、信用代码、拼音"))

    def __init__(
        self, data: QueryDict, *, user: User, desk: Desk, today: date, drawn: bool = True
    ) -> None:
        super().__init__(data, drawn=drawn)
        self.offer("state", _("状态"), DutyState.choices)
        every = (EVENT, pgettext_lazy("duties", "随时更新（全部）"))
        self.offer("kind", _("任务"), [*DutyKind.choices, every])
        self.offer("period", _("周期"), partial(periods, today, data.get("period", "")))
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
        for name, label in (("since", _("截止月份自")), ("until", _("截止月份至"))):
            if data.get(name):  # a link of the board says them; nobody misses them else
                self.fields[name] = MonthField(
                    label=label,
                    required=False,
                    widget=forms.Select(
                        attrs={"class": "form-select"},
                        choices=[("", ANY), *((c, c) for c in months(today, data.get(name, "")))],
                    ),
                )
        self.offer("late", _("迟办天数"), Lateness.choices)
        unset = ("none", pgettext_lazy("class", "未分类"))
        self.offer("klass", _("客户分类"), [*Klass.choices, unset])
        if desk.many_units:
            self.offer("unit", _("单位"), partial(queries.units, user))
        self.offer("filler", _("填报人"), partial(_fillers, user, data.get("unit", "")))


class CustomerFilter(Filter):
    """Headquarters' list of customers."""

    orders: ClassVar[Mapping[str, Order]] = {"name": Order("pinyin"), "code": Order("credit_code")}
    q = text(gettext_lazy("客户"), gettext_lazy("名称、简称、信用代码、拼音"))

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        unset = ("none", pgettext_lazy("class", "未分类"))
        self.fields["klass"] = choice(_("集团认定分类"), [*Klass.choices, unset])
        self.fields["shared"] = choice(_("建档单位"), [("yes", _("两个及以上单位"))])
