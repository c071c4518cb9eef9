"""ITC's pages of accounts: how each stands, and what may be done about it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.roles.policy import may_end
from yihu.access.roles.queries import history
from yihu.access.scope import Unreachable
from yihu.access.signing import actions, queries
from yihu.access.signing.forms import AccountFilter, ReasonForm
from yihu.access.signing.policy import may_hand_any, may_run, may_see_accounts
from yihu.access.signing.sessions import sessions_of
from yihu.access.signing.stepping_up import ask_again, is_fresh
from yihu.kit.clock import now, today
from yihu.kit.paging import BadCursor, page_of


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _itc(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    require(may_see_accounts(request.user), _("管理账号的"))
    return request.user


def _account(username: str) -> User:
    row: User | None = queries.accounts(today()).filter(username=username).first()
    if row is None:
        raise Unreachable("access.user", {"username": username})
    return row


@never_cache
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """账号: every account by unit, role, state and use; no customer anywhere."""
    _itc(request)
    chosen = AccountFilter(request.GET)
    page = None
    rows = queries.accounts(today())
    if chosen.is_valid():
        data = chosen.cleaned_data
        rows = queries.filtered(data, now())
        try:
            page = page_of(rows, chosen.order, after=data["after"], before=data["before"])
        except BadCursor:
            chosen.add_error(None, _("翻页位置无法识别。"))
    if page is None:
        context = {"problems": chosen.problems(), "restart": request.path}
        return render(request, "400.html", context, status=400)
    partial = request.headers.get("HX-Request") == "true"
    return render(
        request,
        "access/_accounts.html" if partial else "access/accounts.html",
        {
            "chosen": chosen,
            "page": page,
            "count": rows.count(),
            "reset": request.path,
            "set_count": chosen.set_count(),
        },
    )


def _show(
    request: HttpRequest,
    by: User,
    account: User,
    *,
    form: Any = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    return render(
        request,
        "access/account.html",
        {
            "row": account,
            "held": [(one, may_end(by, one)) for one in account.assignments.all()],
            "history": history(account.staff)[:50] if account.staff is not None else [],
            "may": may_run(by, account),
            "sessions": len(sessions_of(account)),
            "returns": queries.may_return(account),
            "reset": queries.open_reset(account, now()),
            "factor_needed": settings.SECOND_FACTOR,
            "form": form or ReasonForm(),
            **more,
        },
        status=status,
    )


@never_cache
@require_GET
def account(request: HttpRequest, username: str) -> HttpResponse:
    """One account: its state, its roles, and what ITC may do."""
    return _show(request, _itc(request), _account(username))


@never_cache
@require_POST
def account_act(request: HttpRequest, username: str, act: str) -> HttpResponse:
    """Reset, take off the second factor, suspend or open again; each with its reason."""
    by, row, at = _itc(request), _account(username), now()
    if not is_fresh(request):
        return ask_again(request)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _show(request, by, row, form=form, status=422)
    why = form.cleaned_data["why"]
    try:
        if act == "reset":
            code = actions.start_reset(by, row, why=why, at=at)
            return _show(request, by, _account(username), code=code)
        if act == "factor":
            actions.remove_factor(by, row, why=why, at=at)
            said = _("已解除二次验证，此账号的登录已全部退出。")
        elif act == "suspend":
            actions.suspend(by, row, why=why, at=at)
            said = _("已停用此账号，其登录已全部退出。")
        else:
            actions.reactivate(by, row, why=why, at=at)
            said = _("已恢复此账号。")
    except actions.NotSo as reason:
        form.add_error(None, str(reason))
        return _show(request, by, row, form=form, status=409)
    messages.success(request, said)
    return redirect("account", username=username)


# The other half of a reset code ------------------------------------------------------------------


@never_cache
@require_GET
def resets(request: HttpRequest) -> HttpResponse:
    """交付重置码: whose second half waits for me; nobody of ITC comes here."""
    user = _person(request)
    require(may_hand_any(user), _("交付重置码的"))
    return render(request, "access/resets.html", {"rows": queries.to_hand(user, now())})


@never_cache
@require_POST
def hand(request: HttpRequest, username: str) -> HttpResponse:
    """The second half, shown once to who has the person before them."""
    user, at = _person(request), now()
    waiting = {row.user.username: row.user for row in queries.to_hand(user, at)}
    if username not in waiting:
        raise Unreachable("access.passwordreset", {"username": username})
    if not is_fresh(request):
        return ask_again(request)
    half = actions.hand_half(user, waiting[username], at=at)
    context = {"rows": queries.to_hand(user, at), "half": half, "whose": waiting[username]}
    return render(request, "access/resets.html", context)
