"""What the list of reports can be asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.kit.filters import Filter, choice
from yihu.kit.paging import Order
from yihu.supervision.queries import may_choose
from yihu.supervision.rules import Kind, State

GROUP = "group"


class ReportFilter(Filter):
    """Kind, year, state, and for headquarters whose; newest first."""

    orders: ClassVar[Mapping[str, Order]] = {"asked": Order("asked_at", datetime.fromisoformat)}
    kind: Any = choice(_("种类"), Kind.choices)
    state: Any = choice(_("状态"), State.choices)

    def __init__(self, data: QueryDict, *, user: User, year: int) -> None:
        super().__init__(data)
        years = [(f"{one}", f"{one}") for one in range(year, year - 5, -1)]
        self.fields["year"] = choice(_("年份"), years)
        if offered := may_choose(user):
            units = [(f"{unit.pk}", unit.short_name) for unit in offered]
            self.fields["unit"] = choice(_("范围"), [(GROUP, _("集团")), *units])

    def clean_sort(self) -> str:
        return super().clean_sort() if self.cleaned_data["sort"] else "-asked"

    def conditions(self) -> dict[str, Any]:
        """As the rows are asked for them."""
        chosen = self.cleaned_data
        found = {name: chosen[name] for name in ("kind", "state") if chosen.get(name)}
        if chosen.get("year"):
            found["period_start__year"] = int(chosen["year"])
        if chosen.get("unit") == GROUP:
            found["unit"] = None
        elif chosen.get("unit"):
            found["unit"] = int(chosen["unit"])
        return found
