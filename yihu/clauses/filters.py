"""What the map can be asked: unit, risk, whether a clause binds, edition."""

from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.clauses.editions import editions
from yihu.clauses.queries import units
from yihu.clauses.rules import Kind, Risk
from yihu.kit.filters import Filter, choice
from yihu.kit.paging import Order


def _options() -> list[tuple[str, str]]:
    return [(one.code, one.code) for one in editions()]


class MapFilter(Filter):
    """The map itself; it has no order but the document's."""

    orders: ClassVar[dict[str, Order]] = {"number": Order("number")}
    risk: Any = choice(_("应对的风险"), Risk.choices)
    kind: Any = choice(_("类型"), Kind.choices)
    level: Any = choice(_("现状"), [("low", _("不足 80%"))])

    def __init__(self, data: QueryDict, *, user: User) -> None:
        super().__init__(data)
        if seen := units(user):
            self.fields["unit"] = choice(_("单位"), [(str(pk), name) for pk, name in seen])
        if len(_options()) > 1:
            self.fields["edition"] = choice(_("版次"), _options())


class ClauseFilter(Filter):
    """One clause: of which unit its months are."""

    orders: ClassVar[dict[str, Order]] = {"number": Order("number")}

    def __init__(self, data: QueryDict, *, user: User) -> None:
        super().__init__(data)
        if seen := units(user):
            self.fields["unit"] = choice(_("单位"), [(str(pk), name) for pk, name in seen])
        if len(_options()) > 1:
            self.fields["edition"] = choice(_("版次"), _options())


class CompareFilter(forms.Form):
    """Two editions side by side."""

    before = forms.CharField(required=False, max_length=20)
    after = forms.CharField(required=False, max_length=20)
