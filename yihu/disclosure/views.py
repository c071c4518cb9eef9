"""The doors: look behind a mask, set a mark, seal a contact, and the unit's register of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.access.entering import for_group
from yihu.access.models import User
from yihu.access.policy import holds, require
from yihu.access.rules import Role
from yihu.access.scope import reach
from yihu.disclosure import actions, queries
from yihu.disclosure.forms import LONG, MarkForm, RevealForm, SealForm
from yihu.disclosure.lens import View
from yihu.disclosure.models import Marking, Seal
from yihu.disclosure.policy import may_mark, may_read_register, may_second
from yihu.disclosure.rules import (
    DAILY,
    Group,
    Purpose,
    group_of,
    seconds_left,
    veiled_name,
)
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused
from yihu.dossiers.rules import Secrecy, later_by
from yihu.guide.rules import Definition
from yihu.kit import clock
from yihu.kit.paging import BadCursor, Order, page_of

NEWEST = Order("at", datetime.fromisoformat, descending=True)
NEWEST_SEAL = Order("sealed_at", datetime.fromisoformat, descending=True)


def _person(request: HttpRequest) -> User:
    return cast("User", request.user)


def _reach(request: HttpRequest, pk: UUID) -> Dossier:
    found: Dossier = reach(Dossier.objects.select_related("unit"), _person(request), pk=pk)
    return found


def _partial(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


# Looking behind the mask -------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def reveal(request: HttpRequest, pk: UUID, group: str) -> HttpResponse:
    """Ask for one group of a file to be shown: the form as a fragment, then the page anew."""
    user, dossier = _person(request), _reach(request, pk)
    if group not in Group.values:
        raise Http404
    wanted, at = Group(group), clock.now()
    view = queries.view_of(user, dossier, at)
    if wanted in view.shown:
        return _back(request, dossier)
    require(wanted in actions.offered(view, at.date()), _("查看隐去内容的"))
    form = RevealForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return _ask(request, dossier, wanted, form, status=422 if request.method == "POST" else 200)
    try:
        made = actions.reveal(
            user,
            dossier,
            group=wanted,
            purpose=Purpose(form.cleaned_data["purpose"]),
            note=form.cleaned_data["note"],
            at=at,
        )
    except Refused as why:
        messages.error(request, str(why))
        return _back(request, dossier)
    if made.refused:
        return _too_many(request, dossier, wanted, form, at)
    said = _("“%(group)s”已显示，10 分钟后重新隐去；本次查看已记入操作日志。")
    messages.success(request, said % {"group": wanted.label})
    return _back(request, dossier)


def _ask(
    request: HttpRequest,
    dossier: Dossier,
    group: Group,
    form: RevealForm,
    *,
    status: int = 200,
    problem: str = "",
) -> HttpResponse:
    context = {
        "dossier": dossier,
        "group": group,
        "form": form,
        "problem": problem,
        "next": _next(request, dossier),
    }
    partial = _partial(request)
    name = "disclosure/_reveal.html" if partial else "disclosure/reveal.html"
    # HTMX puts only answers of success into the page
    return render(request, name, context, status=200 if partial and status == 422 else status)


def _too_many(
    request: HttpRequest, dossier: Dossier, group: Group, form: RevealForm, at: datetime
) -> HttpResponse:
    problem = _(
        "今天查看隐去内容已达 %(most)d 次的上限，没有显示。请明天再看；确需继续的，请与档案所属"
        "单位管理员联系。此次申请已提示该单位管理员和审计员。"
    ) % {"most": DAILY}
    answer = _ask(request, dossier, group, form, status=429, problem=problem)
    answer["Retry-After"] = str(seconds_left(at))
    answer["X-Yihu-Problem"] = quote(problem)
    return answer


def _next(request: HttpRequest, dossier: Dossier) -> str:
    given = request.POST.get("next") or request.GET.get("next") or ""
    mine = url_has_allowed_host_and_scheme(given, allowed_hosts=None)
    return given if given and mine else f"/dossiers/{dossier.pk}/"


def _back(request: HttpRequest, dossier: Dossier) -> HttpResponse:
    if _partial(request):
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = _next(request, dossier)
        return answer
    return redirect(_next(request, dossier))


# The mark ----------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def mark(request: HttpRequest, pk: UUID) -> HttpResponse:
    """定密: level, period and circle of a file, who set them, and what waits for a second."""
    user, dossier = _person(request), _reach(request, pk)
    sets = may_mark(user, dossier.unit_id)
    require(sets or may_second(user, dossier.unit_id), _("确定档案密级的"))
    now = dossier.mark
    initial = {
        "secrecy": now.secrecy,
        "period": LONG if now.until is None else str(now.years or ""),
        "circle": now.circle,
    }
    form = MarkForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        require(sets, _("确定档案密级的"))
        status = 422
        if form.is_valid():
            try:
                made = actions.set_mark(
                    user,
                    dossier,
                    secrecy=Secrecy(form.cleaned_data["secrecy"]),
                    until=_until(form.cleaned_data["period"], dossier.opened_on),
                    circle=form.cleaned_data["circle"],
                    reason=form.cleaned_data["reason"],
                    at=clock.now(),
                )
            except Refused as why:
                form.add_error(None, str(why))
                status = why.status
            else:
                if made.state == "proposed":
                    messages.info(
                        request, _("降低密级或缩短期限须由第二人同意，已提出，原密级不变。")
                    )
                else:
                    messages.success(request, _("密级、期限和知悉范围已更新。"))
                return redirect("disclosure:mark", pk=dossier.pk)
    proposed = queries.proposed_of(dossier)
    context = {
        "dossier": dossier,
        "form": form if sets else None,
        "proposed": proposed,
        "seconds": proposed is not None
        and proposed.proposed_by_id != user.pk
        and may_second(user, dossier.unit_id),
        "history": queries.markings_of(dossier),
    }
    return render(request, "disclosure/mark.html", context, status=status)


def _until(period: str, opened_on: date) -> date | None:
    return None if period == LONG else later_by(opened_on, int(period))


@require_POST
def decide_mark(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """The second person's word."""
    row: Marking = reach(Marking.objects.all(), _person(request), pk=pk)
    if act not in {"agree", "refuse"}:
        raise BadRequest(_("没有这个操作。"))

    def decided() -> None:
        actions.decide_mark(_person(request), row, agrees=act == "agree", at=clock.now())

    said = _("已同意，新的密级生效。") if act == "agree" else _("已不同意，密级不变。")
    _try(request, decided, said)
    return redirect("disclosure:mark", pk=row.dossier_id)


