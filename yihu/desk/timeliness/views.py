"""及时率: who was on time, who was late and by how much, and every figure's duties (§6.4)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from yihu.access.policy import require
from yihu.desk import boards
from yihu.desk.desks import desk_of
from yihu.desk.timeliness import queries
from yihu.desk.timeliness.filters import TimelinessFilter
from yihu.desk.views import Request, refuse
from yihu.kit.clock import today
from yihu.kit.scoped import replica


@require_GET
@vary_on_headers("HX-Request")
def show(request: Request) -> HttpResponse:
    """Supervisors see the group, everybody else who owes or checks updates their units."""
    desk, day = desk_of(request.user), today()
    require(desk.owes, _("查阅更新及时率"))
    chosen = TimelinessFilter(request.GET, user=request.user, desk=desk, today=day)
    if not chosen.is_valid():
        return refuse(request, chosen.problems())
    partial = request.htmx and not request.htmx.boosted
    board, until = replica.read(
        lambda until: (queries.board(request.user, desk, chosen.cleaned_data, day), until)
    )
    return render(
        request,
        "desk/timeliness/_board.html" if partial else "desk/timeliness/page.html",
        {
            "chosen": chosen,
            "by": chosen.cleaned_data["by"],
            "board": board,
            "until": until,
            "whole_name": _("合计"),
            "levels": boards.LEVELS,
            "reset": request.path,
            "set_count": chosen.set_count(),
            "today": day,
        },
    )
