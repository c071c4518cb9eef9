"""Inspections: the standing plans, a new one, its page, its draw, what each check found."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import scope_of
from yihu.customers.rules import Klass
from yihu.dossiers import marks
from yihu.dossiers.problems import Refused
from yihu.inspections import actions, inspecting, jobs, queries
from yihu.inspections.checks import CHECK, CHECKS
from yihu.inspections.choices import Kind, Method, ResultState, State
from yihu.inspections.draw_book import method_said, recipe
from yihu.inspections.filters import InspectionFilter, ResultFilter
from yihu.inspections.forms import PlanForm
from yihu.inspections.models import Inspection
from yihu.inspections.policy import inspects, leads, may_plan, may_read, own_unit
from yihu.inspections.rules import PLAN, PLANS, period_of
from yihu.inspections.saying import say
from yihu.kit import clock
from yihu.kit.filters import Filter
from yihu.kit.paging import BadCursor, Page, page_of

LASTS = timedelta(days=30)
"""How long a new inspection is to take, until its maker says otherwise."""
ANSWER = timedelta(days=14)
"""What an order leaves at first."""


def person(request: HttpRequest) -> User:
    """Whoever is signed in, who may read of inspections at all."""
    assert isinstance(request.user, User)
    require(may_read(request.user), _("查阅检查与整改的"))
    return request.user


def refuse(request: HttpRequest, problems: list[str]) -> HttpResponse:
    """The page for a filter that is not offered."""
    context = {"problems": problems, "restart": request.path}
    return render(request, "400.html", context, status=400)


def paged(chosen: Filter, rows: Callable[[dict[str, Any]], Any]) -> tuple[Page, int] | None:
    """The page that the filter asks for and the number of all; None with the reason on it."""
    if not chosen.is_valid():
        return None
    data = chosen.cleaned_data
    found = rows(data)
    try:
        page = page_of(found, chosen.order, after=data["after"], before=data["before"])
    except BadCursor:
        chosen.add_error(None, _("翻页位置无法识别。"))
        return None
    return page, found.order_by().count()


def sent(request: HttpRequest) -> list[tuple[BinaryIO, str]]:
    """The files that came with a form."""
    return [
        (cast("BinaryIO", file.file), file.name or "") for file in request.FILES.getlist("file")
    ]


def is_partial(request: HttpRequest) -> bool:
    """Whether the list alone is asked for."""
    return request.headers.get("HX-Request") == "true"


# Lists and a new one -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A standing plan, its last whole period, and the inspection of it if there is one."""

    kind: Kind
    says: str
    start: date
    end: date
    inspection: Inspection | None


@require_GET
@vary_on_headers("HX-Request")
def home(request: HttpRequest) -> HttpResponse:
    """检查与整改: the plans of §6.4.1 and where they stand, what waits, all inspections."""
    user, today = person(request), clock.today()
    chosen = InspectionFilter(request.GET)
    wanted = ("kind", "state")
    found = paged(
        chosen,
        lambda data: queries.inspections(user).filter(
            **{name: data[name] for name in wanted if data[name]}
        ),
    )
    if found is None:
        return refuse(request, chosen.problems())
    partial = is_partial(request)
    return render(
        request,
        "inspections/_list.html" if partial else "inspections/home.html",
        {
            "chosen": chosen,
            "page": found[0],
            "count": found[1],
            "reset": request.path,
            "set_count": chosen.set_count(),
            "partial": partial,
            "tab": "home",
            "plans": [] if partial or not may_plan(user) else _plans(today),
            "own": own_unit(user),
            "work": None if partial else queries.work_of(user, today),
            "supervises": may_plan(user),
        },
    )


def _plans(today: date) -> list[PlanLine]:
    lines = []
    for plan in PLANS:
        span = period_of(plan.kind, today)
        made = queries.of_period(plan.kind, span.start)
        lines.append(PlanLine(plan.kind, str(plan.says), span.start, span.end, made))
    return lines


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """A new inspection, filled in as its standing plan says."""
    user, today = person(request), clock.today()
    if kind not in Kind.values:
        raise Http404
    sort = Kind(kind)
    owner = own_unit(user) if sort == Kind.SELF else None
    require(owner is not None if sort == Kind.SELF else may_plan(user), _("组织检查的"))
    offered = queries.possible_inspectors(owner, today)
    own = owner is not None
    if request.method == "POST":
        form = PlanForm(request.POST, offered=offered, own=own)
        if form.is_valid():
            try:
                made = actions.plan(user, form.content(sort), at=clock.now(), today=today)
            except Refused as why:
                form.add_error(None, str(why))
            else:
                message = _("已制定 %(number)s，尚未抽样；核对后启动。")
                messages.success(request, message % {"number": made.number})
                return redirect("inspections:show", pk=made.pk)
    else:
        form = PlanForm(initial=_initial(sort, user, today), offered=offered, own=own)
    return render(
        request,
        "inspections/new.html",
        {"form": form, "kind": sort, "says": PLAN[sort].says if sort in PLAN else ""},
        status=422 if form.errors else 200,
    )