def _try(request: HttpRequest, act: Callable[[], Any], said: str) -> None:
    try:
        act()
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, said)


# Contacts ----------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def seal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """封存: one contact of a file, at the person's own request."""
    user, dossier = _person(request), _reach(request, pk)
    require(may_mark(user, dossier.unit_id), _("封存联系人的"))
    names = [row["name"] for row in queries.contacts_of(dossier)]
    form = SealForm(request.POST or None, names=names, today=clock.today())
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.seal_contact(user, dossier, **form.cleaned_data, at=clock.now())
            except Refused as why:
                form.add_error(None, str(why))
                status = why.status
            else:
                messages.success(
                    request, _("已封存：页面、检索、打印、导出和历次版本中都不再显示这位联系人。")
                )
                return redirect("disclosure:seals")
    context = {"dossier": dossier, "form": form, "names": names}
    return render(request, "disclosure/seal.html", context, status=status)


@require_POST
def seal_act(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """解封: asked for by one with a reason, agreed to by another."""
    user = _person(request)
    row: Seal = reach(Seal.objects.all(), user, pk=pk)
    if act == "lift":
        reason = " ".join(request.POST.get("reason", "").split())[:200]
        if not reason:
            messages.error(request, _("请写明解封的理由。"))
        else:
            _try(
                request,
                lambda: actions.ask_unseal(user, row, reason=reason, at=clock.now()),
                _("已提出解封，须由第二人同意。"),
            )
    elif act == "agree":
        _try(
            request,
            lambda: actions.unseal(user, row, at=clock.now()),
            _("已解封，联系人恢复显示。"),
        )
    else:
        raise BadRequest(_("没有这个操作。"))
    return redirect("disclosure:seals")


# The register ------------------------------------------------------------------------------------


@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """隐去内容查看登记: who looked behind the mask of my files; for the auditor only counts."""
    user, at = _person(request), clock.now()
    require(may_read_register(user), _("查阅隐去内容查看登记"))
    if holds(user, Role.AUDITOR):
        with for_group():  # counts by unit, nothing of any file
            return render(request, "disclosure/counts.html", {"units": queries.counts(at)})
    page = _page(request, queries.reveals(user), NEWEST)
    context = {
        "page": page,
        "rows": page.rows,
        "alerts": queries.alerts(user, at),
        "most": DAILY,
        "tab": "reveals",
    }
    return render(request, "disclosure/register.html", context)


def _page(request: HttpRequest, rows: Any, order: Order) -> Any:
    try:
        return page_of(
            rows, order, after=request.GET.get("after", ""), before=request.GET.get("before", "")
        )
    except BadCursor:
        raise BadRequest(_("翻页位置无法识别。")) from None


@require_GET
def seals(request: HttpRequest) -> HttpResponse:
    """封存登记: the contacts that nobody reads any more, by their first letter only."""
    user = _person(request)
    require(holds(user, Role.STEWARD, Role.SUPERVISOR, Role.REVIEWER), _("查阅封存登记"))
    page = _page(request, queries.seals(user), NEWEST_SEAL)
    lines = [
        {
            "row": row,
            "name": veiled_name(row.name),
            "asks": row.lift_at is None and may_mark(user, row.unit_id),
            "agrees": row.lift_at is not None
            and row.lifted_at is None
            and row.lift_by_id != user.pk
            and may_second(user, row.unit_id),
        }
        for row in page.rows
    ]
    context = {"page": page, "lines": lines, "tab": "seals", "reads": may_read_register(user)}
    return render(request, "disclosure/seals.html", context)


# What pages of a file say of it ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Masked:
    """A group that is masked: which of the file's fields it holds."""

    group: Group
    labels: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar over a file: what may be asked for, and what is shown until when."""

    masked: list[Masked]
    shown: list[tuple[str, datetime]]

    def __bool__(self) -> bool:
        return bool(self.masked or self.shown)


def bar_of(user: User, dossier: Dossier, view: View, definition: Definition | None) -> Bar:
    """The bar for this person; nothing for the keepers of the unit's files."""
    if not view.masked and not view.shown:
        return Bar([], [])
    masked = []
    for group in actions.offered_by(view, definition):
        labels = "、".join(
            one.label
            for one in definition or ()
            if one.in_document and group_of(one.sensitivity) == group and view.cleared(one)
        )
        masked.append(Masked(group, labels))
    shown = [(str(group.label), until) for group, until in sorted(view.shown.items())]
    return Bar(masked, shown)
