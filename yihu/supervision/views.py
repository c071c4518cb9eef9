"""监督报告: the list, a new one, its figures on screen, and when they come by themselves."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from yihu.access.models import User
from yihu.access.policy import require
from yihu.dossiers.problems import Refused
from yihu.kit import clock
from yihu.kit.paging import BadCursor, page_of
from yihu.org.models import OrgUnit
from yihu.supervision import actions, jobs, queries
from yihu.supervision.filters import ReportFilter
from yihu.supervision.forms import MakeForm, ScheduleForm
from yihu.supervision.models import Report, Schedule
from yihu.supervision.paper import plain, sheet_of
from yihu.supervision.policy import may_arrange, may_make, may_read, own_unit
from yihu.supervision.rules import (
    FIRST_DAY,
    TO_GROUP,
    UNDER_WAY,
    Kind,
    State,
    due_on,
    last_period,
    period_said,
    periods,
    running_period,
)


def _reader(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    require(may_read(request.user), _("查阅监督报告的"))
    return request.user


def _kind(code: str) -> Kind:
    if code not in Kind.values:
        raise Http404
    return Kind(code)


def _partial(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


# The list ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A report as the list says it."""

    report: Report
    period: str

    @property
    def under_way(self) -> bool:
        return self.report.state in UNDER_WAY


@dataclass(frozen=True, slots=True)
class Offer:
    """A kind's last period that is over: what one click makes."""

    kind: Kind
    period: str
    start: str


@require_GET
@vary_on_headers("HX-Request")
def home(request: HttpRequest) -> HttpResponse:
    """Every report in reach, and the three that one click makes."""
    user, today = _reader(request), clock.today()
    chosen = ReportFilter(request.GET, user=user, year=today.year)
    if chosen.is_valid():
        rows = queries.reports(user).filter(**chosen.conditions())
        data = chosen.cleaned_data
        try:
            page = page_of(rows, chosen.order, after=data["after"], before=data["before"])
        except BadCursor:
            chosen.add_error(None, _("翻页位置无法识别。"))
    if chosen.errors:
        context = {"problems": chosen.problems(), "restart": request.path}
        return render(request, "400.html", context, status=400)
    partial = _partial(request)
    makes = _makes(user)
    return render(
        request,
        "supervision/_list.html" if partial else "supervision/home.html",
        {
            "chosen": chosen,
            "page": page,
            "lines": [
                Line(row, period_said(Kind(row.kind), row.period_start)) for row in page.rows
            ],
            "count": rows.order_by().count(),
            "reset": request.path,
            "set_count": chosen.set_count(),
            "partial": partial,
            "offers": [] if partial or not makes else [_offer(kind, today) for kind in Kind],
            "many_units": bool(queries.may_choose(user)),
            "arranges": may_arrange(user),
        },
    )


def _makes(user: User) -> bool:
    own = own_unit(user)
    return may_make(user, own.pk if own else None)


def _offer(kind: Kind, today: date) -> Offer:
    span = last_period(kind, today)
    return Offer(kind, period_said(kind, span.start), f"{span.start}")


# A new one ---------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def make(request: HttpRequest, kind: str) -> HttpResponse:
    """Choose a period and whose; or by one click the last period of the group or the own unit."""
    user, today = _reader(request), clock.today()
    sort = _kind(kind)
    require(_makes(user), _("编制监督报告的"))
    units = queries.may_choose(user)
    form = MakeForm(request.POST or None, kind=sort, today=today, units=units)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            row = actions.ask(
                user, sort, date.fromisoformat(chosen["period"]),
                _chosen_unit(user, units, chosen.get("unit", "")), at=clock.now(), today=today,
            )  # fmt: skip
        except Refused as why:
            form.add_error(None, str(why))
        else:
            transaction.on_commit(lambda: jobs.begin(row))
            messages.success(request, _("开始生成 %(number)s。") % {"number": row.number})
            return redirect("supervision:show", pk=row.pk)
    return render(
        request,
        "supervision/make.html",
        {"form": form, "kind": sort},
        status=422 if form.errors else 200,
    )


