"""Pages: customers that look alike, joining two, joins that were made and undone (§5.1)."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.scope import Unreachable
from yihu.audit import actions as audit
from yihu.customers.models import Customer
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused
from yihu.identity import jobs, joining
from yihu.identity.models import Join, LookAlike
from yihu.identity.policy import may_settle
from yihu.identity.rules import AlikeState
from yihu.kit import clock
from yihu.kit.paging import BadCursor, Order, Page, page_of

ALIKE = Order("score", int, descending=True)
LATEST = Order("joined_at", datetime.fromisoformat, descending=True)


def _head(request: HttpRequest) -> User:
    """Raises: Unreachable (404) for all but headquarters."""
    assert isinstance(request.user, User)
    if not may_settle(request.user):
        raise Unreachable("customers.customer", {})
    return request.user


def _customer(given: str) -> Customer:
    try:
        found = Customer.objects.filter(pk=UUID(given)).first()
    except ValueError:
        found = None
    if found is None:
        raise Unreachable("customers.customer", {"pk": given[:40]})
    return found


def _paged(request: HttpRequest, rows: object, order: Order) -> Page:
    try:
        return page_of(
            rows,  # type: ignore[arg-type]  # a queryset, whatever its row
            order,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        )
    except BadCursor as why:
        raise BadRequest(_("翻页位置无法识别。")) from why


def _done(request: HttpRequest, act: Callable[[], object], said: str) -> bool:
    try:
        act()
    except (Refused, Denied) as why:
        messages.error(request, str(why))
        return False
    messages.success(request, said)
    return True


@require_GET
def alike(request: HttpRequest) -> HttpResponse:
    """相似客户: pairs of similar names, the most alike first; nothing joins by itself."""
    _head(request)
    state = request.GET.get("state", AlikeState.OPEN)
    state = state if state in AlikeState.values else AlikeState.OPEN
    rows = LookAlike.objects.filter(state=state).select_related("one", "other", "decided_by")
    context = {
        "page": _paged(request, rows, ALIKE),
        "reset": request.path,
        "state": state,
        "states": AlikeState.choices,
    }
    return render(request, "identity/alike.html", context)


@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Look again, in the background."""
    _head(request)
    jobs.look_now.defer()
    messages.success(request, _("正在后台比对全部客户名称，稍后刷新本页。"))
    return redirect("identity:alike")


@require_POST
def dismiss(request: HttpRequest, pk: UUID) -> HttpResponse:
    """They are two."""
    user = _head(request)
    pair = LookAlike.objects.filter(pk=pk).first()
    if pair is None:
        raise Unreachable("identity.lookalike", {"pk": pk})
    reason = request.POST.get("reason", "")
    _done(
        request,
        lambda: joining.dismiss(user, pair, reason=reason, at=clock.now()),
        _("已记为不是同一家，不再提示。"),
    )
    return redirect("identity:alike")


@require_GET
def preview(request: HttpRequest) -> HttpResponse:
    """Both sides before they are joined: what they are, their files, where a unit has both."""
    user = _head(request)
    kept, gone = (_customer(request.GET.get(name, "")) for name in ("kept", "gone"))
    audit.record(user, "customer.read", kept, data={"beside": str(gone.pk)})
    files = {
        side.pk: list(
            Dossier.objects.filter(customer=side)
            .select_related("unit")
            .order_by("unit__sort", "unit", "number")
        )
        for side in (kept, gone)
    }
    both = sorted(
        {file.unit.name for file in files[kept.pk]} & {file.unit.name for file in files[gone.pk]}
    )
    context = {
        "kept": kept,
        "gone": gone,
        "sides": [(kept, files[kept.pk]), (gone, files[gone.pk])],
        "moving": len(files[gone.pk]),
        "both": both,
    }
    return render(request, "identity/join.html", context)


@require_POST
def join(request: HttpRequest) -> HttpResponse:
    """Join the two."""
    user = _head(request)
    kept, gone = (_customer(request.POST.get(name, "")) for name in ("kept", "gone"))
    reason = request.POST.get("reason", "")
    if _done(
        request,
        lambda: joining.join(user, kept, gone, reason=reason, at=clock.now()),
        _("已合并，可在“合并记录”里撤销。"),
    ):
        return redirect("desk:customer", pk=kept.pk)
    return redirect("identity:alike")


@require_GET
def joins(request: HttpRequest) -> HttpResponse:
    """What was joined, and what was undone."""
    _head(request)
    rows = Join.objects.select_related("kept", "gone", "joined_by", "undone_by")
    context = {"page": _paged(request, rows, LATEST), "reset": request.path}
    return render(request, "identity/joins.html", context)


@require_POST
def undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    """They are two after all."""
    user = _head(request)
    made = Join.objects.select_related("kept", "gone").filter(pk=pk).first()
    if made is None:
        raise Unreachable("identity.join", {"pk": pk})
    reason = request.POST.get("reason", "")
    _done(
        request,
        lambda: joining.undo(user, made, reason=reason, at=clock.now()),
        _("已撤销合并，档案回到原来的客户名下。"),
    )
    return redirect("identity:joins")
