"""Rounds of ratings, their scores, the judges' grid, classes decided, a file's results (§6.1.3)."""

from dataclasses import dataclass
from decimal import InvalidOperation
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import reach, scope_of
from yihu.audit import actions as audit
from yihu.customers.rules import Klass
from yihu.dossiers import marks
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused
from yihu.kit import clock
from yihu.kit.filters import Filter, head
from yihu.kit.paging import BadCursor, Page, page_of
from yihu.ratings import actions, explain, jobs, queries
from yihu.ratings.filters import JudgeFilter, ProposalFilter, score_filter
from yihu.ratings.forms import RoundForm, points_of
from yihu.ratings.models import RatingRound, RoundKind, RoundState
from yihu.ratings.policy import JUDGED, judges, may_rate, may_read, may_review
from yihu.ratings.rules import REVIEWS_A_YEAR, Joining, parse

JUDGED_AT_ONCE = 25
BUSY = (RoundState.COMPUTING, RoundState.CLOSING)
"""A job is at it."""
ALL_WAITING = "waiting"
"""What a decision names instead of single proposals."""


def person(request: HttpRequest) -> User:
    """Whoever is signed in."""
    assert isinstance(request.user, User)
    return request.user


def _rates(request: HttpRequest) -> User:
    user = person(request)
    require(may_rate(user), _("查阅和组织客户评级的"))
    return user


def _refuse(request: HttpRequest, problems: list[str], restart: str) -> HttpResponse:
    return render(request, "400.html", {"problems": problems, "restart": restart}, status=400)


def _page(chosen: Filter, rows: Any, size: int) -> Page | None:
    """The page that the filter asks for; None with the reason on the filter."""
    data = chosen.cleaned_data
    try:
        return page_of(rows, chosen.order, after=data["after"], before=data["before"], size=size)
    except BadCursor:
        chosen.add_error(None, _("翻页位置无法识别。"))
        return None


# Rounds ------------------------------------------------------------------------------------------


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """客户评级: the years' rounds, the editions of the scheme, what waits for this person."""
    user = person(request)
    require(may_read(user), _("查阅客户评级的"))
    rates = may_rate(user)
    judging = queries.judging_round()
    mine = judges(user, parse(judging.scheme.definition)) if judging is not None else []
    schemes = queries.schemes()
    return render(
        request,
        "ratings/home.html",
        {
            "rates": rates,
            "rounds": queries.rounds() if rates else [],
            "schemes": schemes if rates else [one for one in schemes if one.published_at],
            "in_force": queries.scheme_in_force(clock.today().year),
            "drafting": any(one.published_at is None for one in schemes),
            "judging": judging if mine else None,
            "judges": mine,
        },
    )


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """发起评级: the year and the cut-off; computing begins at once."""
    user = _rates(request)
    today = clock.today()
    initial = {"year": today.year, "cut_off_on": queries.latest_month(today)}
    form = RoundForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.open_round(user, **form.cleaned_data, at=clock.now(), today=today)
            _queue(actions.ask_to_compute(user, made.pk, at=clock.now()))
        except Refused as why:
            form.add_error(None, str(why))
        else:
            return redirect("ratings:round", rating=made.pk)
    return render(
        request,
        "ratings/new.html",
        {"form": form, "in_force": queries.scheme_in_force(today.year)},
        status=422 if form.errors else 200,
    )


def _queue(rating: RatingRound) -> None:
    key = str(rating.pk)
    transaction.on_commit(lambda: jobs.compute.defer(round_id=key))


@dataclass(frozen=True, slots=True)
class Cell:
    """A field of the matrix: how many files, the list of them, and how dark."""

    number: int
    query: str
    tone: str


def _matrix(rating: RatingRound, grades: list[str]) -> list[tuple[str, list[Cell]]]:
    lines = queries.matrix(rating, grades)
    place = {grade: at for at, grade in enumerate(grades)}

    def tone(before: str, now: str) -> str:
        if before not in place or before == now:
            return "none" if before not in place else "open"
        return "good" if place[now] < place[before] else "poor"

    return [
        (
            before,
            [
                Cell(
                    number,
                    f"?was={quote(before or queries.NONE)}&grade={quote(now)}",
                    tone(before, now) if number else "none",
                )
                for now, number in cells
            ],
        )
        for before, cells in lines
    ]


