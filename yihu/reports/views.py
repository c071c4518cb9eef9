"""Prints by their address: reached, made, recorded, sent."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.access.scope import Unreachable, reach
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused
from yihu.kit import clock
from yihu.reports import actions, queries


def _reach(request: HttpRequest, pk: UUID) -> Dossier:
    found: Dossier = reach(queries.dossiers(), cast("User", request.user), pk=pk)
    return found


def _send(printed: actions.Printed) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=printed.name)
    return HttpResponse(
        printed.content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": disposition or "attachment",
            "X-Yihu-Trace": printed.trace,
            "Cache-Control": "private, no-store",
        },
    )


@require_GET
def dossier(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The file as it stands, as A4."""
    file = _reach(request, pk)
    user = cast("User", request.user)
    try:
        return _send(actions.print_dossier(user, file, at=clock.now(), today=clock.today()))
    except Refused as why:
        messages.error(request, str(why))
        return redirect("desk:dossier", pk=pk)


@require_GET
def version(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """An approved version, as A4."""
    file = _reach(request, pk)
    found = queries.version_of(file, number)
    if found is None:
        raise Http404
    return _send(actions.print_version(cast("User", request.user), file, found, at=clock.now()))


@require_GET
def customer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """All units' files on one customer, as A4; only for those who see every unit."""
    user = cast("User", request.user)
    found = queries.customer(pk) if holds(user, Role.SUPERVISOR) else None
    if found is None:
        raise Unreachable("customers.customer", {"pk": pk})
    try:
        return _send(actions.print_customer(user, found, at=clock.now(), today=clock.today()))
    except Refused as why:
        messages.error(request, str(why))
        return redirect("desk:customer", pk=pk)