def _chosen_unit(user: User, units: list[OrgUnit], chosen: str) -> OrgUnit | None:
    if units:
        return next((unit for unit in units if f"{unit.pk}" == chosen), None)
    return own_unit(user)


# One report --------------------------------------------------------------------------------------


@require_GET
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The figures as they stand on paper, chapter by chapter, and both forms to take."""
    user = _reader(request)
    row = queries.one(user, pk)
    sheet = None if row.figures is None else sheet_of(row, row.figures)
    return render(
        request,
        "supervision/show.html",
        {
            "report": row,
            "period": period_said(Kind(row.kind), row.period_start),
            "sheet": sheet,
            "chapters": [] if sheet is None else plain(sheet),
            "ready": row.state == State.READY,
            "makes": may_make(user, row.unit_id),
            **_standing(row),
        },
    )


@require_GET
def progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far it is; the page turns to the report once it is there."""
    row = queries.one(_reader(request), pk)
    answer = render(request, "supervision/_progress.html", {"report": row, **_standing(row)})
    if row.state not in UNDER_WAY:
        answer["HX-Refresh"] = "true"
    return answer


def _standing(row: Report) -> dict[str, Any]:
    steps = len(queries.PARTS)
    return {
        "under_way": row.state in UNDER_WAY, "failed": row.state == State.FAILED,
        "steps": steps, "percent": row.step * 100 // steps,
    }  # fmt: skip


# By themselves -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """A kind's schedule as the page sets it."""

    kind: Kind
    form: ScheduleForm
    row: Schedule | None
    next_on: date | None
    last: Report | None


@require_GET
def schedule(request: HttpRequest) -> HttpResponse:
    """Which kinds come by themselves, on which day, to whom."""
    user = _reader(request)
    require(may_arrange(user), _("设置监督报告计划的"))
    return _schedule_page(request)


@require_POST
def arrange(request: HttpRequest, kind: str) -> HttpResponse:
    """Set one of them."""
    user = _reader(request)
    require(may_arrange(user), _("设置监督报告计划的"))
    sort = _kind(kind)
    form = ScheduleForm(request.POST, prefix=sort.value)
    if form.is_valid():
        try:
            actions.arrange(user, sort, **form.cleaned_data, at=clock.now(), today=clock.today())
        except Refused as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, _("已保存%(kind)s的计划。") % {"kind": sort.label})
            return redirect("supervision:schedule")
    return _schedule_page(request, {sort: form}, status=422)


def _schedule_page(
    request: HttpRequest, given: dict[Kind, ScheduleForm] | None = None, status: int = 200
) -> HttpResponse:
    rows, last, today = queries.schedules(), queries.last_scheduled(), clock.today()
    plans = []
    for kind in Kind:
        row = rows.get(kind.value)
        first = {"running": False, "day": FIRST_DAY, "roles": [role.value for role in TO_GROUP]}
        if row is not None:
            first = {"running": row.running, "day": row.day, "roles": row.roles}
        form = (given or {}).get(kind) or ScheduleForm(initial=first, prefix=kind.value)
        coming = None
        if row is not None and row.running:
            coming = _coming(kind, row, today)
        plans.append(Plan(kind, form, row, coming, last.get(kind.value)))
    return render(request, "supervision/schedule.html", {"plans": plans}, status=status)


def _coming(kind: Kind, row: Schedule, today: date) -> date:
    """The next day on which it is due; today where it is due and not made yet."""
    there = {start for start, _unit in queries.scheduled(kind)}
    for span in periods(kind, today):
        due = due_on(span, row.day)
        if due >= today or (due >= row.since and span.start not in there):
            return due
        break
    return due_on(running_period(kind, today), row.day)
