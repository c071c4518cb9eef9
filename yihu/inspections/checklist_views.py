"""The rules and the checklist: editions, and the editor of the next one (§4.1c, 6.4.1)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.access.policy import require
from yihu.dossiers.problems import Refused
from yihu.inspections import checklists, queries
from yihu.inspections.checklist import Item, changes, items_of
from yihu.inspections.checks import CHECKS
from yihu.inspections.forms import ChecklistForm, ItemFormSet, items_in
from yihu.inspections.models import Checklist
from yihu.inspections.policy import may_plan
from yihu.inspections.views import person
from yihu.kit import clock


@require_GET
def checks(request: HttpRequest) -> HttpResponse:
    """规则与检查单: what each rule looks at; the checklist in force, or `?edition=` another."""
    user, today = person(request), clock.today()
    editions = list(queries.checklists())
    current = queries.checklist_in_force(today)
    asked = request.GET.get("edition", "")
    shown = next((row for row in editions if str(row.number) == asked), current)
    return render(
        request,
        "inspections/checks.html",
        {
            "tab": "checks",
            "checks": CHECKS,
            "shown": shown,
            "current": current,
            "items": items_of(shown.items) if shown else [],
            "editions": editions,
            "today": today,
            "edits": may_plan(user),
            "draft": queries.checklist_draft() if may_plan(user) else None,
        },
    )


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """A new edition to work on."""
    try:
        checklists.begin_draft(person(request), today=clock.today())
    except Refused as why:
        messages.error(request, str(why))
        return redirect("inspections:checks")
    return redirect("inspections:checklist-draft")


def _initial(items: list[Item]) -> list[dict[str, object]]:
    return [{**item.stored(), "ORDER": place} for place, item in enumerate(items, 1)]


@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest) -> HttpResponse:
    """The editor: every line, its place, and what the draft says otherwise than the last one."""
    user = person(request)
    require(may_plan(user), _("编制检查单的"))
    row = queries.checklist_draft()
    if row is None:
        messages.info(request, _("没有正在编制的草稿，请先编制新版。"))
        return redirect("inspections:checks")
    items = items_of(row.items)
    if request.method == "POST":
        form, lines = ChecklistForm(request.POST), ItemFormSet(request.POST)
        if form.is_valid() & lines.is_valid():
            try:
                checklists.save_draft(
                    user,
                    row,
                    effective_on=form.cleaned_data["effective_on"],
                    reason=form.cleaned_data["reason"],
                    items=items_in(lines),
                )
            except Refused as why:
                form.add_error(None, str(why))
            else:
                messages.success(request, _("草稿已保存。"))
                return redirect("inspections:checklist-draft")
    else:
        form = ChecklistForm(initial={"effective_on": row.effective_on, "reason": row.reason})
        lines = ItemFormSet(initial=_initial(items))
    last = queries.checklists().first()
    return render(
        request,
        "inspections/checklist_draft.html",
        {
            "draft": row,
            "form": form,
            "lines": lines,
            "changes": changes(items_of(last.items), items) if last else [],
            "weights": sum(item.weight for item in items),
        },
        status=422 if form.errors or lines.total_error_count() else 200,
    )


def _draft(request: HttpRequest) -> Checklist | None:
    row = queries.checklist_draft()
    if row is None:
        messages.error(request, _("草稿已经发布或放弃。"))
    return row


@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """Put the draft in force from its day."""
    user = person(request)
    require(may_plan(user), _("编制检查单的"))
    row = _draft(request)
    if row is None:
        return redirect("inspections:checks")
    try:
        checklists.publish(user, row, at=clock.now(), today=clock.today())
    except Refused as why:
        messages.error(request, str(why))
        return redirect("inspections:checklist-draft")
    messages.success(request, _("已发布，%(on)s 起生效。") % {"on": row.effective_on})
    return redirect("inspections:checks")


@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """Throw the draft away."""
    user = person(request)
    require(may_plan(user), _("编制检查单的"))
    row = _draft(request)
    if row is not None:
        try:
            checklists.discard_draft(user, row)
        except Refused as why:
            messages.error(request, str(why))
        else:
            messages.success(request, _("已放弃草稿。"))
    return redirect("inspections:checks")
