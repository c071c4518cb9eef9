"""Assessments, their places, a unit's lines down to what was counted, objections (§6.4.2)."""

from decimal import Decimal, InvalidOperation
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
from yihu.assessment import actions, behind, jobs, queries, rules, showing
from yihu.assessment.choices import TOLD, State, Verdict
from yihu.assessment.filters import EntryFilter
from yihu.assessment.forms import EntryForm
from yihu.assessment.models import Assessment
from yihu.assessment.policy import may_assess, may_judge, may_object, may_read
from yihu.assessment.rules import Measure
from yihu.assessment.sources import SOURCE
from yihu.dossiers.problems import Refused
from yihu.kit import clock
from yihu.kit.paging import BadCursor, page_of
from yihu.org.models import OrgUnit

SIZE = 50
ACTS = ("compute", "anew", "publish", "final", "drop")


def person(request: HttpRequest) -> User:
    """Whoever is signed in and reads assessments at all. Raises: Denied."""
    assert isinstance(request.user, User)
    require(may_read(request.user), _("查阅单位考核的"))
    return request.user


def assesses(request: HttpRequest) -> User:
    """Raises: Denied."""
    user = person(request)
    require(may_assess(user), _("组织单位考核的"))
    return user


def _own(user: User) -> OrgUnit | None:
    """The unit whose lines the person may see as one of its people."""
    if user.staff is None or user.staff.unit_id not in scope_of(user).own_ids:
        return None
    return user.staff.unit


# Assessments -------------------------------------------------------------------------------------


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """单位考核: the periods, the editions of the scheme, what can be assessed next."""
    user = person(request)
    head = may_assess(user)
    rows = list(queries.assessments(user)[:60])
    waits = queries.objections_waiting([row.pk for row in rows]) if head else {}
    today = clock.today()
    return render(
        request,
        "assessment/home.html",
        {
            "tab": "home",
            "head": head,
            "lines": [
                (row, rules.label(row.year, row.period), waits.get(row.pk, 0)) for row in rows
            ],
            "schemes": queries.schemes(user),
            "in_force": queries.scheme_in_force(today),
            "drafting": head and queries.draft_scheme() is not None,
            "periods": [
                (f"{year}-{code}", rules.label(year, code))
                for year, code in (queries.next_periods(today) if head else [])
            ],
        },
    )


@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """发起考核: the period from the list; freezing and computing begin at once."""
    user = assesses(request)
    year, _dash, code = request.POST.get("period", "").partition("-")
    try:
        made = actions.open_assessment(
            user,
            year=int(year) if year.isdecimal() else 0,
            period=code,
            at=clock.now(),
            today=clock.today(),
        )
        _queue(actions.ask_to_compute(user, made.pk, at=clock.now()))
    except Refused as why:
        messages.error(request, str(why))
        return redirect("assessment:home")
    return redirect("assessment:show", assessment=made.pk)


def _queue(held: Assessment) -> None:
    key = str(held.pk)
    transaction.on_commit(lambda: jobs.compute.defer(assessment_id=key))


@require_GET
def show(request: HttpRequest, assessment: UUID) -> HttpResponse:
    """One period: places, trend, objections, and what headquarters does next."""
    user, today = person(request), clock.today()
    held = queries.one(user, assessment)
    head, own = may_assess(user), _own(user)
    places = queries.standings(held)
    named = [(one.unit.pk, one.unit.short_name) for one in places]
    shown = named[:5] if own is None else [pair for pair in named if pair[0] == own.pk]
    objections = list(queries.objections(user, held)[:100])
    waiting = sum(one.verdict == Verdict.WAITING for one in objections)
    return render(
        request,
        "assessment/show.html",
        {
            "held": held,
            "label": rules.label(held.year, held.period),
            "head": head,
            "own": own,
            "places": places,
            "chart": showing.trend(held, shown) if held.computed_at else None,
            "objections": [(one, _line_name(one.line.code)) for one in objections],
            "waiting": waiting,
            "told": held.state in TOLD,
            "superseded": head and queries.is_superseded(held),
            "over": held.objections_until is not None and today > held.objections_until,
        },
    )


