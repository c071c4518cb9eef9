"""Handing originals over, and destroying them where that is open (§4.3c, 6.3.3)."""

from datetime import date, datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.access.policy import require
from yihu.access.scope import reach, reach_all
from yihu.dossiers import marks
from yihu.dossiers.problems import Refused
from yihu.kit import clock
from yihu.kit.paging import Order
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind
from yihu.originals import actions, disposing, queries
from yihu.originals.door import done, paged, person
from yihu.originals.lens import veil
from yihu.originals.models import Custody, Disposal, Original
from yihu.originals.policy import may_decide, may_keep, may_see, may_unlock, may_witness

NEWEST = Order("proposed_at", datetime.fromisoformat, descending=True)
LATEST = Order("at", datetime.fromisoformat, descending=True)


def _keys(request: HttpRequest) -> list[UUID]:
    """The originals that are ticked. Raises: Unreachable where one is not this person's."""
    found = []
    for given in request.POST.getlist("original"):
        try:
            found.append(UUID(given))
        except ValueError:
            continue
    reach_all(Original.objects.all(), person(request), found)
    return found


@require_GET
def transfers(request: HttpRequest) -> HttpResponse:
    """Lists of what was handed over."""
    user = person(request)
    require(may_see(user), _("查阅原件移交的"))
    page = paged(request, queries.transfers(user), LATEST)
    context = {"page": page, "reset": request.path, "tab": "transfers"}
    return render(request, "originals/transfers.html", context)


@require_POST
def transfer(request: HttpRequest) -> HttpResponse:
    """Hand the ticked originals over: first a form with their list, then the act."""
    user = person(request)
    units = queries.kept_units(user)
    require(bool(units), _("移交原件的"))
    keys = _keys(request)
    rows = list(
        queries.register(user, {}).filter(unit=units[0], pk__in=keys).order_by("shelf", "pk")
    )
    wrong, status = "", 200
    if request.POST.get("do") == "1":
        post = request.POST
        try:
            made = actions.transfer(
                user,
                units[0],
                keys,
                receiver=post.get("receiver", ""),
                received_by=post.get("received_by", ""),
                witness=post.get("witness", ""),
                basis=post.get("basis", ""),
                handed_on=_day(post.get("handed_on", "")),
                at=clock.now(),
                today=clock.today(),
            )
        except Refused as why:
            wrong, status = str(why), why.status
        else:
            text = _("已移交，清单编号 %(number)s。")
            messages.success(request, text % {"number": made.number})
            return redirect("originals:transfers")
    if not rows:
        messages.error(request, _("请先在登记册里勾选要移交的原件。"))
        return redirect("originals:register")
    marks.put(user, [row.dossier for row in rows])
    context = {
        "rows": rows,
        "typed": request.POST,
        "wrong": wrong,
        "today": clock.today(),
        "tab": "transfers",
    }
    return render(request, "originals/transfer.html", context, status=status)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.max  # refused as a day to come, with its sentence


@require_http_methods(["GET", "HEAD", "POST"])
def disposals(request: HttpRequest) -> HttpResponse:
    """销毁: whether it is open, what may be destroyed, lists on their way and done."""
    user = person(request)
    require(may_see(user), _("查阅原件销毁的"))
    units = queries.kept_units(user)
    if request.method == "POST":
        require(bool(units), _("提出原件销毁的"))
        try:
            made = disposing.propose(
                user,
                units[0],
                _keys(request),
                reason=request.POST.get("reason", ""),
                method=request.POST.get("method", ""),
                at=clock.now(),
                today=clock.today(),
            )
        except Refused as why:
            messages.error(request, str(why))
            return redirect("originals:disposals")
        return redirect("originals:disposal", pk=made.pk)
    page = paged(request, queries.disposals(user), NEWEST)
    custody = queries.custody_of(units[0]) if units else None
    opened = custody is not None and custody.disposal_unlocked
    ripe = queries.ripe(units[0], clock.today()) if opened and units else []
    marks.put(user, [row.dossier for row in ripe])
    context = {
        "page": page,
        "reset": request.path,
        "keeps": bool(units),
        "opened": opened,
        "custody": custody,
        "ripe": ripe,
        "unlocks": may_unlock(user),
        "units": _locks() if may_unlock(user) else [],
        "tab": "disposals",
    }
    return render(request, "originals/disposals.html", context)


def _locks() -> list[tuple[OrgUnit, Custody | None]]:
    known = {one.unit_id: one for one in Custody.objects.all()}
    units = OrgUnit.objects.filter(kind=UnitKind.SUBSIDIARY).order_by("sort", "pk")
    return [(unit, known.get(unit.pk)) for unit in units]


@require_POST
def unlock(request: HttpRequest) -> HttpResponse:
    """Headquarters opens or closes disposal for a unit."""
    user = person(request)
    require(may_unlock(user), _("开通原件销毁的"))
    given = request.POST.get("unit", "")
    key = int(given) if given.isdecimal() and len(given) < 10 else 0
    unit = get_object_or_404(OrgUnit, pk=key, kind=UnitKind.SUBSIDIARY)
    allowed = request.POST.get("allowed") == "1"
    basis = request.POST.get("basis", "")
    done(
        request,
        lambda: disposing.unlock(user, unit, allowed=allowed, basis=basis, at=clock.now()),
        _("已开通。") if allowed else _("已停止。"),
    )
    return redirect("originals:disposals")


@require_GET
def disposal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One list: its originals, its people, its certificate."""
    user = person(request)
    found: Disposal = reach(queries.disposals(user), user, pk=pk)
    require(may_see(user), _("查阅原件销毁的"))
    lines = found.lines.select_related("original__dossier").order_by("original__barcode")
    shown = list(lines[: disposing.MOST])
    marks.put(user, [line.original.dossier for line in shown])
    veil(user, [line.original for line in shown])
    context = {
        "disposal": found,
        "lines": shown,
        "decides": may_decide(user, found.unit_id),
        "keeps": may_keep(user, found.unit_id),
        "witnesses": may_witness(user, found.unit_id),
        "tab": "disposals",
    }
    return render(request, "originals/disposal.html", context)


@require_POST
def act(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """Approve, witness or cancel."""
    user = person(request)
    found: Disposal = reach(queries.disposals(user), user, pk=pk)
    reason = request.POST.get("reason", "")
    acts = {
        "approve": lambda: disposing.approve(user, found, at=clock.now()),
        "witness": lambda: disposing.witness(user, found, at=clock.now(), today=clock.today()),
        "cancel": lambda: disposing.cancel(user, found, reason=reason, at=clock.now()),
    }
    if act not in acts:
        raise Http404
    done(request, acts[act], _("已办理。"))
    return redirect("originals:disposal", pk=pk)
