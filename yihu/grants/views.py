"""查询权限: what I asked for, what waits for my hand, the unit's policy, who can see its files."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.access.entering import for_group
from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import Unreachable
from yihu.access.signing.stepping_up import ask_again, is_fresh
from yihu.grants import actions, queries
from yihu.grants import policy as may
from yihu.grants.forms import AskForm, LineFormSet, PolicyForm
from yihu.grants.models import Grant
from yihu.grants.rules import LIVE, Line, State
from yihu.kit import clock
from yihu.org.models import OrgUnit

SHOWN = 50


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits for me, and what I asked for."""
    user = _person(request)
    with for_group():  # who asks may be of any unit, and says so
        waiting = list(queries.waiting_for(user)[: SHOWN + 1])
    mine = list(queries.mine(user)[: SHOWN + 1])
    return render(
        request,
        "grants/home.html",
        {
            "waiting": [
                (row, queries.said(row), may.may_open(user, row)) for row in waiting[:SHOWN]
            ],
            "mine": [(row, queries.said(row), row.state in LIVE) for row in mine[:SHOWN]],
            "more": len(waiting) > SHOWN or len(mine) > SHOWN,
            "asks": may.may_ask(user),
            "rules": bool(queries.steward_units(user)),
        },
    )


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask to read files; the regions offered are those of the unit that is chosen."""
    user = _person(request)
    require(may.may_ask(user), _("申请查询客户档案的"))
    given = request.POST if request.method == "POST" else request.GET
    chosen = given.get("unit", "")
    unit = queries.units_to_ask().filter(pk=int(chosen)).first() if chosen.isdigit() else None
    today = clock.today()
    if request.method == "GET":
        start = {"unit": unit, "since": today, "until": today + timedelta(days=29)}
        form = AskForm(initial=start, unit=unit)
        return render(request, "grants/ask.html", {"form": form, "unit": unit})
    form = AskForm(request.POST, unit=unit)
    if form.is_valid():
        said = dict(form.cleaned_data)
        try:
            actions.ask(user, said.pop("unit"), **said, at=clock.now(), today=today)
        except actions.Unfit as unfit:
            form.add_error(None, str(unfit))
        else:
            messages.success(request, _("已提交申请，由该单位管理员审批。"))
            return redirect("grants:home")
    return render(request, "grants/ask.html", {"form": form, "unit": unit}, status=422)


ACTS: dict[str, tuple[Callable[..., Any], Any]] = {
    "agree": (
        lambda by, row, _reason: actions.agree(by, row, at=clock.now(), today=clock.today()),
        gettext_lazy("已同意。"),
    ),
    "refuse": (
        lambda by, row, reason: actions.refuse(by, row, reason=reason, at=clock.now()),
        gettext_lazy("已退回申请人。"),
    ),
    "withdraw": (
        lambda by, row, _reason: actions.withdraw(by, row, at=clock.now()),
        gettext_lazy("已撤回。"),
    ),
    "open": (
        lambda by, row, _reason: actions.open_(by, row, at=clock.now(), today=clock.today()),
        gettext_lazy("已开通。"),
    ),
    "end": (
        lambda by, row, reason: actions.end(by, row, reason=reason, at=clock.now()),
        gettext_lazy("已注销。"),
    ),
    "confirm": (
        lambda by, row, _reason: actions.confirm(by, row, at=clock.now(), today=clock.today()),
        gettext_lazy("已确认，继续有效一个季度。"),
    ),
}


GIVES = {"agree", "open", "confirm"}
"""Hands that give somebody rights ask for fresh proof (T23); those that end them do not."""


@require_POST
def act(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """One of the hands of a grant; back to where it was pressed."""
    user = _person(request)
    row = Grant.objects.filter(pk=pk).first()
    if row is None:
        raise Unreachable("grants.grant", {"pk": pk})
    if act not in ACTS:
        raise Http404
    if act in GIVES and not is_fresh(request):
        return ask_again(request)
    do, done = ACTS[act]
    try:
        do(user, row, request.POST.get("reason", ""))
    except Grant.DoesNotExist:  # the policies let this person read it and never lock it
        raise Unreachable("grants.grant", {"pk": pk}) from None
    except (actions.Unfit, actions.Lapsed) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, str(done))
    back = "grants:holders" if act in ("end", "confirm") and row.person_id != user.pk else None
    return redirect(back or "grants:home")


def _unit_of(user: User, given: str) -> OrgUnit:
    units = queries.steward_units(user)
    require(bool(units), _("制定本单位查询权限规定的"))
    return next((unit for unit in units if str(unit.pk) == given), units[0])


@require_http_methods(["GET", "POST"])
def policy(request: HttpRequest) -> HttpResponse:
    """The unit's query policy in force, and a form for its next edition."""
    user = _person(request)
    unit = _unit_of(user, request.GET.get("unit", ""))
    today = clock.today()
    current = queries.policy_of(unit.pk, today)
    kwargs = {"unit": unit}
    if request.method == "GET":
        lines = current.lines.all() if current else []
        form = PolicyForm(initial={"effective_on": today})
        rows = LineFormSet(
            initial=[
                {"post": line.post, "sections": line.sections, "regions": line.regions,
                 "level": line.level, "days": line.days}
                for line in lines
            ],
            form_kwargs=kwargs,
        )  # fmt: skip
        return _policy(request, unit, current, form, rows)
    form = PolicyForm(request.POST)
    fresh = is_fresh(request)
    rows = LineFormSet(request.POST, form_kwargs=kwargs)
    if form.is_valid() and rows.is_valid() and not fresh:
        form.add_error(
            None,
            _(
                "发布规定须在十分钟内验证过身份：请点下面的“验证身份”，验证后回到本页再点发布，所填仍在。"
            ),
        )
    elif form.is_valid() and rows.is_valid():
        kept = [row.cleaned_data for row in rows if row.cleaned_data]
        lines = [
            Line(
                row["post"], frozenset(row["sections"]), frozenset(row["regions"]), row["level"],
                row["days"],
            )
            for row in kept
            if not row["DELETE"]
        ]  # fmt: skip
        try:
            actions.publish_policy(
                user, unit, lines=lines, **form.cleaned_data, at=clock.now(), today=today
            )
        except actions.Unfit as unfit:
            form.add_error(None, str(unfit))
        else:
            messages.success(request, _("已发布本单位查询权限规定。"))
            return redirect("grants:policy")
    return _policy(request, unit, current, form, rows, status=422, fresh=fresh)


def _policy(
    request: HttpRequest,
    unit: OrgUnit,
    current: Any,
    form: Any,
    rows: Any,
    *,
    status: int = 200,
    fresh: bool = True,
) -> HttpResponse:
    context = {"unit": unit, "current": current, "form": form, "rows": rows, "fresh": fresh}
    return render(request, "grants/policy.html", context, status=status)


@require_GET
def holders(request: HttpRequest) -> HttpResponse:
    """The matrix: who can see my unit's customers, why, until when."""
    user = _person(request)
    unit = _unit_of(user, request.GET.get("unit", ""))
    today = clock.today()
    with for_group():  # headquarters' people and other units' are among them
        lines = queries.matrix(unit, today)
    return render(
        request,
        "grants/holders.html",
        {
            "unit": unit,
            "units": queries.steward_units(user),
            "lines": lines,
            "people": len({line.user.pk for line in lines}),
            "granted": sum(line.grant is not None for line in lines),
            "today": today,
            "states": State,
        },
    )
