"""What the list of reports can be asked."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils.dateparse import parse_duration
from django.utils.translation import gettext_lazy as _

from yihu.helpdesk.choices import State
from yihu.kit.filters import Filter, choice
from yihu.kit.paging import Order
from yihu.org.models import OrgUnit


class ReportFilter(Filter):
    """How it stands, whose people; the newest first."""

    orders: ClassVar[Mapping[str, Order]] = {"at": Order("at", datetime.fromisoformat)}
    state: Any = choice(_("状态"), State.choices)
    unit: Any = choice(_("单位"), [])

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        names = OrgUnit.objects.order_by("code").values_list("pk", "short_name")
        shown: Any = self.fields["unit"]
        shown.choices = [*shown.choices, *((str(pk), name) for pk, name in names)]

    def clean_sort(self) -> str:
        return super().clean_sort() if self.cleaned_data["sort"] else "-at"


def _turn(said: str) -> timedelta:
    """A place on ITC's list, as a cursor says it. Raises: ValueError."""
    found = parse_duration(said)
    if found is None:
        raise ValueError(said)
    return found


class DeskFilter(ReportFilter):
    """The same for ITC: the unanswered first, the oldest on top."""

    orders: ClassVar[Mapping[str, Order]] = {"turn": Order("turn", _turn), **ReportFilter.orders}

    def clean_sort(self) -> str:
        return Filter.clean_sort(self)
