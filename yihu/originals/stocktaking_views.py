"""The yearly stocktake: begin, walk the shelves, close (§6.2.1)."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.access.policy import Denied, require
from yihu.access.scope import reach
from yihu.dossiers.problems import Refused, Unfit
from yihu.kit import clock
from yihu.kit.paging import Order
from yihu.originals import queries, stocktaking
from yihu.originals.door import done, paged, person
from yihu.originals.lens import veil_lines
from yihu.originals.models import Stocktake
from yihu.originals.policy import may_keep, may_see
from yihu.originals.rules import Result

NEWEST = Order("begun_at", datetime.fromisoformat, descending=True)
WALK = Order("number", int)


@require_http_methods(["GET", "HEAD", "POST"])
def stocktakes(request: HttpRequest) -> HttpResponse:
    """All stocktakes, and how to begin one."""
    user = person(request)
    require(may_see(user), _("查阅原件盘点的"))
    units = queries.kept_units(user)
    wrong, status = "", 200
    if request.method == "POST":
        require(bool(units), _("盘点原件的"))
        post = request.POST
        try:
            taken = stocktaking.begin(
                user,
                units[0],
                title=post.get("title", ""),
                year=clock.today().year,
                scope=post.get("scope", ""),
                sample=_sample(post.get("sample", "")),
                at=clock.now(),
            )
        except Refused as why:
            wrong, status = str(why), why.status
        else:
            return redirect("originals:stocktake", pk=taken.pk)
    page = paged(request, queries.stocktakes(user), NEWEST)
    context = {
        "page": page,
        "reset": request.path,
        "keeps": bool(units),
        "places": queries.places(units[0]) if units else [],
        "typed": request.POST,
        "wrong": wrong,
        "year": clock.today().year,
        "tab": "stocktakes",
    }
    return render(request, "originals/stocktakes.html", context, status=status)


def _sample(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 6:
        raise Unfit(_("抽样件数应是整数；不填就是全部盘点。"))
    return int(text)


@require_GET
def stocktake(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One stocktake: the list by shelf with what was found."""
    user = person(request)
    taken: Stocktake = reach(queries.stocktakes(user), user, pk=pk)
    require(may_see(user), _("查阅原件盘点的"))
    result = request.GET.get("result", "")
    result = result if result in Result.values else ""
    page = paged(request, queries.lines_of(taken, result), WALK)
    veil_lines(user, page.rows)
    counts = stocktaking.counts_of(taken)
    context = {
        "taken": taken,
        "page": page,
        "reset": request.path,
        "result": result,
        "counts": [(code, label, counts[code]) for code, label in Result.choices],
        "left": counts[Result.PENDING],
        "keeps": may_keep(user, taken.unit_id) and taken.closed_at is None,
        "places": queries.places(taken.unit_id),
        "tab": "stocktakes",
    }
    return render(request, "originals/stocktake.html", context)


@require_POST
def look(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What was found of one original, by its code."""
    user = person(request)
    taken: Stocktake = reach(queries.stocktakes(user), user, pk=pk)
    post = request.POST
    try:
        line = stocktaking.look(
            user,
            taken,
            post.get("barcode", ""),
            result=post.get("result", ""),
            seen=post.get("seen", ""),
            note=post.get("note", ""),
            at=clock.now(),
        )
    except (Refused, Denied) as why:
        messages.error(request, str(why))
    else:
        words = {"title": line.title, "result": line.get_result_display()}
        messages.success(request, _("“%(title)s”：%(result)s。") % words)
    return redirect(f"{reverse('originals:stocktake', args=[pk])}#look")


@require_POST
def close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The result stands."""
    user = person(request)
    taken: Stocktake = reach(queries.stocktakes(user), user, pk=pk)
    note = request.POST.get("note", "")
    done(
        request,
        lambda: stocktaking.close(user, taken, note=note, at=clock.now(), today=clock.today()),
        _("盘点已结束，结果不再改动。"),
    )
    return redirect("originals:stocktake", pk=pk)
