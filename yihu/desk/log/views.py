"""操作日志: the auditor reads the log and its seals, and nothing else (三员分立, §5.5)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.audit import queries as chain
from yihu.audit.rules import THRESHOLDS
from yihu.audit.sinks import sinks
from yihu.desk import queries as desk_queries
from yihu.desk.desks import desk_of
from yihu.desk.log import queries
from yihu.desk.log.filters import EventFilter
from yihu.kit.clock import now
from yihu.kit.paging import BadCursor, page_of

RECENT = timedelta(days=30)
QUIET_SINCE = timedelta(days=7)
BLOCKS_SHOWN = 20


def _auditor(request: HttpRequest) -> User:
    """Raises: Denied (403) for everybody but the auditor."""
    assert isinstance(request.user, User)
    require(desk_of(request.user).audits, _("查阅操作日志"))
    return request.user


def _refuse(request: HttpRequest, problems: list[str]) -> HttpResponse:
    context = {"problems": problems, "restart": request.path}
    return render(request, "400.html", context, status=400)


def _listed(
    request: HttpRequest, rows: Any, template: str, context: dict[str, Any], *, without: str = ""
) -> HttpResponse:
    """A page of these lines under the filters of the address; under HTMX only the list."""
    chosen = EventFilter(request.GET, without=without)
    if not chosen.is_valid():
        return _refuse(request, chosen.problems())
    data = chosen.cleaned_data
    try:
        page = page_of(
            queries.events(data, rows), chosen.order, after=data["after"], before=data["before"]
        )
    except BadCursor:
        return _refuse(request, [_("翻页位置无法识别。")])
    htmx = getattr(request, "htmx", None)
    partial = bool(htmx) and not getattr(htmx, "boosted", False)
    return render(
        request,
        "desk/_events.html" if partial else template,
        {
            "chosen": chosen,
            "page": page,
            "lines": desk_queries.event_lines(page.rows),
            "partial": partial,
            "reset": request.path,
            "set_count": chosen.set_count(),
            **({} if partial else context),
        },
    )


@require_GET
@vary_on_headers("HX-Request")
def events(request: HttpRequest) -> HttpResponse:
    """Every line, newest first, under filters."""
    _auditor(request)
    return _listed(request, queries.events({}), "desk/log/events.html", {"tab": "events"})


@require_GET
@vary_on_headers("HX-Request")
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """What one person did and read."""
    by = _auditor(request)
    who = User.objects.select_related("staff__unit").filter(pk=pk).first()
    if who is None:
        raise Http404
    audit.record(by, "log.read", who)
    rows = queries.of_person(pk)
    lately = rows.filter(at__gte=now() - RECENT)
    context = {"who": who, "tally": queries.tally(lately), "tab": "events"}
    return _listed(request, rows, "desk/log/person.html", context, without="actor")


@require_GET
@vary_on_headers("HX-Request")
def dossier(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Who looked at a file, and what was done to it; of the file itself only its key."""
    by = _auditor(request)
    audit.record(by, "log.read", "dossiers.dossier", data={"of": str(pk)})
    rows = queries.of_dossier(pk)
    context = {"key": pk, "people": queries.people_in(rows), "tab": "events"}
    return _listed(request, rows, "desk/log/dossier.html", context, without="dossier")


@require_GET
@vary_on_headers("HX-Request")
def refusals(request: HttpRequest) -> HttpResponse:
    """What was tried and not allowed, and who tries most."""
    _auditor(request)
    rows = queries.refusals()
    lately = rows.filter(at__gte=now() - RECENT)
    context = {"people": queries.people_in(lately, 12), "tab": "refusals"}
    return _listed(request, rows, "desk/log/refusals.html", context)


@require_GET
def unusual(request: HttpRequest) -> HttpResponse:
    """异常查阅: days on which somebody looked at more than the thresholds say."""
    _auditor(request)
    lines = queries.unusual_lines(now() - RECENT)
    context = {"lines": lines, "thresholds": THRESHOLDS, "tab": "unusual"}
    return render(request, "desk/log/unusual.html", context)


@require_GET
def seals(request: HttpRequest) -> HttpResponse:
    """封存与核验: is the log sealed, was its head sent off, who checked it."""
    _auditor(request)
    at = now()
    newest = chain.newest_block()
    context = {
        "newest": newest,
        "fresh": newest is not None
        and (at - newest.sealed_at).total_seconds() <= chain.SILENT_SECONDS,
        "blocks": chain.newest_blocks(BLOCKS_SHOWN),
        "sinks": [(name, chain.last_sent(name), chain.last_tried(name)) for name in sinks()],
        "hour_ago": at - timedelta(hours=1),
        "checks": chain.last_verified(),
        "silences": chain.silences(at - QUIET_SINCE),
        "tab": "seals",
    }
    return render(request, "desk/log/seals.html", context)
