"""What the lists of findings, inspections and orders can be asked."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.inspections.choices import Cause, FindingState, Kind, ResultState, Severity, State
from yihu.inspections.queries import units
from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order

STATES = (
    ("standing", _("整改中（含待复核）")),
    ("overdue", _("逾期未整改")),
    *FindingState.choices,
)


class FindingFilter(Filter):
    """State, severity, sort, repeated, customer, inspection; last found first."""

    orders: ClassVar[Mapping[str, Order]] = {
        "found": Order("found_at", datetime.fromisoformat),
        "due": Order("due_rank", date.fromisoformat),
    }
    customer: Any = text(_("客户"), _("名称、信用代码、拼音"))
    state: Any = choice(_("状态"), STATES)
    severity: Any = choice(
        _("严重程度"), [(str(value), label) for value, label in Severity.choices]
    )
    cause: Any = choice(_("问题类型"), Cause.choices)
    repeated: Any = choice(_("重复"), [("yes", _("只看重复出现的"))])

    def clean_sort(self) -> str:
        return super().clean_sort() if self.cleaned_data["sort"] else "-found"

    def __init__(self, data: QueryDict, *, many_units: bool, rounds: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["inspection"] = choice(_("检查"), rounds)
        if many_units:
            offered = [(str(unit.pk), unit.short_name) for unit in units()]
            self.fields["unit"] = choice(_("单位"), offered)


class InspectionFilter(Filter):
    """Kind and state; newest first."""

    orders: ClassVar[Mapping[str, Order]] = {"made": Order("made_at", datetime.fromisoformat)}
    kind: Any = choice(_("种类"), Kind.choices)
    state: Any = choice(_("状态"), State.choices)

    def clean_sort(self) -> str:
        return super().clean_sort() if self.cleaned_data["sort"] else "-made"


class OrderFilter(Filter):
    """Newest first."""

    orders: ClassVar[Mapping[str, Order]] = {"issued": Order("issued_at", datetime.fromisoformat)}

    def clean_sort(self) -> str:
        return super().clean_sort() if self.cleaned_data["sort"] else "-issued"

    def __init__(self, data: QueryDict, *, many_units: bool) -> None:
        super().__init__(data)
        if many_units:
            offered = [(str(unit.pk), unit.short_name) for unit in units()]
            self.fields["unit"] = choice(_("单位"), offered)


class ResultFilter(Filter):
    """What became of it, and of which unit."""

    orders: ClassVar[Mapping[str, Order]] = {"id": Order("id", str)}
    state: Any = choice(_("处理"), ResultState.choices)

    def __init__(self, data: QueryDict, *, many_units: bool) -> None:
        super().__init__(data)
        if many_units:
            offered = [(str(unit.pk), unit.short_name) for unit in units()]
            self.fields["unit"] = choice(_("单位"), offered)
