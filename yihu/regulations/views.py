"""The library of regulations, the page of an edition, and the doors in and out."""

from collections.abc import Callable
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from yihu.access.models import User
from yihu.access.policy import require
from yihu.dossiers.problems import Refused, Unfit
from yihu.kit import clock
from yihu.kit.filters import head
from yihu.kit.paging import BadCursor, page_of
from yihu.kit.text import read_date
from yihu.org.models import OrgUnit
from yihu.papers.choices import TextState
from yihu.papers.content import ACCEPT, download_name
from yihu.papers.pictures import drawable, picture_of
from yihu.papers.storage import open_blob
from yihu.regulations import actions, jobs, queries
from yihu.regulations.filters import RegulationFilter
from yihu.regulations.forms import RegulationForm
from yihu.regulations.models import Regulation
from yihu.regulations.policy import may_issue, may_read, sees_work

SANDBOX = "sandbox; default-src 'none'"
"""Even opened in place by a careless browser, a stored file runs nothing and loads nothing."""


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


# The library -------------------------------------------------------------------------------------


@require_GET
@vary_on_headers("HX-Request")
def library(request: HttpRequest) -> HttpResponse:
    """制度库: the editions in reach under filters, and what waits to be renewed."""
    user = _person(request)
    require(may_read(user), _("查阅制度库"))
    chosen = RegulationFilter(request.GET, user=user)
    page = None
    today = clock.today()
    if chosen.is_valid():
        data = chosen.cleaned_data
        rows = queries.library(user, data, today)
        try:
            page = page_of(rows, chosen.order, after=data["after"], before=data["before"])
        except BadCursor:
            chosen.add_error(None, _("翻页位置无法识别。"))
    if page is None:
        context = {"problems": chosen.problems(), "restart": request.path}
        return render(request, "400.html", context, status=400)
    partial = request.headers.get("HX-Request") == "true"
    works = sees_work(user) and not partial
    words = chosen.cleaned_data["q"]
    return render(
        request,
        "regulations/_library.html" if partial else "regulations/library.html",
        {
            "chosen": chosen,
            "page": page,
            "lines": [(row, row.standing(today), _parts(row.excerpt, words)) for row in page.rows],
            "count": rows.count(),
            "work": queries.work_of(user) if works else [],
            "lacking": queries.without_own_rule(user) if works else [],
            "issues": bool(queries.issuing_units(user)),
            "partial": partial,
            "reset": request.path,
            "set_count": chosen.set_count(),
            "heads": {
                "number": head(chosen, "number", _("制度编号")),
                "effective": head(chosen, "effective", _("施行日期")),
            },
        },
    )


def _parts(excerpt: str, words: str) -> tuple[str, str, str]:
    """An excerpt as what stands before the hit, the hit, and after it."""
    wanted = " ".join(words.split()).lower()
    at = excerpt.lower().find(wanted) if wanted else -1
    if at < 0:
        return excerpt, "", ""
    return excerpt[:at], excerpt[at : at + len(wanted)], excerpt[at + len(wanted) :]


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Put an edition into the library; `?supersedes=` fills the form in from the former one."""
    user = _person(request)
    units = queries.issuing_units(user)
    require(bool(units), _("制定、修订制度的"))
    unit = units[0]
    if request.method == "POST":
        form = RegulationForm(request.POST, request.FILES, unit=unit)
        made = _try(form, user, unit)
        if made is not None:
            if made.text_state == TextState.WAITING:
                jobs.read.defer(regulation_id=str(made.pk))
            messages.success(request, _("已入库。"))
            return redirect("regulations:show", pk=made.pk)
    else:
        form = RegulationForm(initial=_initial(unit, request.GET.get("supersedes", "")), unit=unit)
    return render(
        request,
        "regulations/form.html",
        {"form": form, "unit": unit},
        status=422 if form.errors else 200,
    )


def _initial(unit: OrgUnit, given: str) -> dict[str, Any]:
    """What a new edition takes over: number, title, summary, and the group's newest edition."""
    former = next((row for row in queries.to_follow(unit) if str(row.pk) == given), None)
    if former is None:
        return {}
    carried = former.carries_out
    newest = [
        row for row in queries.of_group_now() if carried is not None and row.chain == carried.chain
    ]
    return {
        "number": former.number,
        "title": former.title,
        "summary": former.summary,
        "supersedes": str(former.pk),
        "carries_out": str(newest[0].pk) if newest else "",
    }


