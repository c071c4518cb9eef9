"""What the register and the list of proposals can be asked."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order
from yihu.risks.choices import Due, Kind, Level, ProposalState, State
from yihu.risks.queries import units
from yihu.risks.rules import RULES


class RemarkFilter(Filter):
    """Customer, kind, level, state, where the next check stands; soonest check first."""

    orders: ClassVar[Mapping[str, Order]] = {
        "check": Order("check_rank", date.fromisoformat),
        "level": Order("level", int),
        "raised": Order("raised_at", datetime.fromisoformat),
    }
    customer: Any = text(_("客户"), _("名称、信用代码、拼音"))
    kind: Any = choice(_("类别"), [(k.value, f"{k.value}）{k.label}") for k in Kind])
    level: Any = choice(_("等级"), Level.choices)
    state: Any = choice(_("状态"), [("standing", _("未解除")), *State.choices])
    due: Any = choice(_("复核"), Due.choices)
    published: Any = choice(_("集团通报"), [("yes", _("已通报"))])

    def __init__(self, data: QueryDict, *, user: User, many_units: bool) -> None:
        super().__init__(data)
        if many_units:
            self.fields["unit"] = choice(_("单位"), units(user))


class ProposalFilter(Filter):
    """Customer, rule, level, state; the highest level first."""

    orders: ClassVar[Mapping[str, Order]] = {
        "level": Order("level", int),
        "found": Order("found_on", date.fromisoformat),
    }
    customer: Any = text(_("客户"), _("名称、信用代码、拼音"))
    rule: Any = choice(_("规则"), [(rule.code, rule.label) for rule in RULES])
    level: Any = choice(_("建议等级"), Level.choices)
    state: Any = choice(_("状态"), ProposalState.choices)

    def clean_sort(self) -> str:
        return super().clean_sort() if self.cleaned_data["sort"] else "-level"

    def __init__(self, data: QueryDict, *, user: User, many_units: bool) -> None:
        super().__init__(data)
        if many_units:
            self.fields["unit"] = choice(_("单位"), units(user))
