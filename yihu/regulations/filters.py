"""What the library can be asked."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order
from yihu.regulations.choices import Level, Standing
from yihu.regulations.queries import units


class RegulationFilter(Filter):
    """Words, whose it is, what it is worth today; the newest first."""

    orders: ClassVar[Mapping[str, Order]] = {
        "effective": Order("effective_on", date.fromisoformat),
        "number": Order("number"),
    }
    q: Any = text(_("文字"), _("编号、名称、摘要或文件中的文字"))
    level: Any = choice(_("层级"), Level.choices)
    state: Any = choice(_("效力"), Standing.choices)

    def clean_sort(self) -> str:
        return super().clean_sort() if self.cleaned_data["sort"] else "-effective"

    def __init__(self, data: QueryDict, *, user: User) -> None:
        super().__init__(data)
        self.fields["unit"] = choice(_("制定单位"), units(user))
