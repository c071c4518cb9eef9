"""What the list of points written down can be asked."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.assessment.choices import EntryKind
from yihu.assessment.queries import units
from yihu.kit.filters import Filter, choice
from yihu.kit.paging import Order


class EntryFilter(Filter):
    """Sort and unit; the latest first."""

    orders: ClassVar[Mapping[str, Order]] = {"happened": Order("happened_on", date.fromisoformat)}
    kind: Any = choice(_("种类"), EntryKind.choices)

    def clean_sort(self) -> str:
        return super().clean_sort() if self.cleaned_data["sort"] else "-happened"

    def __init__(self, data: QueryDict, *, many_units: bool) -> None:
        super().__init__(data)
        if many_units:
            offered = [(str(unit.pk), unit.short_name) for unit in units()]
            self.fields["unit"] = choice(_("单位"), offered)
