"""The list of waivers, the unit's request and headquarters' answer."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.access.policy import require
from yihu.dossiers import marks
from yihu.duties import queries, waiving
from yihu.duties.asking import asked_for
from yihu.duties.forms import WaiverForm
from yihu.duties.policy import may_ask, may_read
from yihu.duties.views import attempt, person, tried
from yihu.kit import clock


@require_GET
def waivers(request: HttpRequest) -> HttpResponse:
    """任务豁免: what was asked for and what became of it, newest first."""
    user = person(request)
    require(may_read(user), _("查阅任务豁免"))
    return asked_for(request, "waivers", lambda of: queries.waivers(user, of))


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The steward's request for one duty."""
    user = person(request)
    duty = queries.one_duty(user, pk)
    require(may_ask(user, duty.unit_id), _("申请豁免更新任务的"))
    form = WaiverForm(request.POST or None)
    if request.method == "POST" and attempt(
        form,
        lambda: waiving.ask(user, duty, reason=form.cleaned_data["reason"], at=clock.now()),
    ):
        return redirect("duties:waivers")
    marks.put(user, [duty.dossier])
    return render(
        request,
        "duties/waive.html",
        {"duty": duty, "form": form},
        status=422 if form.errors else 200,
    )


@require_POST
def consent(request: HttpRequest, pk: UUID) -> HttpResponse:
    """同意: the duty is owed no more."""
    row = queries.one_waiver(person(request), pk)
    tried(
        request,
        lambda: waiving.consent(
            person(request),
            row,
            note=request.POST.get("note", ""),
            at=clock.now(),
            today=clock.today(),
        ),
        _("已同意豁免，统计中单独列示。"),
    )
    return redirect("duties:waivers")


@require_POST
def refuse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """不同意: it stays owed, and the unit reads why."""
    row = queries.one_waiver(person(request), pk)
    tried(
        request,
        lambda: waiving.refuse(
            person(request), row, note=request.POST.get("note", ""), at=clock.now()
        ),
        _("已答复不同意，任务仍须完成。"),
    )
    return redirect("duties:waivers")


@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """撤回 by the unit."""
    row = queries.one_waiver(person(request), pk)
    tried(
        request,
        lambda: waiving.withdraw(person(request), row, at=clock.now()),
        _("已撤回申请。"),
    )
    return redirect("duties:waivers")
