"""What the lists of segments, their customers and suggestions can be asked."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.care.choices import SuggestionState
from yihu.care.facts import PROVINCES
from yihu.care.policy import may_evaluate, sees_group
from yihu.care.queries import UNPRICED, klass_options, rule_options, units
from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order


class ByUnit(Filter):
    """With the unit, for those who see several."""

    def __init__(self, data: QueryDict, *, user: User) -> None:
        super().__init__(data)
        if sees_group(user):
            self.fields["unit"] = choice(_("单位"), units(user))


class SegmentFilter(ByUnit):
    """Words of the name, whose it is; by name."""

    orders: ClassVar[Mapping[str, Order]] = {
        "name": Order("name"),
        "changed": Order("changed_at", datetime.fromisoformat),
    }
    q: Any = text(_("名称"), _("客群名称"))
    owner: Any = choice(_("制定"), [("group", _("集团")), ("unit", _("单位"))])
    state: Any = choice(_("状态"), [("retired", _("已停用"))])


class MemberFilter(ByUnit):
    """Customer, class, province, whether visits lag; by class."""

    orders: ClassVar[Mapping[str, Order]] = {
        "klass": Order("klass_rank", int),
        "name": Order("pinyin"),
        "opened": Order("opened_on", date.fromisoformat),
    }
    customer: Any = text(_("客户"), _("名称、信用代码、拼音"))
    klass: Any = choice(_("客户分类"), klass_options())
    province: Any = choice(_("省份"), PROVINCES)

    def __init__(self, data: QueryDict, *, user: User) -> None:
        super().__init__(data, user=user)
        served = [("lagging", _("访谈落后于进度"))]
        if may_evaluate(user, UNPRICED):
            served.append(("unpriced", _("未享优惠价格")))
        self.fields["care"] = choice(_("服务"), served)


class SuggestionFilter(ByUnit):
    """Customer, kind, class, whose, state; the newest first."""

    orders: ClassVar[Mapping[str, Order]] = {"found": Order("found_on", date.fromisoformat)}
    customer: Any = text(_("客户"), _("名称、信用代码、拼音"))
    rule: Any = choice(_("类型"), rule_options())
    klass: Any = choice(_("客户分类"), klass_options())
    mine: Any = choice(_("档案"), [("mine", _("我填报的"))])
    state: Any = choice(_("状态"), SuggestionState.choices)

    def clean_sort(self) -> str:
        return super().clean_sort() if self.cleaned_data["sort"] else "-found"
