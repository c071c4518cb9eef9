"""档案缺口: what should be there and is not, and one click to what mends it (§5.2, 6.1.2)."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.contracts import strays
from yihu.desk.desks import desk_of
from yihu.desk.gaps import queries
from yihu.desk.gaps.choices import CLAUSES, SAYS, SINCE, Gap
from yihu.desk.gaps.filters import AppointForm, GapFilter
from yihu.desk.views import Request, page_under, refuse, show_list
from yihu.dossiers import appointing
from yihu.dossiers.problems import Refused
from yihu.kit.clock import now, today
from yihu.kit.filters import head


@require_GET
@vary_on_headers("HX-Request")
def show(request: Request) -> HttpResponse:
    """One kind of gap as a list, all kinds counted by unit above it."""
    user, day = request.user, today()
    desk = desk_of(user)
    require(desk.owes, _("查阅档案缺口"))
    chosen = GapFilter(request.GET, user=user, desk=desk)
    if not chosen.is_valid():
        return refuse(request, chosen.problems())
    gap: Gap = chosen.cleaned_data["kind"]
    rows = queries.rows(user, chosen.cleaned_data, day)
    page = page_under(rows, chosen)
    if page is None:
        return refuse(request, [_("翻页位置无法识别。")])
    count = rows.count()
    if words := chosen.cleaned_data["q"]:
        audit.searched(user, f"gaps.{gap}", words, hits=count)
    counted = queries.by_unit(user, day)
    return show_list(
        request,
        "gaps/page",
        chosen,
        page,
        {
            "desk": desk,
            "gap": gap,
            "clear": f"{request.path}?kind={gap}",
            "clause": CLAUSES[gap],
            "says": SAYS[gap],
            "tabs": _tabs(gap, counted),
            "units": queries.unit_lines(user, counted) if desk.many_units else [],
            "kinds": list(Gap),
            "lines": queries.lines(user, gap, page.rows, day),
            "count": count,
            "heads": {
                "name": head(chosen, "name", _("客户")),
                "since": head(chosen, "since", str(SINCE[gap])),
            },
        },
    )


def _tabs(gap: Gap, counted: dict[int, dict[str, int]]) -> list[dict[str, Any]]:
    return [
        {
            "label": one.label,
            "counted_in": one.counted_in,
            "url": f"{reverse('desk:gaps')}?{urlencode({'kind': one.value})}",
            "number": sum(unit.get(one.value, 0) for unit in counted.values()),
            "current": one == gap,
        }
        for one in Gap
    ]


@require_POST
def appoint(request: Request, pk: UUID) -> HttpResponse:
    """Name who keeps a file that nobody keeps (§5.2)."""
    file = queries.one_file(request.user, pk)
    form = AppointForm(request.POST)
    staff = form.cleaned_data["filler"] if form.is_valid() else None
    try:
        appointing.appoint(request.user, file, staff, today=today())
    except Refused as problem:
        messages.error(request, str(problem))
    else:
        said = _("%(file)s的填报人已指定为%(name)s。")
        messages.success(request, said % {"file": file.name_full, "name": staff})
    return redirect(f"{reverse('desk:gaps')}?kind={Gap.NO_FILLER}")


@require_POST
def put_aside(request: Request, pk: UUID) -> HttpResponse:
    """What a ledger named by mistake is no gap, for a reason."""
    row = queries.one_stray(request.user, pk)
    try:
        strays.put_aside(request.user, row, why=request.POST.get("why", ""), at=now())
    except Refused as problem:
        messages.error(request, str(problem))
    else:
        messages.success(
            request, _("已搁置“%(named)s”；台账再次写到它时会重新出现。") % {"named": row.named}
        )
    return redirect(f"{reverse('desk:gaps')}?kind={Gap.STRAY}")