def _try(form: RegulationForm, user: User, unit: OrgUnit) -> Regulation | None:
    if not form.is_valid():
        return None
    try:
        return actions.issue(user, unit, content=form.content(), at=clock.now())
    except Refused as why:
        form.add_error(None, str(why))
        return None


# One edition -------------------------------------------------------------------------------------


@require_GET
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of an edition: what it says of itself, its chain, who carries it out."""
    user = _person(request)
    regulation = queries.one(user, pk)
    today = clock.today()
    issues = may_issue(user, regulation.unit)
    work = queries.work_of(user, regulation.pk) if not regulation.of_group else []
    number = request.GET.get("page", "1")
    if not number.isdecimal() or not 1 <= int(number[:6]) <= (regulation.pages or 1):
        raise BadRequest(_("没有这一页。"))
    shown = int(number[:6])
    return render(
        request,
        "regulations/show.html",
        {
            "regulation": regulation,
            "standing": regulation.standing(today),
            "editions": [
                (row, row.standing(today)) for row in queries.editions_of(user, regulation)
            ],
            "carried_out_by": [
                (row, row.standing(today)) for row in queries.carried_out_by(user, regulation)
            ],
            "checks": queries.checks_of(regulation),
            "work": work[0] if work else None,
            "renews": issues and not regulation.followed,  # type: ignore[attr-defined]  # annotated
            "repeals": issues and regulation.ended_on is None,
            "issues": issues,
            "accept": ACCEPT,
            "drawable": drawable(regulation),
            "number": shown,
            "previous": shown - 1,
            "next": shown + 1 if shown < (regulation.pages or 0) else 0,
            "today": today,
        },
    )


@require_GET
def picture(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """A page of the file as WebP."""
    regulation = queries.one(_person(request), pk)
    try:
        content = picture_of(regulation, number)
    except (Unfit, FileNotFoundError) as why:
        raise Http404 from why
    return HttpResponse(
        content,
        content_type="image/webp",
        headers={"Content-Security-Policy": SANDBOX, "X-Content-Type-Options": "nosniff"},
    )


@require_GET
def download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The file itself, never opened in place; each goes into the log (§5.5)."""
    regulation = queries.one(_person(request), pk)
    if regulation.blob_id is None:
        raise Http404
    try:
        content = open_blob(regulation.blob_id)
    except FileNotFoundError:
        messages.error(
            request, _("存储中找不到这份文件，请联系信息技术中心核对存储，记录没有丢失。")
        )
        return redirect("regulations:show", pk=regulation.pk)
    actions.hand_out(_person(request), regulation)
    return FileResponse(
        content,
        as_attachment=True,
        filename=download_name(regulation.file_name, regulation.media_type),
        content_type=regulation.media_type,
        headers={"Content-Security-Policy": SANDBOX, "X-Content-Type-Options": "nosniff"},
    )


@require_POST
def check(request: HttpRequest, pk: UUID) -> HttpResponse:
    """核对无需修订, with its basis."""
    return _act(
        request,
        pk,
        lambda row: actions.check_unchanged(
            _person(request), row, basis=request.POST.get("basis", ""), at=clock.now()
        ),
        _("已记录：核对无需修订。"),
    )


@require_POST
def amend(request: HttpRequest, pk: UUID) -> HttpResponse:
    """更正: another title, summary or file, with a reason."""
    sent = request.FILES.get("file")

    def act(row: Regulation) -> Regulation:
        done = actions.amend(
            _person(request),
            row,
            title=request.POST.get("title", ""),
            summary=request.POST.get("summary", ""),
            file=None if sent is None else (cast("BinaryIO", sent.file), sent.name or ""),
            reason=request.POST.get("reason", ""),
        )
        if done.text_state == TextState.WAITING:
            jobs.read.defer(regulation_id=str(done.pk))
        return done

    return _act(request, pk, act, _("已更正，原来的内容记入日志。"))


@require_POST
def repeal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """废止, from a day on, with a reason."""

    def act(row: Regulation) -> Regulation:
        try:
            on = read_date(request.POST.get("on", ""))
        except ValueError as why:
            raise Unfit(_("废止日期应写成 2026-11-05 这样。")) from why
        return actions.repeal(_person(request), row, on=on, reason=request.POST.get("reason", ""))

    return _act(request, pk, act, _("已废止。"))


def _act(
    request: HttpRequest, pk: UUID, act: Callable[[Regulation], Any], done: str
) -> HttpResponse:
    regulation = queries.one(_person(request), pk)
    try:
        act(regulation)
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, done)
    return redirect("regulations:show", pk=regulation.pk)