def _line_name(code: str) -> str:
    return str(SOURCE[code].name) if code in SOURCE else code


@require_GET
def progress(request: HttpRequest, assessment: UUID) -> HttpResponse:
    """What the page asks while the job runs: still at it, or look again."""
    held = queries.one(assesses(request), assessment)
    if held.state == State.COMPUTING:
        return render(request, "assessment/_progress.html", {"held": held})
    return HttpResponse(headers={"HX-Redirect": reverse("assessment:show", args=[held.pk])})


@require_POST
def act(request: HttpRequest, assessment: UUID, act: str) -> HttpResponse:
    """Compute, take the facts anew, publish, settle, drop."""
    user = assesses(request)
    if act not in ACTS:
        raise Http404
    held, at, today = queries.one(user, assessment), clock.now(), clock.today()
    try:
        match act:
            case "compute" | "anew":
                _queue(actions.ask_to_compute(user, held.pk, anew=act == "anew", at=at))
            case "publish":
                actions.publish(user, held.pk, at=at, today=today)
                messages.success(request, _("已公布，各单位可以查看并申诉。"))
            case "final":
                actions.finalise(user, held.pk, at=at, today=today)
                messages.success(request, _("已定案，不能再改。"))
            case "drop":
                actions.drop(user, held.pk, reason=request.POST.get("reason", ""))
                messages.success(request, _("已作废。"))
    except Refused as why:
        messages.error(request, str(why))
    return redirect("assessment:show", assessment=held.pk)


# A unit and its lines ----------------------------------------------------------------------------


@require_GET
def unit(request: HttpRequest, assessment: UUID, unit: int) -> HttpResponse:
    """A unit's score down to its lines; of another unit there is nothing."""
    user = person(request)
    held = queries.one(user, assessment)
    rows = queries.lines(user, held, unit)
    if not rows:
        raise Http404
    earlier = queries.of_period(*rules.before(held.year, held.period))
    before = {
        row.code: row.points
        for row in (queries.lines(user, earlier, unit) if earlier is not None else [])
        if row.points is not None
    }
    told = showing.tell(held, rows, before)
    beside = [(_("上期"), before)]
    if may_assess(user):
        beside.append((_("各单位平均"), queries.means(held)))
    name = rows[0].unit.short_name
    place = next((one for one in queries.standings(held) if one.unit.pk == unit), None)
    charts = [showing.radar(told, name, beside), showing.trend(held, [(unit, name)])]
    return render(
        request,
        "assessment/unit.html",
        {
            "held": held,
            "label": rules.label(held.year, held.period),
            "unit": rows[0].unit,
            "place": place,
            "lines": told,
            "compared": bool(before),
            "charts": [one for one in charts if one is not None],
            "open": {
                one.line_id
                for one in queries.objections(user, held).filter(unit=unit)
                if one.verdict == Verdict.WAITING
            },
            "objects": held.state == State.PUBLISHED and may_object(user, unit),
        },
    )


