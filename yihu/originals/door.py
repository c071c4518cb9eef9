"""What the doors of this slice share: the person, a list under conditions, an act and its word."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.scope import ScopedQuerySet
from yihu.audit import actions as audit
from yihu.dossiers import marks
from yihu.dossiers.problems import Refused
from yihu.kit.filters import Filter
from yihu.kit.paging import BadCursor, Order, Page, page_of
from yihu.originals.lens import veil
from yihu.originals.models import Original


def person(request: HttpRequest) -> User:
    """Who is signed in."""
    assert isinstance(request.user, User)
    return request.user


def done(request: HttpRequest, act: Callable[[], object], said: str) -> bool:
    """Do it and say so; or say why it cannot be done."""
    try:
        act()
    except (Refused, Denied) as why:
        messages.error(request, str(why))
        return False
    messages.success(request, said)
    return True


def listed(
    request: HttpRequest,
    chosen: Filter,
    rows: Callable[[], ScopedQuerySet],
    *,
    template: str,
    fragment: str,
    **more: Any,
) -> HttpResponse:
    """A page of the list under the conditions of the address, or 400 saying which is wrong."""
    problems = [] if chosen.is_valid() else chosen.problems()
    page = None
    if not problems:
        data = chosen.cleaned_data
        try:
            page = page_of(rows(), chosen.order, after=data["after"], before=data["before"])
        except BadCursor:
            problems = [_("翻页位置无法识别。")]
    if page is None:
        refusal = {"problems": problems, "restart": request.path}
        answer = render(request, "400.html", refusal, status=400)
        answer["X-Yihu-Problem"] = quote(" ".join(problems))
        return answer
    originals: list[Original] = [getattr(row, "original", row) for row in page.rows]
    marks.put(person(request), [original.dossier for original in originals])
    veil(person(request), originals)
    if words := chosen.cleaned_data.get("q"):
        audit.searched(person(request), "originals.original", words, hits=len(page.rows))
    htmx = getattr(request, "htmx", None)
    partial = bool(htmx) and not getattr(htmx, "boosted", False)
    context = {
        "chosen": chosen,
        "page": page,
        "partial": partial,
        "reset": request.path,
        "set_count": chosen.set_count(),
        **more,
    }
    return render(request, fragment if partial else template, context)


def paged(request: HttpRequest, rows: ScopedQuerySet, order: Order) -> Page:
    """The page that the address asks for. Raises: BadRequest for an unreadable place."""
    try:
        return page_of(
            rows, order, after=request.GET.get("after", ""), before=request.GET.get("before", "")
        )
    except BadCursor as why:
        raise BadRequest(_("翻页位置无法识别。")) from why
