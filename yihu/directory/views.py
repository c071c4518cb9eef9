"""目录组与角色: which group gives which role, who agreed, and how the identity system comes in."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.signing.stepping_up import ask_again, is_fresh, reauthenticated
from yihu.directory import actions, policy, queries
from yihu.directory.forms import MappingFilter, MappingForm, ScimTokenForm
from yihu.kit.clock import now, today
from yihu.kit.paging import BadCursor, Page, page_of

LOOKS = gettext_lazy("查看目录组的")
KEEPS = gettext_lazy("设置目录组的")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What groups give, what waits for me, and the groups that SCIM told of."""
    user = _person(request)
    require(policy.may_look(user), str(LOOKS))
    chosen = MappingFilter(request.GET)
    page: Page | None = None
    if chosen.is_valid():
        data = chosen.cleaned_data
        rows = queries.mappings(data)
        try:
            page = page_of(rows, chosen.order, after=data["after"], before=data["before"])
        except BadCursor:
            chosen.add_error(None, _("翻页位置无法识别。"))
    if page is None:
        context = {"problems": chosen.problems(), "restart": request.path}
        return render(request, "400.html", context, status=400)
    held = queries.holders(page.rows, today())
    keeps = policy.may_keep(user)
    partial = request.headers.get("HX-Request") == "true"
    return render(
        request,
        "directory/_list.html" if partial else "directory/home.html",
        {
            "chosen": chosen,
            "page": page,
            "lines": [
                (
                    row,
                    held.get((row.group, row.role, row.unit_id), 0),
                    policy.may_agree(user, row),
                    policy.may_end(user, row),
                )
                for row in page.rows
            ],
            "reset": request.path,
            "set_count": chosen.set_count(),
            "keeps": keeps,
            "groups": queries.groups() if keeps else [],
            "tab": "home",
        },
    )


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A group is to give a role; the unit has to agree."""
    user = _person(request)
    require(policy.may_keep(user), str(KEEPS))
    form, status = MappingForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = actions.map_group(user, **form.cleaned_data, at=now())
            except actions.Unfit as why:
                form.add_error(None, str(why))
            else:
                said = _("已登记，等单位管理员同意。")
                if made.of_group:
                    said = _("已登记，等两名集团监督员同意。")
                messages.success(request, said)
                return redirect("directory:home")
    return render(request, "directory/new.html", {"form": form, "tab": "home"}, status=status)


@require_POST
def agree(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The unit's word; whoever may not learns so before any proof is asked."""
    user, row = _person(request), queries.mapping(pk)
    require(policy.may_agree(user, row) or row.ended_at is not None, _("同意此项对应的"))
    if not is_fresh(request):
        return ask_again(request)
    try:
        made = actions.agree(user, row, at=now())
    except actions.Lapsed as why:
        messages.error(request, str(why))
    else:
        said = _("已同意，组内人员下次登录时授予。")
        if not made.in_force:
            said = _("已同意，还须另一名集团监督员同意。")
        messages.success(request, said)
    return redirect("directory:home")


@require_POST
def end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """It gives nothing any more, and what it gave ends now."""
    user, row = _person(request), queries.mapping(pk)
    try:
        ended = actions.end(user, row, at=now())
    except actions.Lapsed as why:
        messages.error(request, str(why))
    else:
        messages.success(request, _("已停用，由它授予的 %(n)d 个角色已结束。") % {"n": ended})
    return redirect("directory:home")


@never_cache
@require_http_methods(["GET", "POST"])
@reauthenticated
def tokens(request: HttpRequest) -> HttpResponse:
    """The identity system's tokens, and a new one, whose secret stands on the answer, once."""
    user, at = _person(request), now()
    require(policy.may_keep(user), _("签发目录令牌的"))
    form, status, secret = ScimTokenForm(request.POST or None), 200, ""
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data: dict[str, Any] = form.cleaned_data
            try:
                secret = actions.issue(user, data["label"], days=data["days"], at=at)
            except actions.Unfit as why:
                form.add_error(None, str(why))
            else:
                form, status = ScimTokenForm(), 200
    context = {
        "form": form,
        "secret": secret,
        "address": request.build_absolute_uri("/scim/v2"),
        "lines": [
            (row, row.revoked_at is None and row.expires_at > at) for row in queries.tokens()
        ],
        "keeps": True,
        "tab": "tokens",
    }
    return render(request, "directory/tokens.html", context, status=status)


@require_POST
def revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    """It opens nothing from now on."""
    if actions.revoke(_person(request), pk, at=now()):
        messages.success(request, _("已吊销，用它的系统从此进不来。"))
    else:
        messages.info(request, _("这个令牌已经不在有效之列。"))
    return redirect("directory:tokens")
