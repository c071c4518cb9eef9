"""What the lists of visits, follow-ups and needs can be asked."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order
from yihu.visits.choices import (
    FollowupState,
    Kind,
    Level,
    NeedKind,
    NeedState,
    Priority,
    Side,
    State,
    Topic,
)
from yihu.visits.queries import units


def day(label: Any) -> forms.DateField:
    """A day as 2026-11-05."""
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("日期应写成 2026-11-05 这样。")},
    )


class _OfUnits(Filter):
    """With the choice of a unit, for who sees many."""

    first: ClassVar[str]

    def clean_sort(self) -> str:
        return super().clean_sort() if self.cleaned_data["sort"] else self.first

    def __init__(self, data: QueryDict, *, user: User, many_units: bool) -> None:
        super().__init__(data)
        if many_units:
            self.fields["unit"] = choice(_("单位"), units(user))


class VisitFilter(_OfUnits):
    """The register: newest first."""

    first = "-day"
    orders: ClassVar[Mapping[str, Order]] = {"day": Order("day", date.fromisoformat)}
    q: Any = text(_("文字"), _("目的、纪要、市场与竞争信息"))
    customer: Any = text(_("客户"), _("名称、信用代码、拼音"))
    state: Any = choice(_("状态"), State.choices)
    kind: Any = choice(_("形式"), Kind.choices)
    level: Any = choice(_("层级"), Level.choices)
    topic: Any = choice(_("议题"), Topic.choices)
    followups: Any = choice(_("跟进事项"), [("open", _("有未办结的"))])
    since: Any = day(_("日期自"))
    until: Any = day(_("日期至"))


class FollowupFilter(_OfUnits):
    """Follow-ups: the soonest due first."""

    first = "due"
    orders: ClassVar[Mapping[str, Order]] = {"due": Order("due_on", date.fromisoformat)}
    whose: Any = choice(_("范围"), [("mine", _("我负责的"))])
    state: Any = choice(
        _("状态"),
        [
            ("open", _("未办结")),
            ("late", _("逾期")),
            ("escalated", _("上报给我的")),
            *FollowupState.choices,
        ],
    )
    customer: Any = text(_("客户"), _("名称、信用代码、拼音"))
    side: Any = choice(_("谁的承诺"), Side.choices)


class NeedFilter(_OfUnits):
    """Needs across customers: the last heard first."""

    first = "-heard"
    orders: ClassVar[Mapping[str, Order]] = {"heard": Order("heard_on", date.fromisoformat)}
    customer: Any = text(_("客户"), _("名称、信用代码、拼音"))
    state: Any = choice(_("状态"), NeedState.choices)
    category: Any = choice(_("类别"), NeedKind.choices)
    priority: Any = choice(_("优先级"), Priority.choices)
    since: Any = day(_("听取日期自"))
    until: Any = day(_("听取日期至"))
