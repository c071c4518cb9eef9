"""The lists as their pages find them: the same doors, filters, queries and masks (§6.3.1, 5.5).

What a page tells of one file at a time (prices, amounts) a list tells of one file at a time: under
the condition `dossier`, where it counts as a reading and stands in the log as one.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import reach
from yihu.desk import boards
from yihu.desk import queries as desk
from yihu.desk.desks import desk_of
from yihu.desk.filters import CustomerFilter, DossierFilter, DutyFilter
from yihu.disclosure.queries import view_of
from yihu.dossiers.models import Dossier
from yihu.interface import parts, queries
from yihu.interface.asking import Asked, bad_place, checked
from yihu.interface.filters import ContractFilter, OfftakeFilter
from yihu.kit.clock import now
from yihu.kit.filters import Filter
from yihu.kit.paging import BadCursor, Page, page_by_key, page_of
from yihu.risks import queries as risks
from yihu.risks.filters import RemarkFilter
from yihu.risks.policy import may_look


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of a list: its lines, where the next begins ("" for nowhere), and under what it was
    asked for. `hidden`: fields that are not told; `file`: the one file that it is about.
    """

    lines: Sequence[Any]
    after: str
    chosen: Filter
    hidden: Collection[str] = ()
    file: Dossier | None = None


@dataclass(frozen=True, slots=True)
class List:
    """A list: what it tells of a row, what the log calls its rows, and how they are found."""

    parts: parts.Parts
    label: str
    find: Callable[[User, Asked, date], Shown]
    words: str = field(default="q")
    """The condition that holds what somebody typed."""


def _page(rows: Any, chosen: Filter, asked: Asked) -> Page:
    try:
        return page_of(rows, chosen.order, after=chosen.cleaned_data["after"], size=asked.limit)
    except BadCursor:
        raise bad_place() from None


def _dossiers(user: User, asked: Asked, today: date) -> Shown:
    seat = desk_of(user)
    require(seat.reads_customers, _("查阅客户档案"))
    chosen = DossierFilter(asked.given, user=user, desk=seat, drawn=False)
    rows = desk.narrowed(user, checked(chosen), today)
    page = _page(rows.values_list("pk", chosen.order.field, named=True), chosen, asked)
    return Shown(queries.told([row.pk for row in page.rows]), page.after, chosen)


def _customers(user: User, asked: Asked, _today: date) -> Shown:
    require(desk_of(user).supervises, _("查阅集团客户总览"))
    chosen = CustomerFilter(asked.given)
    page = _page(desk.customers(checked(chosen), user), chosen, asked)
    return Shown(desk.customer_lines(user, page.rows), page.after, chosen)


def _contracts(user: User, asked: Asked, _today: date) -> Shown:
    seat = desk_of(user)
    require(seat.reads_customers, _("查阅客户档案"))
    chosen = ContractFilter(asked.given, user=user, desk=seat)
    given = checked(chosen)
    page = _page(queries.contracts(user, given), chosen, asked)
    return _masked(user, page, chosen, given["dossier"])


def _offtake(user: User, asked: Asked, _today: date) -> Shown:
    seat = desk_of(user)
    require(seat.reads_customers, _("查阅客户档案"))
    chosen = OfftakeFilter(asked.given, user=user, desk=seat)
    given = checked(chosen)
    try:
        page = page_by_key(queries.offtake(user, given), after=given["after"], size=asked.limit)
    except BadCursor:
        raise bad_place() from None
    return _masked(user, page, chosen, given["dossier"])


def _masked(user: User, page: Page, chosen: Filter, of: UUID | None) -> Shown:
    file = reach(Dossier.objects.all(), user, pk=of) if of is not None else None
    told = file is not None and view_of(user, file, now()).prices
    return Shown(page.rows, page.after, chosen, () if told else parts.MASKED, file)


def _duties(user: User, asked: Asked, today: date) -> Shown:
    seat = desk_of(user)
    require(seat.owes, _("查阅更新任务"))
    chosen = DutyFilter(asked.given, user=user, desk=seat, today=today, drawn=False)
    page = _page(boards.duties(user, checked(chosen), today), chosen, asked)
    return Shown(boards.duty_lines(page.rows, today), page.after, chosen)


def _risks(user: User, asked: Asked, today: date) -> Shown:
    require(may_look(user), _("查阅风险备注"))
    chosen = RemarkFilter(asked.given, user=user, many_units=risks.many_units(user))
    page = _page(risks.register(user, checked(chosen), today), chosen, asked)
    return Shown(page.rows, page.after, chosen)


LISTS = {
    "dossiers": List(parts.DOSSIER, "dossiers.dossier", _dossiers),
    "customers": List(parts.CUSTOMER, "customers.customer", _customers),
    "contracts": List(parts.CONTRACT, "contracts.contract", _contracts),
    "offtake": List(parts.OFFTAKE, "contracts.offtake", _offtake),
    "duties": List(parts.DUTY, "duties.duty", _duties),
    "risks": List(parts.RISK, "risks.remark", _risks, words="customer"),
}