@dataclass(frozen=True, slots=True)
class Mix:
    """Files of a class now and as proposed."""

    code: str
    label: str
    now: int
    then: int
    differs: str


def _mix(rating: RatingRound) -> tuple[list[Mix], int, int]:
    """Classes in their order; reviews a year now and as proposed (§6.2.1)."""
    found = queries.class_mix(rating)
    lines = [
        Mix(code, str(label), *pair, f"{pair[1] - pair[0]:+d}")
        for code, label in [*Klass.choices, ("", _("未分类"))]
        if (pair := found.get(code))
    ]
    now, then = (
        sum(REVIEWS_A_YEAR.get(Klass(code), 0) * pair[side] for code, pair in found.items() if code)
        for side in (0, 1)
    )
    return lines, now, then


@require_GET
def round_(request: HttpRequest, rating: UUID) -> HttpResponse:
    """One round: where it stands and what comes next, the matrix, the mix of classes."""
    user = _rates(request)
    found = queries.round_of(rating)
    definition = parse(found.scheme.definition)
    grades = [band.grade for band in definition.bands]
    trial = found.kind == RoundKind.TRIAL
    context: dict[str, Any] = {
        "rating": found,
        "trial": trial,
        "busy": found.state in BUSY,
        "superseded": found.state != RoundState.FINAL
        and found.state != RoundState.DROPPED
        and queries.is_superseded(found),
        "stale": trial and found.scheme.version != found.scheme_version,
        "reviews": may_review(user, found),
        "judges": judges(user, definition) if found.state in JUDGED and not trial else [],
    }
    if found.computed_at is not None and found.state != RoundState.DROPPED:
        mix, now, then = _mix(found)
        context |= {
            "whole": queries.average_of(found),
            "grades": grades,
            "matrix": _matrix(found, grades),
            "mix": mix,
            "reviews_now": now,
            "reviews_then": then,
            "reviews_differ": f"{then - now:+d}",
            "judged": [
                (line, queries.judged_counts(found).get(line.code, 0)) for line in definition.judged
            ],
            "late": queries.judged_since(found) if found.state == RoundState.COMPUTED else 0,
        }
    if found.state == RoundState.FINAL:
        context["waiting"] = queries.waiting_proposals(found)
    return render(request, "ratings/round.html", context)


@require_GET
def progress(request: HttpRequest, rating: UUID) -> HttpResponse:
    """What a page that waits for the job asks each second: still at it, or look again."""
    _rates(request)
    found = queries.round_of(rating)
    if found.state in BUSY:
        return render(request, "ratings/_progress.html", {"rating": found})
    return HttpResponse(headers={"HX-Redirect": reverse("ratings:round", args=[found.pk])})


@require_POST
def act(request: HttpRequest, rating: UUID, act: str) -> HttpResponse:
    """Compute again, hand in, accept, send back, make final, drop."""
    user = _rates(request)
    found = queries.round_of(rating)
    at, reason = clock.now(), request.POST.get("reason", "")
    try:
        match act:
            case "compute":
                _queue(actions.ask_to_compute(user, found.pk, at=at))
            case "hand-in":
                actions.hand_in(user, found.pk, at=at)
                messages.success(request, _("已提交复核，请另一名集团监督员办理。"))
            case "accept":
                actions.review(user, found.pk, accept=True, at=at)
                messages.success(request, _("复核通过，可以定稿。"))
            case "return":
                actions.review(user, found.pk, accept=False, reason=reason, at=at)
                messages.success(request, _("已退回。"))
            case "final" if found.files > actions.LARGE:
                actions.ask_to_finalise(user, found.pk, at=at, today=clock.today())
            case "final":
                actions.finalise(user, found.pk, at=at, today=clock.today())
                messages.success(request, _("已定稿；等级已写入各档案，分类建议待认定。"))
            case "drop":
                actions.drop(user, found.pk, reason=reason)
                messages.success(request, _("已作废；该年度可以重新发起评级。"))
            case _:
                raise Http404
    except Refused as why:
        messages.error(request, str(why))
    return redirect("ratings:round", rating=found.pk)


