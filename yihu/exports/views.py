"""导出与打印登记: mine, what waits for me, the register, and who took a paper out."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.signing.stepping_up import reauthenticated
from yihu.exports import actions, policy, queries
from yihu.exports.door import attachment, begin
from yihu.exports.filters import TakeoutFilter
from yihu.exports.kinds import Unanswerable, kind_of
from yihu.exports.models import Takeout
from yihu.exports.rules import HELD, LIVE, State, read_trace
from yihu.kit import clock
from yihu.kit.paging import BadCursor, page_of

SHOWN = 50


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """我的导出, and what waits for my word."""
    user = _person(request)
    waiting: list[Takeout] = []
    if policy.decides(user):
        waiting = list(queries.waiting_for(user)[: SHOWN + 1])
    mine = list(queries.mine(user)[: SHOWN + 1])
    held = queries.with_files(mine)
    labels = {kind: kind_of(kind).label for kind in {row.kind for row in [*waiting, *mine]}}
    names = dict(queries.short_names([*waiting, *mine]))
    return render(
        request,
        "exports/home.html",
        {
            "waiting": [
                (row, labels[row.kind], [names.get(unit, "") for unit in row.concerns])
                for row in waiting[:SHOWN]
            ],
            "mine": [(row, labels[row.kind], row.pk in held) for row in mine[:SHOWN]],
            "more": len(waiting) > SHOWN or len(mine) > SHOWN,
            "decides": policy.decides(user),
            "tab": "home",
        },
    )


@require_GET
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One request: where it stands; while it is being made, it asks again by itself."""
    takeout = queries.one_seen(_person(request), pk)
    partial = request.headers.get("HX-Request") == "true"
    return render(
        request,
        "exports/_standing.html" if partial else "exports/show.html",
        {
            "takeout": takeout,
            "label": kind_of(takeout.kind).label,
            "units": queries.unit_names(takeout.concerns),
            "mine": takeout.by_id == _person(request).pk,
            "held": takeout.state in HELD and queries.has_file(takeout),
            "live": takeout.state in LIVE,
            "making": takeout.state == State.MAKING,
            "may_decide": takeout.state == State.WAITING
            and policy.may_decide(_person(request), takeout),
        },
    )


@require_POST
def decide(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """Agree or not, with a reason; for whom there is no such request, 404 comes before all."""
    queries.one_seen(_person(request), pk)
    return _decide(request, pk, act)


@reauthenticated
def _decide(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    user = _person(request)
    try:
        takeout = actions.decide(
            user,
            pk,
            agree=act == "agree",
            reason=request.POST.get("reason", ""),
            at=clock.now(),
        )
    except Unanswerable as why:
        messages.error(request, "；".join(why.problems))
        return redirect("exports:show", pk=pk)
    except actions.Late:
        messages.error(request, _("这项申请已经办过，或申请人已经撤回。"))
        return redirect("exports:show", pk=pk)
    if takeout.state == State.MAKING:
        begin(takeout)
        messages.success(request, _("已同意，文件生成后由申请人本人下载。"))
    else:
        messages.success(request, _("已告知申请人不同意导出。"))
    return redirect("exports:home")


@require_POST
def link(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Draw a new link and follow it."""
    return _link(request, queries.my_one(_person(request), pk))


@reauthenticated
def _link(request: HttpRequest, takeout: Takeout) -> HttpResponse:
    try:
        secret = actions.draw_link(_person(request), takeout, at=clock.now())
    except actions.Gone:
        return _gone(request)
    return redirect("exports:fetch", secret=secret)


@require_GET
def fetch(request: HttpRequest, secret: str) -> HttpResponse:
    """The file, once, to the person whose link it is."""
    try:
        takeout, file = actions.fetch(_person(request), secret, at=clock.now())
    except actions.Gone:
        return _gone(request)
    return attachment(bytes(file.content), takeout.file_name, file.media_type, takeout.trace)


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "exports/gone.html", status=410)


@require_POST
def destroy(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The asker needs it no longer."""
    takeout = queries.my_one(_person(request), pk)
    try:
        actions.destroy(_person(request), takeout, at=clock.now())
        messages.success(request, _("已作废，生成的文件已销毁。"))
    except actions.Late:
        messages.error(request, _("这项申请已经结束。"))
    return redirect("exports:home")


@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """导出登记: what left my units, for their steward; of all units for the supervisor."""
    user = _person(request)
    require(policy.decides(user), _("查阅导出登记的"))
    chosen = TakeoutFilter(request.GET)
    page = None
    if chosen.is_valid():
        data = chosen.cleaned_data
        rows = queries.register(user, data)
        try:
            page = page_of(rows, chosen.order, after=data["after"], before=data["before"])
        except BadCursor:
            chosen.add_error(None, _("翻页位置无法识别。"))
    if page is None:
        context = {"problems": chosen.problems(), "restart": request.path}
        return render(request, "400.html", context, status=400)
    names = dict(queries.short_names(page.rows))
    partial = request.headers.get("HX-Request") == "true"
    return render(
        request,
        "exports/_register.html" if partial else "exports/register.html",
        {
            "chosen": chosen,
            "page": page,
            "lines": [
                (row, kind_of(row.kind).label, [names.get(unit, "") for unit in row.concerns])
                for row in page.rows
            ],
            "count": rows.count(),
            "alerts": [] if partial else list(queries.alerts(user, clock.now())[:SHOWN]),
            "partial": partial,
            "reset": request.path,
            "set_count": chosen.set_count(),
            "tab": "register",
        },
    )


@require_http_methods(["GET"])
def trace(request: HttpRequest) -> HttpResponse:
    """追溯: the code of a paper that was found → who took it out, when, what for."""
    user = _person(request)
    require(policy.may_trace(user), _("追溯导出文件的"))
    given = request.GET.get("code", "")[:40].strip()
    code = read_trace(given)
    found = queries.by_trace(user, code) if code else None
    wrong = ""
    if given and not code:
        wrong = _("追溯码：应为 12 位字母和数字，如 7K3Q-9XMA-2B4D。")
    elif given and found is None:
        wrong = _("没有找到这个追溯码；请核对，或请审计员在操作日志中查找。")
    return render(
        request,
        "exports/trace.html",
        {
            "given": given,
            "found": found,
            "wrong": wrong,
            "label": kind_of(found.kind).label if found else "",
            "units": queries.unit_names(found.concerns) if found else [],
            "tab": "trace",
        },
        status=422 if given and not code else 200,
    )
