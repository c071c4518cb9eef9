"""事件外发: endpoints, what is stuck, and what every type of event means."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import Unreachable
from yihu.access.signing.stepping_up import ask_again, is_fresh, reauthenticated
from yihu.kit import clock
from yihu.kit.paging import BadCursor, page_of
from yihu.outbox import actions, policy, queries
from yihu.outbox.filters import DeadFilter
from yihu.outbox.forms import EndpointForm
from yihu.outbox.kinds import KINDS
from yihu.outbox.models import Delivery, Endpoint
from yihu.outbox.rules import OVERLAP, TRIES


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The endpoints of the person's scope."""
    user = _person(request)
    require(policy.may_look(user), _("查看事件外发的"))
    context = {
        "rows": list(queries.endpoints()[:200]),
        "keeps": policy.may_keep(user),
        "tab": "home",
    }
    return render(request, "outbox/home.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@reauthenticated
def new(request: HttpRequest) -> HttpResponse:
    """An endpoint is asked for; its secret stands on the page that answers, once."""
    user = _person(request)
    require(policy.may_keep(user), _("设置事件外发的"))
    form = EndpointForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made, secret = actions.ask(user, form.wish(), at=clock.now())
            except actions.Refused as why:
                form.add_error(why.field, str(why))
            else:
                return _show(request, queries.endpoint(made.pk), secret=secret)
    return render(request, "outbox/new.html", {"form": form, "tab": "home"}, status=status)


@require_GET
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One endpoint: how it stands, what was sent lately, what can be done."""
    require(policy.may_look(_person(request)), _("查看事件外发的"))
    return _show(request, queries.endpoint(pk))


def _show(
    request: HttpRequest, found: Endpoint, *, secret: str = "", status: int = 200
) -> HttpResponse:
    user = _person(request)
    context = {
        "row": found,
        "secret": secret,
        "labels": [kind.label for kind in KINDS if kind.verb in found.kinds],
        "keeps": policy.may_keep(user),
        "agrees": policy.may_agree(user, found),
        "ends": policy.may_end(user, found),
        "latest": queries.latest(found),
        "overlaps": found.before_until is not None and found.before_until > clock.now(),
        "tab": "home",
    }
    return render(request, "outbox/endpoint.html", context, status=status)


@never_cache
@require_POST
@reauthenticated
def rotate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A new secret, on the page that answers, once."""
    found = queries.endpoint(pk)
    try:
        secret = actions.rotate(_person(request), found, at=clock.now())
    except actions.Refused as why:
        messages.error(request, str(why))
        return redirect("outbox:endpoint", pk=pk)
    return _show(request, queries.endpoint(pk), secret=secret)


def _agree(user: User, row: Endpoint, request: HttpRequest) -> str:
    actions.agree(user, row, at=clock.now())
    return _("已同意，从现在起外发。")


def _end(user: User, row: Endpoint, request: HttpRequest) -> str:
    actions.end(user, row, reason=request.POST.get("reason", ""))
    return _("已停用，不再外发。")


def _pause(user: User, row: Endpoint, request: HttpRequest) -> str:
    actions.pause(user, row, reason=request.POST.get("reason", ""))
    return _("已暂停；期间的事件会等着。")


def _resume(user: User, row: Endpoint, request: HttpRequest) -> str:
    actions.resume(user, row)
    return _("已恢复，等着的事件将按次序送出。")


def _take_over(user: User, row: Endpoint, request: HttpRequest) -> str:
    actions.take_over(user, row)
    return _("已接管，您是这个端点的负责人。")


def _test(user: User, row: Endpoint, request: HttpRequest) -> str:
    return actions.try_out(user, row, at=clock.now())


def _replay(user: User, row: Endpoint, request: HttpRequest) -> str:
    said = request.POST.get("number", "").strip()
    if not (said.isascii() and said.isdigit() and len(said) <= 18):
        raise actions.Refused(_("请填写事件号，应是正整数。"), "number")
    count = actions.replay(user, row, number=int(said))
    message = ngettext("%(count)d 个事件将重新送出。", "%(count)d 个事件将重新送出。", count)
    return message % {"count": count}


ACTS: dict[str, Callable[[User, Endpoint, HttpRequest], str]] = {
    "agree": _agree,
    "end": _end,
    "pause": _pause,
    "resume": _resume,
    "take-over": _take_over,
    "test": _test,
    "replay": _replay,
}
GIVES = {"agree"}
"""Lets data leave, so it asks for fresh proof (T23)."""


@require_POST
def act(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """One of the deeds on an endpoint; back to its page with what came of it."""
    if act not in ACTS:
        raise Http404
    row = queries.endpoint(pk)
    if act in GIVES and not is_fresh(request):
        return ask_again(request)
    try:
        messages.success(request, ACTS[act](_person(request), row, request))
    except actions.Refused as why:
        messages.error(request, str(why))
    return redirect("outbox:endpoint", pk=pk)


@require_GET
def dead(request: HttpRequest) -> HttpResponse:
    """送不出去的事件: each holds up what follows it in its file, until somebody decides."""
    require(policy.may_keep(_person(request)), _("处理未送达事件的"))
    chosen = DeadFilter(request.GET)
    page = None
    if chosen.is_valid():
        data = chosen.cleaned_data
        given = {name: data[name] for name in ("endpoint", "kind") if data[name]}
        try:
            rows = queries.dead().filter(**given)
            page = page_of(rows, chosen.order, after=data["after"], before=data["before"])
        except BadCursor:
            chosen.add_error(None, _("翻页位置无法识别。"))
    if page is None:
        context = {"problems": chosen.problems(), "restart": request.path}
        return render(request, "400.html", context, status=400)
    partial = request.headers.get("HX-Request") == "true"
    shown = {
        "chosen": chosen,
        "page": page,
        "reset": request.path,
        "set_count": chosen.set_count(),
        "tries": TRIES,
        "tab": "dead",
    }
    return render(request, "outbox/_dead.html" if partial else "outbox/dead.html", shown)


@require_POST
def dead_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Try it again, or give it up with a reason."""
    user = _person(request)
    require(policy.may_keep(user), _("处理未送达事件的"))
    row = Delivery.objects.filter(pk=pk).first()
    if row is None:
        raise Unreachable("outbox.delivery", {"pk": pk})
    try:
        if act == "retry":
            actions.retry(user, row)
            messages.success(request, _("将重新送出；排在其后的继续等它。"))
        elif act == "drop":
            actions.drop(user, row, reason=request.POST.get("reason", ""))
            messages.success(request, _("已放弃；排在其后的事件将接着送出。"))
        else:
            raise Http404
    except actions.Refused as why:
        messages.error(request, str(why))
    return redirect("outbox:dead")


@require_GET
def types(request: HttpRequest) -> HttpResponse:
    """事件类型: what leaves, how it is signed, and what a receiver must do."""
    context = {
        "kinds": KINDS,
        "address": settings.ADDRESS,
        "hours": int(OVERLAP.total_seconds() // 3600),
        "tries": TRIES,
        "keeps": policy.may_keep(_person(request)),
        "looks": policy.may_look(_person(request)),
        "tab": "types",
    }
    return render(request, "outbox/types.html", context)