# Scores ------------------------------------------------------------------------------------------


@require_GET
@vary_on_headers("HX-Request")
def scores(request: HttpRequest, rating: UUID) -> HttpResponse:
    """Every file's score under filters, sorted, paged by key; who moved, and why."""
    user = _rates(request)
    found = queries.round_of(rating)
    definition = parse(found.scheme.definition)
    chosen = score_filter(request.GET, user, found, definition)
    page = None
    if chosen.is_valid():
        rows = queries.scores(user, found, chosen.cleaned_data, definition)
        page = _page(chosen, rows, 50)
    if page is None:
        return _refuse(request, chosen.problems(), request.path)
    count = rows.count()
    if words := chosen.cleaned_data["q"]:
        audit.searched(user, "ratings.ratingscore", words, hits=count)
    marks.put(user, [row.dossier for row in page.rows])
    earlier = queries.earlier(found, [row.dossier_id for row in page.rows])
    lines = []
    for row in page.rows:
        row.round = found
        lines.append((row, explain.main_reasons(row, earlier.get(row.dossier_id))))
    partial = request.headers.get("HX-Request") == "true"
    return render(
        request,
        "ratings/_scores.html" if partial else "ratings/scores.html",
        {
            "rating": found,
            "chosen": chosen,
            "page": page,
            "lines": lines,
            "reasons": any(why for _row, why in lines),
            "count": count,
            "partial": partial,
            "reset": request.path,
            "set_count": chosen.set_count(),
            "trial": found.kind == RoundKind.TRIAL,
            "heads": {
                "score": head(chosen, "score", _("得分"), numeric=True),
                "rise": head(chosen, "rise", _("变动"), numeric=True),
            },
        },
    )


