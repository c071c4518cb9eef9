"""What the lists of originals can be asked."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order
from yihu.originals.rules import Finding, Kind, LoanState, Retention, State


class OriginalFilter(Filter):
    """The register, by place."""

    orders: ClassVar[Mapping[str, Order]] = {
        "shelf": Order("shelf"),
        "title": Order("title"),
        "year": Order("year", int, descending=True),
        "placed": Order("placed_at", datetime.fromisoformat, descending=True),
    }
    q: Any = text(_("查找"), _("编号、题名、合同编号、客户"))
    kind: Any = choice(_("种类"), Kind.choices)
    state: Any = choice(_("状态"), State.choices)
    retention: Any = choice(_("保管期限"), Retention.choices)
    finding: Any = choice(_("盘点结果"), Finding.choices)


OVERDUE = "overdue"


class LoanFilter(Filter):
    """Loans, those due soonest first."""

    orders: ClassVar[Mapping[str, Order]] = {
        "due": Order("due_on", date.fromisoformat),
        "asked": Order("requested_at", datetime.fromisoformat, descending=True),
    }
    state: Any = choice(_("状态"), [*LoanState.choices, (OVERDUE, _("已逾期"))])
    mine: Any = choice(_("借阅人"), [("1", _("只看本人"))])
