"""The register of originals, one original, their places, and what is printed of them (§6.3.3)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import reach
from yihu.audit import actions as audit
from yihu.disclosure.queries import tells_papers
from yihu.dossiers import marks
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused
from yihu.dossiers.rules import Secrecy
from yihu.exports.quota import counted_read
from yihu.kit import clock
from yihu.originals import actions, prints, queries
from yihu.originals.door import done, listed, person
from yihu.originals.filters import OriginalFilter
from yihu.originals.lens import told, veil
from yihu.originals.models import Hold, Original, Place
from yihu.originals.policy import may_borrow, may_decide, may_keep, may_see
from yihu.originals.rules import (
    CLAIMS,
    USUAL_DAYS,
    Carrier,
    Condition,
    Kind,
    PlaceKind,
    Retention,
    State,
    kept_until,
    late_days,
    latest_due,
)


@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """原件登记册: what there is, where it lies, who has it."""
    user = person(request)
    require(may_see(user), _("查阅原件登记册的"))
    chosen = OriginalFilter(request.GET)
    return listed(
        request,
        chosen,
        lambda: queries.register(user, chosen.cleaned_data),
        template="originals/register.html",
        fragment="originals/_register.html",
        keeps=bool(queries.kept_units(user)),
        tab="register",
    )


@require_GET
def of(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The fragment of the dossier's page: its originals."""
    user = person(request)
    dossier: Dossier = reach(Dossier.objects.select_related("unit"), user, pk=pk)
    rows = list(queries.of_dossier(dossier)[:200])
    veil(user, rows, papers=tells_papers(user, dossier, clock.now()))
    context = {
        "dossier": dossier,
        "rows": rows,
        "keeps": may_keep(user, dossier.unit_id),
    }
    return render(request, "originals/_of.html", context)


