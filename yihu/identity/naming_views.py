"""Pages: headquarters' record of a customer, its names and its credit codes."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.scope import Unreachable
from yihu.audit import actions as audit
from yihu.customers.models import Customer
from yihu.dossiers.problems import Refused
from yihu.identity import naming
from yihu.identity.models import CodeChange
from yihu.identity.policy import may_settle
from yihu.kit import clock


def _customer(request: HttpRequest, pk: UUID) -> tuple[User, Customer]:
    """Raises: Unreachable (404) for all but headquarters, and where there is none."""
    assert isinstance(request.user, User)
    found = Customer.objects.filter(pk=pk).first() if may_settle(request.user) else None
    if found is None:
        raise Unreachable("customers.customer", {"pk": pk})
    return request.user, found


def _done(request: HttpRequest, act: Callable[[], object], said: str) -> None:
    try:
        act()
    except (Refused, Denied) as why:
        messages.error(request, str(why))
    else:
        messages.success(request, said)


@require_GET
def identity(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Name, former names, code and its changes, and what may be done."""
    user, customer = _customer(request, pk)
    audit.record(user, "customer.read", customer)
    context = {
        "customer": customer,
        "names": list(customer.namings.select_related("by").order_by("-at")[:50]),
        "changes": list(
            customer.code_changes.select_related("proposed_by", "decided_by").order_by(
                "-proposed_at"
            )[:50]
        ),
        "me": user.pk,
    }
    return render(request, "identity/customer.html", context)


@require_POST
def rename(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another name."""
    user, customer = _customer(request, pk)
    name, reason = request.POST.get("name", ""), request.POST.get("reason", "")
    _done(
        request,
        lambda: naming.rename(
            user, customer, name=name, reason=reason, at=clock.now(), today=clock.today()
        ),
        _("已更名，原名称留作曾用名。"),
    )
    return redirect("identity:customer", pk=pk)


@require_POST
def propose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another code, to be confirmed by a second person."""
    user, customer = _customer(request, pk)
    code, reason = request.POST.get("code", ""), request.POST.get("reason", "")
    _done(
        request,
        lambda: naming.propose_code(user, customer, code=code, reason=reason, at=clock.now()),
        _("已提出，等另一名集团监督员确认。"),
    )
    return redirect("identity:customer", pk=pk)


@require_POST
def decide(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """Confirm, refuse or withdraw."""
    assert isinstance(request.user, User)
    user = request.user
    change = CodeChange.objects.filter(pk=pk).first() if may_settle(user) else None
    if change is None:
        raise Unreachable("identity.codechange", {"pk": pk})
    note = request.POST.get("note", "")
    acts: dict[str, Callable[[], object]] = {
        "confirm": lambda: naming.confirm_code(user, change, at=clock.now()),
        "refuse": lambda: naming.refuse_code(user, change, note=note, at=clock.now()),
        "withdraw": lambda: naming.withdraw_code(user, change, at=clock.now()),
    }
    if act not in acts:
        raise Http404
    _done(request, acts[act], _("已办理。"))
    return redirect("identity:customer", pk=change.customer_id)
