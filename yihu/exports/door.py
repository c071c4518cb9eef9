"""The one way out: a page that asks for the purpose, and a file, a wait or a refusal (§5.5).

A slice puts `way_out("its.kind")` at the address of its list or paper. GET shows what would be
taken and asks what for; POST takes it: the file itself where it is small and harmless, 409 with
the opened request where somebody has to agree, 422 without a purpose.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yihu.access.entering import ticket
from yihu.access.models import User
from yihu.exports import actions, queries
from yihu.exports.jobs import TASK, make
from yihu.exports.kinds import Asked, Kind, Made, Unanswerable, kind_of
from yihu.exports.models import Takeout
from yihu.exports.rules import Purpose, State
from yihu.kit import clock

View = Callable[..., HttpResponse]


def way_out(code: str) -> View:
    """The view at which this kind leaves the house."""

    @require_http_methods(["GET", "POST"])
    def leave(request: HttpRequest, **args: object) -> HttpResponse:
        return answer(request, kind_of(code), {name: str(value) for name, value in args.items()})

    leave.takes_out = code  # type: ignore[attr-defined]  # tests/exports walks the routes by it
    return leave


def answer(request: HttpRequest, kind: Kind, args: dict[str, str]) -> HttpResponse:
    """The dialog, or what becomes of its answer."""
    assert isinstance(request.user, User)
    asked = Asked(args, request.GET.urlencode()[:2000])
    try:
        if request.method != "POST":
            return _dialog(request, kind, asked)
        return _take(request, request.user, kind, asked)
    except Unanswerable as why:
        context = {"problems": why.problems, "restart": why.back or request.path}
        name = "400.html" if why.status == 400 else "exports/unanswerable.html"
        return render(request, name, context, status=why.status)


def _take(request: HttpRequest, user: User, kind: Kind, asked: Asked) -> HttpResponse:
    try:
        takeout, made = actions.ask(
            user,
            kind,
            asked,
            purpose=request.POST.get("purpose", ""),
            note=request.POST.get("note", ""),
            at=clock.now(),
            today=clock.today(),
        )
    except actions.NoPurpose:
        return _dialog(request, kind, asked, status=422)
    if made is not None:
        return hand_over(takeout, made)
    if takeout.state == State.MAKING:
        begin(takeout)
        return redirect("exports:show", pk=takeout.pk)
    return render(request, "exports/waits.html", {"takeout": takeout}, status=409)


def begin(takeout: Takeout) -> None:
    """Its job, in the scope of the asker and for this request only."""
    key = str(takeout.pk)
    make.defer(takeout_id=key, ticket=ticket(takeout.by_id, TASK, key))


def hand_over(takeout: Takeout, made: Made) -> HttpResponse:
    """The file, to be kept and not opened in place; no cache keeps it."""
    return attachment(made.content, made.name, made.media_type, takeout.trace)


def attachment(content: bytes, name: str, media_type: str, trace: str) -> HttpResponse:
    """A download of that name, with its code."""
    found = HttpResponse(content, content_type=media_type)
    found["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    found["X-Yihu-Trace"] = trace
    found["X-Content-Type-Options"] = "nosniff"
    found["Cache-Control"] = "private, no-store"
    return found


def _dialog(request: HttpRequest, kind: Kind, asked: Asked, *, status: int = 200) -> HttpResponse:
    assert isinstance(request.user, User)
    size = kind.measure(request.user, asked)
    last = queries.last_of(request.user)
    chosen = request.POST.get("purpose") or kind.purpose or (last.purpose if last else "")
    note = request.POST.get("note", last.note if last and last.purpose == chosen else "")
    partial = request.headers.get("HX-Request") == "true"
    return render(
        request,
        "exports/_dialog.html" if partial else "exports/dialog.html",
        {
            "kind": kind,
            "size": size,
            "units": queries.unit_names(sorted(set(size.unit_ids)))[:8],
            "unit_count": len(set(size.unit_ids)),
            "why": actions.waits_for(request.user, kind, size, clock.now()),
            "purposes": Purpose.choices,
            "chosen": chosen,
            "note": note,
            "problem": _("用途：请选择一项；选“其他”时请写明。") if status == 422 else "",
            "here": request.get_full_path(),
            "back": _back(request),
        },
        status=status,
    )


def _back(request: HttpRequest) -> str:
    """Where the person came from, on this host only; else their own exports."""
    came = request.headers.get("Referer", "")
    own = request.build_absolute_uri("/")
    inside = came.startswith(own) and came != request.build_absolute_uri()
    return came.removeprefix(own.rstrip("/")) if inside else reverse("exports:home")
