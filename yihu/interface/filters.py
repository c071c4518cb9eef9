"""What the lists of contracts and months can be asked; the others have their pages' filters."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.contracts.choices import Direction, Source
from yihu.desk.desks import Desk
from yihu.desk.filters import MonthField
from yihu.desk.queries import units
from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order


class _OfFiles(Filter):
    """Of which customer, unit and file."""

    q: Any = text(_("客户"), _("名称、简称、信用代码、拼音"))
    dossier: Any = forms.UUIDField(
        label=_("客户档案"),
        required=False,
        error_messages={"invalid": _("不是档案的标识，应取自 dossiers 的 id。")},
    )
    number: Any = forms.CharField(label=_("合同编号"), required=False, max_length=60)

    def __init__(self, data: QueryDict, *, user: User, desk: Desk) -> None:
        super().__init__(data)
        if desk.many_units:
            self.fields["unit"] = choice(_("单位"), partial(units, user))


class ContractFilter(_OfFiles):
    """The list of contracts."""

    orders: ClassVar[Mapping[str, Order]] = {"id": Order("id", UUID)}
    source: Any = choice(_("气源类型"), Source.choices)
    direction: Any = choice(_("购销方向"), Direction.choices)
    on: Any = forms.DateField(
        label=_("有效于"),
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("不是日期，应写成 2026-10-01 这样。")},
    )


class OfftakeFilter(_OfFiles):
    """The list of months."""

    orders: ClassVar[Mapping[str, Order]] = {"key": Order("pk")}
    month: Any = MonthField(label=_("月份"), required=False)
    since: Any = MonthField(label=_("月份自"), required=False)
    until: Any = MonthField(label=_("月份至"), required=False)
