"""Pages of hand-overs and of work that nobody here holds (§3d, 6.3.4)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yihu.access.policy import require
from yihu.access.scope import Unreachable
from yihu.dossiers.problems import Refused
from yihu.handover import actions, queries
from yihu.handover.door import done, person
from yihu.handover.kinds import kind_of
from yihu.handover.models import Handover
from yihu.handover.policy import hands_over, may_hand_over
from yihu.handover.rules import State
from yihu.kit import clock
from yihu.kit.paging import BadCursor, Order, page_of
from yihu.org.models import Staff

LATEST = Order("opened_at", datetime.fromisoformat, descending=True)


@require_GET
def handovers(request: HttpRequest) -> HttpResponse:
    """岗位交接: those that one leads or has a part in, the latest first."""
    user = person(request)
    rows = queries.handovers(user)
    try:
        page = page_of(
            rows, LATEST, after=request.GET.get("after", ""), before=request.GET.get("before", "")
        )
    except BadCursor:
        context = {"problems": [_("翻页位置无法识别。")], "restart": request.path}
        return render(request, "400.html", context, status=400)
    return render(
        request,
        "handover/handovers.html",
        {
            "page": page,
            "reset": request.path,
            "leads": hands_over(user),
            "leavers": queries.leavers(user) if hands_over(user) else [],
        },
    )


@require_POST
def begin(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open the hand-over of a person."""
    user = person(request)
    staff = queries.one_person(user, pk)
    require(may_hand_over(user, staff.unit_id), _("办理岗位交接的"))
    made: list[Handover] = []
    opened = done(
        request,
        lambda: made.append(actions.open_handover(user, staff, at=clock.now())),
        _("已发起交接，请逐类指定接收人。"),
    )
    if not opened:
        return redirect("handover:person", pk=staff.pk)
    return redirect("handover:show", pk=made[0].pk)


@require_GET
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One hand-over: its list, who takes what, who has confirmed."""
    user = person(request)
    row = queries.one(user, pk)
    lines = queries.lines_of(row)
    leads = may_hand_over(user, row.unit_id)
    draft = row.state == State.DRAFT and leads
    groups: list[dict[str, Any]] = []
    for code in dict.fromkeys(line.kind for line in lines):
        kind = kind_of(code)
        mine = [line for line in lines if line.kind == code]
        groups.append(
            {
                "code": code,
                "label": kind.label if kind is not None else code,
                "follows": mine[0].follows,
                "lines": mine,
                "heirs": (
                    queries.successors(row.unit_id, kind.roles, but=row.leaver_id)
                    if draft and kind is not None and kind.roles
                    else []
                ),
                "without": sum(not line.follows and line.successor_id is None for line in mine),
            }
        )
    return render(
        request,
        "handover/show.html",
        {
            "row": row,
            "groups": groups,
            "count": len(lines),
            "draft": draft,
            "leads": leads,
            "witnesses": queries.witnesses(row) if draft else [],
            "signers": queries.signers_of(row) if row.state != State.DRAFT else [],
            "mine": queries.part_of(user, row),
            "in_place": (part := queries.part_of(user, row)) is not None
            and part.staff.pk != user.staff_id,
            "without": sum(group["without"] for group in groups),
        },
    )


def _staff(request: HttpRequest) -> Staff | None:
    given = request.POST.get("staff", "")
    try:
        return Staff.objects.filter(pk=UUID(given)).first()
    except ValueError:
        return None


def _line_keys(request: HttpRequest) -> list[int]:
    return [int(key) for key in request.POST.getlist("line") if key.isdigit() and len(key) < 19]


@require_POST
def assign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Name the successor of a kind, or of the lines that are ticked."""
    user = person(request)
    row = queries.one(user, pk)
    staff = _staff(request)

    def act() -> None:
        if staff is None:
            raise Refused(_("请选择接收人。"))
        actions.assign(
            user,
            row,
            successor=staff,
            kind=request.POST.get("kind", ""),
            lines=_line_keys(request),
        )

    done(request, act, _("已指定接收人。"))
    return redirect("handover:show", pk=row.pk)


@require_POST
def witness(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Name the witness."""
    user = person(request)
    row = queries.one(user, pk)
    staff = _staff(request)

    def act() -> None:
        if staff is None:
            raise Refused(_("请选择监交人。"))
        actions.name_witness(user, row, witness=staff)

    done(request, act, _("已指定监交人。"))
    return redirect("handover:show", pk=row.pk)


@require_POST
def act(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """freeze, sign or cancel."""
    user = person(request)
    row = queries.one(user, pk)
    at = clock.now()
    acts = {
        "freeze": (
            lambda: actions.freeze(user, row, at=at),
            _("清单已固定，等待各方确认。"),
        ),
        "sign": (
            lambda: actions.sign(user, row, digest=request.POST.get("digest", ""), at=at),
            _("已确认。"),
        ),
        "cancel": (
            lambda: actions.cancel(user, row, reason=request.POST.get("reason", ""), at=at),
            _("已取消这份交接，没有移交任何事项。"),
        ),
    }
    if act not in acts:
        raise Unreachable("handover.handover", {"act": act})
    do, said = acts[act]
    done(request, do, said)
    return redirect("handover:show", pk=row.pk)


# Work that nobody here holds ---------------------------------------------------------------------


@require_GET
def orphans(request: HttpRequest) -> HttpResponse:
    """无人负责的工作: what still names people who have gone."""
    user = person(request)
    require(hands_over(user), _("办理岗位交接的"))
    found = [
        (
            staff,
            queries.open_of(staff),
            [
                (one, queries.successors(staff.unit_id, one.kind.roles, but=staff.pk))
                for one in held
            ],
        )
        for staff, held in queries.orphans(user)
    ]
    return render(request, "handover/orphans.html", {"found": found})


@require_POST
def reassign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give what somebody gone still holds of a kind to another."""
    user = person(request)
    gone = queries.one_person(user, pk)
    require(may_hand_over(user, gone.unit_id), _("办理岗位交接的"))
    staff = _staff(request)

    def act() -> None:
        if staff is None:
            raise Refused(_("请选择接收人。"))
        actions.reassign(
            user,
            gone,
            kind=request.POST.get("kind", ""),
            successor=staff,
            reason=request.POST.get("reason", ""),
            at=clock.now(),
        )

    done(request, act, _("已重新指定负责人。"))
    return redirect("handover:orphans")