@require_GET
def score(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One score down to its figures: headquarters any, a unit its own once it is final."""
    user = person(request)
    found = queries.score_of(user, pk)
    definition = parse(found.round.scheme.definition)
    before = queries.earlier(found.round, [found.dossier_id]).get(found.dossier_id)
    audit.record(user, "dossier.read", found, dossier_id=found.dossier_id, data={"part": "rating"})
    marks.put(user, [found.dossier])
    rates = may_rate(user)
    return render(
        request,
        "ratings/score.html",
        {
            "score": found,
            "rating": found.round,
            "dossier": found.dossier,
            "lines": explain.tell(found, before),
            "compared": before,
            "why": explain.why_class(definition, found) if rates else "",
            "rates": rates,
            "bands": definition.bands,
            "joined_by": Joining(definition.joining).label,
        },
    )


@require_GET
def of(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The fragment of the dossier's page: final results year by year, each with its explanation."""
    user = person(request)
    dossier = reach(Dossier.objects.select_related("unit"), user, pk=pk)
    require(may_read(user), _("查阅客户评级的"))
    return render(
        request, "ratings/_of.html", {"dossier": dossier, "results": queries.rated(dossier)}
    )


# Judges ------------------------------------------------------------------------------------------


@require_GET
@vary_on_headers("HX-Request")
def judge(request: HttpRequest, rating: UUID) -> HttpResponse:
    """The grid in which judges enter theirs; each field saves itself."""
    user = person(request)
    found = queries.round_of(rating)
    mine = judges(user, parse(found.scheme.definition))
    require(bool(mine) and found.kind == RoundKind.REAL, _("为客户评级评分的"))
    many = scope_of(user).everything
    chosen = JudgeFilter(request.GET, user=user, many_units=many)
    codes = [line.code for line in mine]
    page = None
    if chosen.is_valid():
        rows = queries.to_judge(user, found, chosen.cleaned_data, codes)
        page = _page(chosen, rows, JUDGED_AT_ONCE)
    if page is None:
        return _refuse(request, chosen.problems(), request.path)
    count = rows.count()
    if words := chosen.cleaned_data["q"]:
        audit.searched(user, "dossiers.dossier", words, hits=count)
    marks.put(user, page.rows)
    given = queries.judgements(found, [row.pk for row in page.rows], codes)
    partial = request.headers.get("HX-Request") == "true"
    return render(
        request,
        "ratings/_judge.html" if partial else "ratings/judge.html",
        {
            "rating": found,
            "chosen": chosen,
            "page": page,
            "indicators": mine,
            "lines": [
                (row, [(line, given.get((row.pk, line.code))) for line in mine])
                for row in page.rows
            ],
            "count": count,
            "many_units": many,
            "open": found.state in JUDGED,
            "partial": partial,
            "reset": request.path,
            "set_count": chosen.set_count(),
        },
    )


@require_POST
def judge_one(request: HttpRequest, rating: UUID, pk: UUID, code: str) -> HttpResponse:
    """One field of the grid, which takes the place of the one on the page: saved, or why not."""
    user = person(request)
    found = queries.round_of(rating)
    dossier = reach(Dossier.objects.all(), user, pk=pk)
    line = parse(found.scheme.definition).indicator(code)
    if line is None:
        raise Http404
    given = request.POST.get("points", "")
    context: dict[str, Any] = {
        "rating": found,
        "dossier": dossier,
        "line": line,
        "open": found.state in JUDGED,
        "typed": given,
    }
    try:
        context["judgement"] = actions.judge(
            user, found.pk, dossier, code=code, points=points_of(given), at=clock.now()
        )
        context["saved"] = True
    except InvalidOperation:
        context["problem"] = _("应是 0 至 100 的数字")
    except Refused as why:
        context["problem"] = str(why)
    return render(request, "ratings/_judged.html", context)


# Classes -----------------------------------------------------------------------------------------


@require_GET
@vary_on_headers("HX-Request")
def classes(request: HttpRequest, rating: UUID) -> HttpResponse:
    """分类认定: what a final round proposes, and what was decided."""
    user = _rates(request)
    found = queries.round_of(rating)
    chosen = ProposalFilter(request.GET)
    page = None
    if chosen.is_valid():
        rows = queries.proposals(chosen.cleaned_data, found)
        page = _page(chosen, rows, 50)
    if page is None:
        return _refuse(request, chosen.problems(), request.path)
    files = queries.files_of(page.rows)
    marks.put(user, [file for kept in files.values() for file in kept])
    partial = request.headers.get("HX-Request") == "true"
    return render(
        request,
        "ratings/_classes.html" if partial else "ratings/classes.html",
        {
            "rating": found,
            "chosen": chosen,
            "page": page,
            "lines": [(row, marks.highest(files[row.customer_id])) for row in page.rows],
            "count": rows.count(),
            "waiting": queries.waiting_proposals(found),
            "carrying": actions.to_carry(found).count(),
            "partial": partial,
            "reset": request.path,
            "set_count": chosen.set_count(),
            "heads": {"score": head(chosen, "score", _("客户得分"), numeric=True)},
        },
    )


@require_POST
def decide(request: HttpRequest, rating: UUID) -> HttpResponse:
    """Accept or keep the ticked proposals, or all that wait."""
    user = _rates(request)
    found = queries.round_of(rating)
    try:
        chosen = _ticked(request.POST)
        done = actions.decide(
            user,
            found.pk,
            chosen,
            accept=request.POST.get("verdict") == "accept",
            reason=request.POST.get("reason", ""),
            at=clock.now(),
            today=clock.today(),
        )
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, _("已认定 %(n)d 个客户。") % {"n": done})
    return redirect("ratings:classes", rating=found.pk)


@require_GET
def carrying(request: HttpRequest, rating: UUID) -> HttpResponse:
    """What the page of classes asks while a job carries them out: still at it, or look again."""
    _rates(request)
    found = queries.round_of(rating)
    if number := actions.to_carry(found).count():
        return render(request, "ratings/_carrying.html", {"rating": found, "carrying": number})
    return HttpResponse(headers={"HX-Redirect": reverse("ratings:classes", args=[found.pk])})


def _ticked(sent: QueryDict) -> list[UUID] | None:
    """The keys of the ticked rows; None for all that wait."""
    if sent.get("which") == ALL_WAITING:
        return None
    found = []
    for text in sent.getlist("proposal"):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
