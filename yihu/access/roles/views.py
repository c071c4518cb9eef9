"""账号与角色: my unit's people with their roles; what was asked, and whose hand it waits for."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.access.models import RoleAssignment, RoleRequest, User
from yihu.access.policy import require
from yihu.access.roles import actions, policy, queries
from yihu.access.roles.forms import AskForm, PeopleFilter, RequestFilter
from yihu.access.rules import GROUP_ROLES, WAITING, Role
from yihu.access.scope import Unreachable
from yihu.access.signing.stepping_up import ask_again, is_fresh
from yihu.kit.clock import now, today
from yihu.kit.paging import BadCursor, page_of

TOLD = gettext_lazy("维护账号与角色的")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _list(
    request: HttpRequest, template: str, chosen: Any, rows: Callable[[Any], Any], **more: Any
) -> HttpResponse:
    """A page of a list, or its part for HTMX."""
    page = count = None
    if chosen.is_valid():
        found = rows(chosen.cleaned_data)
        data = chosen.cleaned_data
        try:
            page = page_of(found, chosen.order, after=data["after"], before=data["before"])
        except BadCursor:
            chosen.add_error(None, _("翻页位置无法识别。"))
        else:
            count = found.count()
    if page is None:
        context = {"problems": chosen.problems(), "restart": request.path}
        return render(request, "400.html", context, status=400)
    partial = request.headers.get("HX-Request") == "true"
    context = {
        "chosen": chosen,
        "page": page,
        "count": count,
        "reset": request.path,
        "set_count": chosen.set_count(),
        **more,
    }
    return render(request, f"access/{'_' if partial else ''}{template}", context)


@never_cache
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """My unit's people and what each may do; headquarters sees everybody's."""
    user, day = _person(request), today()
    require(policy.may_keep_roles(user), str(TOLD))
    units = queries.units(user)
    chosen = PeopleFilter(request.GET, units)
    return _list(
        request,
        "roles.html",
        chosen,
        lambda data: queries.people(user, data, day),
        many=len(units) > 1,
        tab="people",
        keeps=True,
    )


@never_cache
@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """角色申请: what waits for me, and all that was asked before."""
    user = _person(request)
    require(policy.may_see_requests(user), str(TOLD))
    waiting = [(row, policy.may_open(user, row)) for row in queries.waiting_for(user)[:50]]
    return _list(
        request,
        "role_requests.html",
        RequestFilter(request.GET),
        lambda data: queries.requests(user, data),
        waiting=waiting,
        tab="requests",
        keeps=policy.may_keep_roles(user),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One of the unit's people: roles to end, a role to ask for, and what was asked before."""
    user, day = _person(request), today()
    require(policy.may_keep_roles(user), str(TOLD))
    row = queries.one_person(user, pk, day)
    account = getattr(row, "account", None)
    held = list(account.held) if account is not None and account.is_active else []
    offered = queries.roles_to_ask(user, row, held)
    form, status = AskForm(roles=offered), 200
    if request.method == "POST":
        form, status = AskForm(request.POST, roles=offered), 422
        if form.is_valid():
            role, reason = Role(form.cleaned_data["role"]), form.cleaned_data["reason"]
            try:
                actions.ask(user, row, role, reason=reason, at=now(), today=day)
            except actions.Unfit as unfit:
                form.add_error(None, str(unfit))
            else:
                said = _("已提交申请，由信息技术中心开通。")
                if role in GROUP_ROLES:
                    said = _("已提交申请，等第二名集团监督员同意。")
                messages.success(request, said)
                return redirect("role-person", pk=pk)
    return render(
        request,
        "access/role_person.html",
        {
            "row": row,
            "account": account,
            "held": [(one, policy.may_end(user, one)) for one in held],
            "form": form,
            "offered": offered,
            "history": [(one, policy.may_withdraw(user, one)) for one in queries.history(row)[:50]],
        },
        status=status,
    )


def _opened(by: User, row: RoleRequest, _reason: str) -> str:
    given = actions.open_(by, row, at=now(), today=today())
    if given.new:
        return _("已开通账号 %(number)s。它还没有密码：请在账号页发起密码重置。") % {
            "number": given.user.username
        }
    return _("已开通，下一次操作起生效。")


def _agreed(by: User, row: RoleRequest, _reason: str) -> str:
    actions.agree(by, row, at=now())
    return _("已同意，由信息技术中心开通。")


def _refused(by: User, row: RoleRequest, reason: str) -> str:
    actions.refuse(by, row, reason=reason, at=now())
    return _("已退回申请人。")


def _withdrawn(by: User, row: RoleRequest, _reason: str) -> str:
    actions.withdraw(by, row, at=now())
    return _("已撤回。")


Act = tuple[Callable[[User, RoleRequest], bool], bool, Callable[[User, RoleRequest, str], str]]
ACTS: dict[str, Act] = {
    "agree": (policy.may_agree, True, _agreed),
    "open": (policy.may_open, True, _opened),
    "refuse": (
        lambda user, row: policy.may_agree(user, row) or policy.may_open(user, row),
        False,
        _refused,
    ),
    "withdraw": (policy.may_withdraw, False, _withdrawn),
}
"""For each act who may, whether it asks for fresh proof, and what it does."""


@never_cache
@require_POST
def request_act(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """Agree, open, refuse or withdraw; whoever may not learns so before any proof is asked."""
    user = _person(request)
    row = queries.one_request(user, pk)
    may, fresh, do = ACTS[act]
    require(may(user, row) or row.state not in WAITING, _("办理此项角色申请的"))
    if fresh and not is_fresh(request):
        return ask_again(request)
    try:
        said = do(user, row, request.POST.get("reason", ""))
    except (actions.Unfit, actions.Lapsed) as why:
        messages.error(request, str(why))
    else:
        messages.success(request, said)
    return redirect("role-requests")


@never_cache
@require_POST
def end(request: HttpRequest, username: str, held: int) -> HttpResponse:
    """End a role that the account holds, at once."""
    user = _person(request)
    rows = RoleAssignment.objects.select_related("user__staff", "unit")
    row = rows.filter(pk=held, user__username=username).first()
    if row is None or not policy.may_end(user, row):
        raise Unreachable("access.roleassignment", {"pk": held})
    if not is_fresh(request):
        return ask_again(request)
    try:
        actions.end(user, row, reason=request.POST.get("reason", ""), at=now(), today=today())
    except (actions.Unfit, actions.Lapsed) as why:
        messages.error(request, str(why))
    else:
        messages.success(request, _("已注销，下一次操作起不再有效；其登录不受影响。"))
    if policy.may_keep_roles(user) and row.user.staff_id is not None:
        return redirect("role-person", pk=row.user.staff_id)
    return redirect("account", username=username)
