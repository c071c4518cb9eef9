"""经营看板: a group's, unit's, province's figures at a glance; the files behind each (§6.4.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.boards import board, queries
from yihu.boards.filters import BoardFilter, FileFilter
from yihu.boards.measures import measure_of
from yihu.boards.models import FileFact
from yihu.boards.policy import may_read, reads_money, tells
from yihu.boards.rules import province_of, said
from yihu.dossiers import marks
from yihu.kit import clock
from yihu.kit.filters import Filter
from yihu.kit.paging import BadCursor, page_of
from yihu.kit.scoped import replica


def _reader(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    require(may_read(request.user), _("查阅经营看板"))
    return request.user


def _refuse(request: HttpRequest, chosen: Filter) -> HttpResponse:
    context = {"problems": chosen.problems(), "restart": request.path}
    return render(request, "400.html", context, status=400)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The board under its filters."""
    user, today = _reader(request), clock.today()
    chosen = BoardFilter(request.GET, user=user, today=today)
    if not chosen.is_valid():
        return _refuse(request, chosen)
    data = chosen.cleaned_data
    figures = replica.read(lambda until: _figures(user, data, until or clock.now(), today))
    movers = [line.fact.dossier for *_title, lines in figures["movers"] for line in lines]
    marks.put(user, movers)
    context = {
        "chosen": chosen,
        "set_count": chosen.set_count(),
        "reset": request.path,
        "year": today.year - queries.past(data),
        "past": queries.past(data),
    }
    return render(request, "boards/home.html", context | figures)


def _figures(user: User, data: Mapping[str, Any], until: datetime, today: date) -> dict[str, Any]:
    """What the board shows, all of it read; nothing after `until` is sure to be in it."""
    (whole,) = queries.stock(user, data)
    return {
        "fresh": queries.fresh(user, at=until, today=today),
        "files": whole["files"],
        "tiles": board.tiles(user, whole, data),
        "charts": board.charts(user, whole, data, today),
        "rankings": board.rankings(user, data, dict(queries.units(user))),
        "movers": board.movers(user, data),
    }


def _without_place(request: HttpRequest) -> str:
    """The query as the export takes it: all of the list, not a page of it."""
    given = request.GET.copy()
    for name in ("after", "before"):
        given.pop(name, None)
    return given.urlencode()


@dataclass(frozen=True, slots=True)
class Line:
    """A file as the list shows it; `value` None: masked."""

    fact: FileFact
    province: str
    value: str | None


@require_GET
@vary_on_headers("HX-Request")
def files(request: HttpRequest) -> HttpResponse:
    """The files that a figure counts, the largest first, with their number and sum."""
    user = _reader(request)
    chosen = FileFilter(request.GET, user=user, today=clock.today())
    if not chosen.is_valid():
        return _refuse(request, chosen)
    data = chosen.cleaned_data
    measure = measure_of(data.get("measure") or "files", past=queries.past(data))
    rows = queries.files(user, measure, data)
    whole = reads_money(user)
    order = chosen.order_for(whole or not measure.money)
    try:
        page = page_of(rows, order, after=data["after"], before=data["before"])
    except BadCursor:
        chosen.add_error(None, _("翻页位置无法识别。"))
        return _refuse(request, chosen)
    marks.put(user, [fact.dossier for fact in page.rows])
    count = rows.count()
    if data.get("q"):
        audit.searched(user, "boards.filefact", data["q"], hits=count)
    told = bool(measure.field) and (not measure.money or tells(user, count))
    summed = measure.field and measure.code != "short"
    partial = request.headers.get("HX-Request") == "true"
    return render(
        request,
        "boards/_files.html" if partial else "boards/files.html",
        {
            "chosen": chosen,
            "set_count": chosen.set_count(),
            "reset": request.path,
            "partial": partial,
            "page": page,
            "measure": measure,
            "count": count,
            "sum": said(queries.total(rows, measure.field), measure.places)
            if summed and told
            else "",
            "lines": [
                Line(
                    fact,
                    province_of(fact.province),
                    said(getattr(fact, measure.field), measure.places)
                    if measure.field and (whole or not measure.money)
                    else None,
                )
                for fact in page.rows
            ],
            "many_units": len(queries.units(user)) > 1,
            "asked": _without_place(request),
        },
    )
