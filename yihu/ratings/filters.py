"""What the lists of a round can be asked."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.customers.rules import Klass
from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order
from yihu.ratings.models import RatingRound, Verdict
from yihu.ratings.queries import NONE, matrix, units
from yihu.ratings.rules import Definition, Moved

YES = [("yes", _("是"))]


class ScoreFilter(Filter):
    """Customer, unit, grades now and before, which way it moved, class; the best first."""

    orders: ClassVar[Mapping[str, Order]] = {
        "score": Order("score", Decimal),
        "rise": Order("rise", Decimal),
    }
    q: Any = text(_("客户"), _("名称、信用代码、拼音"))
    unit: Any = forms.ChoiceField()
    grade: Any = forms.ChoiceField()
    was: Any = forms.ChoiceField()
    moved: Any = choice(_("变动"), Moved.choices)
    klass: Any = choice(_("建议分类"), Klass.choices)
    crossing: Any = choice(_("分类有变"), YES)

    def clean_sort(self) -> str:
        return super().clean_sort() if self.cleaned_data["sort"] else "-score"

    def __init__(
        self, data: QueryDict, *, user: User, definition: Definition, before: list[str]
    ) -> None:
        super().__init__(data)
        grades = [band.grade for band in definition.bands]
        others = [name for name in before if name and name not in grades]
        known = [(name, name) for name in [*grades, *others]]
        self.fields["unit"] = choice(_("单位"), units(user))
        self.fields["grade"] = choice(_("等级"), [(name, name) for name in grades])
        self.fields["was"] = choice(_("上次等级"), [*known, (NONE, _("无"))])


def score_filter(
    data: QueryDict, user: User, rating: RatingRound, definition: Definition
) -> ScoreFilter:
    """The filter of that round's scores: its grades, and those that its files had before."""
    names = [band.grade for band in definition.bands]
    before = [name for name, _cells in matrix(rating, names)]
    return ScoreFilter(data, user=user, definition=definition, before=before)


class JudgeFilter(Filter):
    """Which files a judge judges next."""

    orders: ClassVar[Mapping[str, Order]] = {"number": Order("number")}
    q: Any = text(_("客户"), _("名称、信用代码、拼音"))
    klass: Any = choice(_("现分类"), Klass.choices)
    left: Any = choice(_("未评完"), YES)

    def __init__(self, data: QueryDict, *, user: User, many_units: bool) -> None:
        super().__init__(data)
        if many_units:
            self.fields["unit"] = choice(_("单位"), units(user))


class ProposalFilter(Filter):
    """Which proposals of classes: those that wait, from which class to which."""

    orders: ClassVar[Mapping[str, Order]] = {"score": Order("score", Decimal)}
    verdict: Any = choice(_("认定"), Verdict.choices)
    now: Any = choice(_("现分类"), Klass.choices)
    klass: Any = choice(_("建议分类"), Klass.choices)

    def clean_sort(self) -> str:
        return super().clean_sort() if self.cleaned_data["sort"] else "-score"