@require_GET
def line(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One line: what was counted for and against, fifty a page; what was said and decided."""
    user, today = person(request), clock.today()
    row = queries.one_line(user, pk)
    source, held = SOURCE[row.code], row.assessment
    sides = [
        (side, label) for side, label in (("misses", source.miss), ("hits", source.hit)) if label
    ]
    side = request.GET.get("side", sides[0][0])
    start = request.GET.get("from", "0")
    if side not in dict(sides) or not start.isdecimal() or len(start) > 7:
        problems = [_("地址里的条件看不懂；请从本页的链接进入。")]
        context = {"problems": problems, "restart": request.path}
        return render(request, "400.html", context, status=400)
    keys, count = queries.behind(row, side, start=int(start), size=SIZE)
    (told,) = showing.tell(held, [row], {}) or (None,)
    objections = list(queries.objections(user, held).filter(line=row))
    return render(
        request,
        "assessment/line.html",
        {
            "row": row,
            "held": held,
            "label": rules.label(held.year, held.period),
            "source": source,
            "told": told,
            "sides": [
                (code, label, row.top if code == "hits" else queries.behind(
                    row, code, start=0, size=1)[1])
                for code, label in sides
            ],
            "side": side,
            "side_label": dict(sides)[side],
            "things": behind.things(row, keys),
            "count": count,
            "start": int(start) + 1,
            "end": int(start) + len(keys),
            "before": max(int(start) - SIZE, 0) if int(start) else None,
            "after": int(start) + SIZE if int(start) + SIZE < count else None,
            "objections": [
                (one, may_judge(user, one) and one.verdict == Verdict.WAITING)
                for one in objections
            ],
            "objects": held.state == State.PUBLISHED
            and row.weight is not None
            and held.objections_until is not None
            and today <= held.objections_until
            and may_object(user, row.unit_id)
            and not any(one.verdict == Verdict.WAITING for one in objections),
            "withdraws": may_object(user, row.unit_id),
            "own_judge": may_assess(user),
            "counted": source.kind == Measure.SHARE,
        },
    )  # fmt: skip


@require_POST
def object_to(request: HttpRequest, pk: UUID) -> HttpResponse:
    """申诉: what the unit says against the line."""
    user = person(request)
    row = queries.one_line(user, pk)
    try:
        actions.object_to(
            user, row, words=request.POST.get("words", ""), at=clock.now(), today=clock.today()
        )
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, _("申诉已提交，等集团裁定。"))
    return redirect("assessment:line", pk=row.pk)


@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The unit takes its objection back."""
    user = person(request)
    found = queries.one_objection(user, pk)
    try:
        actions.withdraw(user, found)
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, _("申诉已撤回。"))
    return redirect("assessment:line", pk=found.line_id)


@require_POST
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    """裁定: granted by so much, or not, with a reason."""
    user = assesses(request)
    found = queries.one_objection(user, pk)
    try:
        actions.decide(
            user,
            found,
            grant=request.POST.get("verdict") == "granted",
            reason=request.POST.get("reason", ""),
            by_how_much=_number(request.POST.get("by_how_much", "")),
            at=clock.now(),
        )
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, _("已裁定，名次随之重算。"))
    return redirect("assessment:line", pk=found.line_id)


def _number(given: str) -> Decimal | None:
    """What was typed; None for nothing that can be read."""
    try:
        found = Decimal(given.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and len(given) <= 9 else None


# Points written down -----------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def entries(request: HttpRequest) -> HttpResponse:
    """加减分: headquarters writes them down, a unit reads its own."""
    user = person(request)
    head = may_assess(user)
    form = EntryForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(head, _("登记考核加减分的"))
        if form.is_valid():
            try:
                actions.enter(user, **form.cleaned_data, at=clock.now(), today=clock.today())
            except Refused as why:
                form.add_error(None, str(why))
            else:
                messages.success(request, _("已登记。"))
                return redirect("assessment:entries")
    chosen = EntryFilter(request.GET, many_units=scope_of(user).everything)
    page = None
    if chosen.is_valid():
        data = chosen.cleaned_data
        rows = queries.entries(user, data)
        try:
            page = page_of(rows, chosen.order, after=data["after"], before=data["before"])
        except BadCursor:
            chosen.add_error(None, _("翻页位置无法识别。"))
    if page is None:
        context = {"problems": chosen.problems(), "restart": request.path}
        return render(request, "400.html", context, status=400)
    partial = request.headers.get("HX-Request") == "true" and request.method == "GET"
    return render(
        request,
        "assessment/_entries.html" if partial else "assessment/entries.html",
        {
            "tab": "entries",
            "head": head,
            "form": form if head else None,
            "chosen": chosen,
            "page": page,
            "count": rows.count(),
            "reset": request.path,
            "set_count": chosen.set_count(),
            "partial": partial,
        },
        status=422 if form.errors else 200,
    )


@require_POST
def withdraw_entry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """撤销 with a reason."""
    user = assesses(request)
    found = queries.one_entry(user, pk)
    try:
        actions.withdraw_entry(user, found, reason=request.POST.get("reason", ""), at=clock.now())
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, _("已撤销；已经取数的考核不变。"))
    return redirect("assessment:entries")