def _initial(kind: Kind, user: User, today: date) -> dict[str, Any]:
    span = period_of(kind if kind in PLAN else Kind.MONTHLY, today)
    plan = PLAN.get(kind)
    said = {
        Kind.MONTHLY: _("%(year)d 年 %(month)d 月检查"),
        Kind.QUARTERLY: _("%(year)d 年第 %(quarter)d 季度 VIP 客户档案抽查"),
        Kind.YEARLY: _("%(year)d 年度客户档案统查"),
    }.get(kind, "")
    return {
        "name": said
        % {
            "year": span.start.year,
            "month": span.start.month,
            "quarter": (span.start.month + 2) // 3,
        }
        if said
        else "",
        "period_start": span.start,
        "period_end": span.end,
        "cutoff_on": today,
        "begins_on": today,
        "ends_on": today + LASTS,
        "klasses": list(plan.klasses) if plan else [],
        "offtake": plan.offtake if plan else False,
        "method": plan.method if plan else Method.SHARE,
        "amount": plan.amount if plan else 10,
        "minimum": plan.minimum if plan else 2,
        "inspectors": [str(user.pk)],
    }


# One inspection ----------------------------------------------------------------------------------


@require_GET
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What it is, how far it is, what each unit's part came to, what each check found."""
    user, today = person(request), clock.today()
    inspection = queries.one(user, pk)
    mine = queries.findings(user).filter(inspection=inspection)
    done, drawn = queries.progress_of(inspection)
    return render(
        request,
        "inspections/show.html",
        {
            "inspection": inspection,
            "inspectors": list(inspection.inspectors.order_by("username")),
            "klasses": _klasses(inspection),
            "lines": queries.unit_lines(user, inspection, today),
            "checks": queries.check_lines(user, inspection),
            "causes": queries.by_cause(mine),
            "roots": queries.by_root(mine),
            "orders": list(
                queries.orders(user)
                .filter(inspection=inspection)
                .order_by("unit__sort", "unit__code", "issued_at")[:200]
            ),
            "done": done,
            "drawn": drawn,
            "leads": leads(user, inspection),
            "inspects": inspects(user, inspection),
            "due": today + ANSWER,
            "many_units": scope_of(user).everything and inspection.owner_id is None,
            **_progress(inspection),
        },
    )


def _klasses(inspection: Inspection) -> str:
    words = dict(Klass.choices)
    return "、".join(str(words[code]) for code in inspection.klasses)


def _progress(inspection: Inspection) -> dict[str, Any]:
    steps = len(CHECKS) + 1
    frozen = 1 if inspection.population_sha256 else 0
    at = frozen + len(inspection.checks_done)
    following = next((c for c in CHECKS if c.code not in inspection.checks_done), None)
    return {
        "steps": steps,
        "at": at,
        "percent": at * 100 // steps,
        "doing": following.label if frozen and following is not None else _("冻结档案并抽样"),
    }


@require_GET
def progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The fragment that the page asks for while the checks run; done, the page comes anew."""
    inspection = queries.one(person(request), pk)
    answer = render(
        request, "inspections/_progress.html", {"inspection": inspection, **_progress(inspection)}
    )
    if inspection.state != State.RUNNING:
        answer["HX-Refresh"] = "true"
    return answer


def _act(
    request: HttpRequest, pk: UUID, act: Callable[[User, Inspection], Any], done: str
) -> HttpResponse:
    user = person(request)
    inspection = queries.one(user, pk)
    try:
        act(user, inspection)
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, done)
    return redirect("inspections:show", pk=pk)


def _start(pk: UUID) -> None:
    transaction.on_commit(lambda: jobs.check.defer(inspection_id=str(pk)))


@require_POST
def begin(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Freeze, draw and check, by the worker; the page may be left."""

    def act(user: User, inspection: Inspection) -> None:
        seed = secrets.token_hex(16)
        actions.begin(user, inspection, seed=seed, at=clock.now(), today=clock.today())
        _start(pk)

    return _act(request, pk, act, _("已启动：正在冻结档案、抽样和自动检查，可以离开本页。"))