def _options() -> dict[str, Any]:
    return {
        "kinds": Kind.choices,
        "carriers": Carrier.choices,
        "retentions": Retention.choices,
        "secrecies": Secrecy.choices,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Register an original of a file."""
    user = person(request)
    dossier: Dossier = reach(Dossier.objects.select_related("unit"), user, pk=pk)
    require(may_keep(user, dossier.unit_id), _("登记原件的"))
    typed: dict[str, Any] = {
        "copies": 1,
        "year": clock.today().year,
        "kind": Kind.CONTRACT,
        "carrier": Carrier.PAPER,
        "retention": Retention.UNDECIDED,
        "secrecy": Secrecy.ORDINARY,
    }
    status, wrong = 200, ""
    if request.method == "POST":
        typed = _typed(request)
        try:
            original = actions.register(
                user, dossier, place=_place(user, request.POST.get("place", "")), at=clock.now(),
                today=clock.today(),
                **typed,
            )  # fmt: skip
        except Refused as why:
            status, wrong = why.status, str(why)
        else:
            text = _("已登记，编号 %(barcode)s，请把编号写在或贴在原件上。")
            messages.success(request, text % {"barcode": original.barcode})
            return redirect("originals:show", pk=original.pk)
    marks.put(user, [dossier])
    context = {
        "dossier": dossier,
        "typed": typed,
        "wrong": wrong,
        "chosen_place": request.POST.get("place", ""),
        "places": queries.places(dossier.unit_id),
        "scans": queries.scans(dossier),
        **_options(),
    }
    return render(request, "originals/new.html", context, status=status)


FIELDS = (
    "title", "kind", "carrier", "pages", "copies", "year", "retention", "secrecy",
    "contract_number", "document", "note",
)  # fmt: skip


def _typed(request: HttpRequest) -> dict[str, Any]:
    typed: dict[str, Any] = {name: request.POST.get(name, "") for name in FIELDS}
    try:
        typed["document"] = UUID(typed["document"]) if typed["document"] else None
    except ValueError:
        typed["document"] = UUID(int=0)  # a key of no document: refused with its sentence
    return typed


def _place(user: User, key: str) -> Place:
    """The chosen place of the person's unit. Raises: Refused."""
    try:
        found = Place.objects.visible_to(user).filter(pk=UUID(key)).first()
    except ValueError:
        found = None
    if found is None:
        raise Refused(_("请选择存放位置；还没有位置的，先在“存放位置”里设立。"))
    place: Place = found
    return place


@require_GET
@counted_read
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One original: what it is, where it lies, its seals, loans and holds, and what can be done."""
    user = person(request)
    original = queries.one(user, pk)
    audit.record(user, "original.read", original, dossier_id=original.dossier_id)
    return _page(request, user, original)


def _page(
    request: HttpRequest, user: User, original: Original, *, wrong: str = "", status: int = 200
) -> HttpResponse:
    today = clock.today()
    marks.put(user, [original.dossier])
    loans = queries.loans_of(original)
    claimed = next((loan for loan in loans if loan.state in CLAIMS), None)
    here = original.state in (State.IN_STOCK, State.LENT)
    keeps = may_keep(user, original.unit_id) and here
    mine = user.staff_id
    papers = tells_papers(user, original.dossier, clock.now())
    shown = papers or told(user, original)
    veil(user, [original], papers=papers)
    context = {
        "original": original,
        "shown": shown,
        "until": kept_until(original.retention, original.year),
        "moves": queries.moves_of(original),
        "loans": loans,
        "claimed": claimed,
        "late": late_days(claimed.due_on, today) if claimed and claimed.state == "out" else 0,
        "holds": queries.holds_of(original),
        "keeps": keeps,
        "borrows": may_borrow(user, original.unit_id) and here,
        "decides": may_decide(user, original.unit_id),
        "mine": mine,
        "today": today,
        "usual_due": min(latest_due(today), today + timedelta(days=USUAL_DAYS)),
        "conditions": Condition.choices,
        "qr": prints.qr_of(original.barcode),
        "wrong": wrong,
        **({"places": queries.places(original.unit_id), "scans": queries.scans(original.dossier)}
           if keeps else {}),
        **_options(),
    }  # fmt: skip
    return render(request, "originals/show.html", context, status=status)


@require_POST
def correct(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Other words about an original."""
    user = person(request)
    original = queries.one(user, pk)
    try:
        actions.correct(user, original, at=clock.now(), today=clock.today(), **_typed(request))
    except Refused as why:
        return _page(request, user, original, wrong=str(why), status=why.status)
    messages.success(request, _("登记已更正，原来的内容留在操作日志里。"))
    return redirect("originals:show", pk=pk)


@require_POST
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Into another place."""
    user = person(request)
    original = queries.one(user, pk)

    def act() -> None:
        actions.move(
            user,
            original,
            place=_place(user, request.POST.get("place", "")),
            reason=request.POST.get("reason", ""),
            at=clock.now(),
        )

    done(request, act, _("已移库，经手人和时间已记录。"))
    return redirect("originals:show", pk=pk)


@require_POST
def hold(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A reason why the original must stay as it is."""
    user = person(request)
    original = queries.one(user, pk)
    reason = request.POST.get("reason", "")
    done(
        request,
        lambda: actions.hold(user, original, reason=reason, at=clock.now()),
        _("已冻结，解除前不能销毁。"),
    )
    return redirect("originals:show", pk=pk)


@require_POST
def release(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Lift one hold."""
    user = person(request)
    original = queries.one(user, pk)
    given = request.POST.get("hold", "")
    try:
        key = UUID(given)
    except ValueError:
        key = UUID(int=0)
    standing = reach(
        Hold.objects.select_related("original__dossier"), user, pk=key, original=original
    )
    reason = request.POST.get("reason", "")
    done(
        request,
        lambda: actions.release(user, standing, reason=reason, at=clock.now()),
        _("冻结已解除。"),
    )
    return redirect("originals:show", pk=pk)


# Places ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def places(request: HttpRequest) -> HttpResponse:
    """The rooms, cabinets, shelves and boxes of one's unit, and how to set up another."""
    user = person(request)
    require(may_see(user), _("查阅存放位置的"))
    units = queries.kept_units(user)
    own = units[0] if units else (user.staff.unit_id if user.staff is not None else 0)
    wrong, status = "", 200
    if request.method == "POST":
        post = request.POST
        try:
            parent = _place(user, post["parent"]) if post.get("parent") else None
            made = actions.add_place(
                user, own, parent=parent, kind=post.get("kind", ""), code=post.get("code", ""),
                label=post.get("label", ""),
            )  # fmt: skip
        except Refused as why:
            wrong, status = str(why), why.status
        else:
            messages.success(request, _("已设立位置 %(path)s。") % {"path": made.path})
            return redirect("originals:places")
    context = {
        "rows": prints.counted(queries.places(own)),
        "kinds": PlaceKind.choices,
        "keeps": bool(units),
        "wrong": wrong,
        "typed": request.POST,
        "tab": "places",
    }
    return render(request, "originals/places.html", context, status=status)
