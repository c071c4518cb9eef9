"""The register of visits, follow-ups, needs across customers, and the yearly plan."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import scope_of
from yihu.audit import actions as audit
from yihu.customers.rules import Klass
from yihu.dossiers import marks
from yihu.dossiers.problems import Refused
from yihu.kit import clock
from yihu.kit.filters import Filter, Head, head
from yihu.kit.paging import BadCursor, Order, Page, page_of
from yihu.org.models import OrgUnit
from yihu.visits import actions, queries
from yihu.visits.filters import FollowupFilter, NeedFilter, VisitFilter
from yihu.visits.policy import may_begin, may_move, may_plan, may_read, may_take_out
from yihu.visits.rules import ESCALATION, MOST_A_YEAR

BY_NAME = Order("pinyin")
YEARS = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class List:
    """A page of rows under a filter that was valid."""

    chosen: Filter
    page: Page
    count: int
    many_units: bool


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _many(user: User) -> bool:
    scope = scope_of(user)
    return scope.everything or len(scope.own_ids) > 1


def _refuse(request: HttpRequest, problems: Sequence[str], restart: str) -> HttpResponse:
    context = {"problems": problems, "restart": reverse(restart)}
    return render(request, "400.html", context, status=400)


def _listed(
    request: HttpRequest, kind: Any, rows_of: Callable[[dict[str, Any]], Any], home: str
) -> List | HttpResponse:
    """The list as asked for, or the page that says what was wrong with the question."""
    user = _person(request)
    require(may_read(user), _("查阅客户访谈"))
    many = _many(user)
    chosen = kind(request.GET, user=user, many_units=many)
    if chosen.is_valid():
        data = chosen.cleaned_data
        rows = rows_of(data)
        try:
            page = page_of(rows, chosen.order, after=data["after"], before=data["before"])
        except BadCursor:
            chosen.add_error(None, _("翻页位置无法识别。"))
        else:
            marks.put(user, [row.dossier for row in page.rows])
            return List(chosen, page, rows.count(), many)
    return _refuse(request, chosen.problems(), home)


def _shown(
    request: HttpRequest, found: List, name: str, heads: dict[str, Head], **more: Any
) -> HttpResponse:
    partial = request.headers.get("HX-Request") == "true"
    return render(
        request,
        f"visits/_{name}.html" if partial else f"visits/{name}.html",
        {
            "chosen": found.chosen,
            "page": found.page,
            "count": found.count,
            "many_units": found.many_units,
            "partial": partial,
            "reset": request.path,
            "set_count": found.chosen.set_count(),
            "takes": may_take_out(_person(request)),
            "heads": heads,
            "today": clock.today(),
            **more,
        },
    )


@require_GET
@vary_on_headers("HX-Request")
def register(request: HttpRequest) -> HttpResponse:
    """客户访谈: the visits in reach under filters, paged by key."""
    user = _person(request)
    found = _listed(
        request, VisitFilter, lambda data: queries.register(user, data), "visits:register"
    )
    if isinstance(found, HttpResponse):
        return found
    if words := found.chosen.cleaned_data["q"]:
        audit.searched(user, "visits.visit", words, hits=found.count)
    return _shown(
        request,
        found,
        "register",
        {"day": head(found.chosen, "day", _("日期"))},
        begins=may_begin(user),
        tally=queries.tally_of(user, clock.today()),
    )


@require_GET
@vary_on_headers("HX-Request")
def followups(request: HttpRequest) -> HttpResponse:
    """跟进事项: mine, my unit's, what is late, what went up to me."""
    user, today = _person(request), clock.today()
    found = _listed(
        request, FollowupFilter, lambda data: queries.followups(user, data, today),
        "visits:followups",
    )  # fmt: skip
    if isinstance(found, HttpResponse):
        return found
    return _shown(
        request,
        found,
        "followups",
        {"due": head(found.chosen, "due", _("期限"))},
        lines=[(row, row.late_days(today)) for row in found.page.rows],
        steps=[(step.days, step.role.label) for step in ESCALATION],
        tally=queries.tally_of(user, today),
    )


@require_GET
@vary_on_headers("HX-Request")
def needs(request: HttpRequest) -> HttpResponse:
    """客户诉求: what customers asked for, across them all."""
    user = _person(request)
    found = _listed(request, NeedFilter, lambda data: queries.needs(user, data), "visits:needs")
    if isinstance(found, HttpResponse):
        return found
    return _shown(
        request,
        found,
        "needs",
        {"heard": head(found.chosen, "heard", _("听取日期"))},
        lines=[(row, may_move(user, row)) for row in found.page.rows],
    )


# The yearly plan ---------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest) -> HttpResponse:
    """走访计划: by class, how many visits a year; planned against held."""
    user = _person(request)
    require(may_read(user), _("查阅客户访谈"))
    offered = queries.units(user)
    if not offered:
        raise Http404
    today = clock.today()
    asked = request.POST if request.method == "POST" else request.GET
    own = str(user.staff.unit_id) if user.staff is not None else ""
    keys = [key for key, _name in offered]
    wanted = asked.get("unit") or (own if own in keys else keys[0])
    if wanted not in keys:
        raise BadRequest(_("没有这个单位，请从列表中选择。"))
    given = asked.get("year") or str(today.year)
    if not given.isdecimal() or int(given) not in YEARS:
        raise BadRequest(_("年度应写成 2026 这样。"))
    unit_id, year = int(wanted), int(given)
    if request.method == "POST":
        unit = OrgUnit.objects.get(pk=unit_id)
        try:
            actions.set_quotas(user, unit, year=year, visits=_quotas(request.POST), at=clock.now())
        except Refused as why:
            messages.error(request, str(why))
        else:
            messages.success(request, _("走访计划已保存。"))
        return redirect(f"{reverse('visits:plan')}?unit={unit_id}&year={year}")
    rows = queries.lagging(user, unit_id, year)
    try:
        page = page_of(
            rows, BY_NAME, after=request.GET.get("after", ""), before=request.GET.get("before", "")
        )
    except BadCursor as why:
        raise BadRequest(_("翻页位置无法识别。")) from why
    marks.put(user, page.rows)
    return render(
        request,
        "visits/plan.html",
        {
            "units": offered,
            "unit": wanted,
            "year": year,
            "years": range(today.year + 1, today.year - 4, -1),
            "lines": queries.plan_lines(user, unit_id, year),
            "page": page,
            "count": rows.count(),
            "plans": may_plan(user, unit_id),
            "most": MOST_A_YEAR,
            "reset": request.path,
        },
    )


def _quotas(given: Any) -> dict[str, int]:
    """The numbers of the form; -1 for what is none, which the action refuses."""
    said = {klass.value: given.get(klass.value, "") for klass in Klass}
    return {klass: int(n) if n.isdecimal() and len(n) < 4 else -1 for klass, n in said.items()}