@require_POST
def resume(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What broke off goes on."""

    def act(user: User, inspection: Inspection) -> None:
        actions.resume(user, inspection)
        _start(pk)

    return _act(request, pk, act, _("已继续自动检查。"))


@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Call it off before it begins."""
    return _act(
        request, pk, lambda by, row: actions.cancel(by, row, at=clock.now()), _("已取消这次检查。")
    )


@require_POST
def finish(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End it with a conclusion."""
    words = request.POST.get("conclusion", "")
    return _act(
        request,
        pk,
        lambda by, row: actions.finish(by, row, conclusion=words, at=clock.now()),
        _("检查已结束；已下发的整改继续办理，直至销号。"),
    )


@require_GET
def draw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """抽样记录: method, seed, digests, the sample; `?again=1` draws it again and compares."""
    user = person(request)
    inspection = queries.one(user, pk)
    if not inspection.population_sha256:
        messages.error(request, _("还没有抽样。"))
        return redirect("inspections:show", pk=pk)
    again = None
    if request.GET.get("again") == "1" and (may_plan(user) or inspection.owner_id is not None):
        again = queries.redrawn(inspection)
    rows = list(queries.drawn_of(user, inspection)[:500])
    marks.put(user, rows, file="dossier_id")
    return render(
        request,
        "inspections/draw.html",
        {
            "inspection": inspection,
            "said": method_said(inspection),
            "recipe": recipe(),
            "shares": queries.shares(user, inspection),
            "rows": rows,
            "again": again,
            "draws_again": may_plan(user) or inspection.owner_id is not None,
        },
    )


@require_GET
@vary_on_headers("HX-Request")
def check(request: HttpRequest, pk: UUID, code: str) -> HttpResponse:
    """What one check found, file by file; who inspects takes it over or lets it be."""
    user = person(request)
    inspection = queries.one(user, pk)
    if code not in CHECK:
        raise Http404
    many = scope_of(user).everything and inspection.owner_id is None
    chosen = ResultFilter(request.GET, many_units=many)
    found = paged(
        chosen,
        lambda data: queries.results_of(user, inspection, code).filter(
            **{name: data[name] for name in ("state", "unit") if data.get(name)}
        ),
    )
    if found is None:
        return refuse(request, chosen.problems())
    marks.put(user, [row.subject for row in found[0].rows], file="dossier_id")
    labels = queries.labels_of(inspection)
    partial = is_partial(request)
    return render(
        request,
        "inspections/_results.html" if partial else "inspections/check.html",
        {
            "inspection": inspection,
            "check": CHECK[code],
            "chosen": chosen,
            "page": found[0],
            "count": found[1],
            "lines": [(row, say(code, row.detail, labels)) for row in found[0].rows],
            "reset": request.path,
            "set_count": chosen.set_count(),
            "partial": partial,
            "many_units": many,
            "judges": inspects(user, inspection) and inspection.state == State.OPEN,
            "unit": chosen.cleaned_data.get("unit", ""),
            "waiting": len(
                queries.open_results(user, inspection, code, _unit(chosen.cleaned_data.get("unit")))
            ),
        },
    )


def _unit(given: Any) -> int | None:
    return int(given) if str(given or "").isdigit() else None


@require_POST
def judge(request: HttpRequest, pk: UUID, code: str) -> HttpResponse:
    """Ticked rows, or with `all` every one that waits (of one unit), become findings or not."""
    user = person(request)
    inspection = queries.one(user, pk)
    if code not in CHECK:
        raise Http404
    if request.POST.get("all"):
        keys = queries.open_results(user, inspection, code, _unit(request.POST.get("unit")))
    else:
        known = queries.results_of(user, inspection, code).filter(state=ResultState.OPEN)
        ticked = [key for key in request.POST.getlist("result") if _is_key(key)]
        keys = list(known.filter(pk__in=ticked).values_list("pk", flat=True))
    try:
        if request.POST.get("act") == "dismiss":
            reason = request.POST.get("reason", "")
            number = inspecting.dismiss(user, inspection, keys, reason=reason, at=clock.now())
            said = _("已注明 %(n)d 项不列为问题。") % {"n": number}
        else:
            number = inspecting.accept(user, inspection, keys, at=clock.now())
            said = _("已将 %(n)d 项列为问题。") % {"n": number}
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, said)
        if left := len(keys) - number:
            messages.warning(
                request, _("另有 %(n)d 份档案由您填报或审核，应由他人处理。") % {"n": left}
            )
    return redirect(reverse("inspections:check", kwargs={"pk": pk, "code": code}))


def _is_key(given: str) -> bool:
    try:
        UUID(given)
    except ValueError:
        return False
    return True
