"""The cadence policy with its editor and preview, units' own cycles, and corrected days."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.access.models import User
from yihu.access.policy import require
from yihu.dossiers.problems import Refused
from yihu.duties import cadence, queries
from yihu.duties.choices import DueRule
from yihu.duties.forms import (
    DayForm,
    EndForm,
    PolicyForm,
    StricterForm,
    name_of,
)
from yihu.duties.models import CadenceEdition, CalendarCorrection
from yihu.duties.policy import may_read, may_set_policy, may_tighten
from yihu.duties.rules import Change, Line, changes, tightened
from yihu.kit import clock
from yihu.kit.calendar import announced
from yihu.org.models import OrgUnit


def person(request: HttpRequest) -> User:
    """Whoever is at the page."""
    assert isinstance(request.user, User)
    return request.user


def attempt(form: forms.Form, act: Callable[[], Any]) -> bool:
    """Whether it was done; else the reason stands on the form."""
    if not form.is_valid():
        return False
    try:
        act()
    except Refused as why:
        form.add_error(None, str(why))
        return False
    return True


def tried(request: HttpRequest, act: Callable[[], Any], done: str) -> None:
    """Do it and say so, or say why not."""
    try:
        act()
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, done)


def days_of(line: Line) -> str:
    """When a duty of the line is due, in words."""
    if line.due_rule == DueRule.LAST_WORKING_DAY:
        return _("周期最后一个工作日")
    said = {
        DueRule.NTH_WORKING_DAY_AFTER: _("次月第 %(n)d 个工作日"),
        DueRule.AFTER_EVENT: _("发生后 %(n)d 个工作日内"),
        DueRule.OWN_DATE: _("所载日期；未载明的，%(n)d 个工作日内"),
    }[line.due_rule]
    return said % {"n": line.due_days}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the policy in words; `own`: the unit's stricter rule, empty where none."""

    name: str
    clause: str
    period: str
    due: str
    own: str = ""


def row_of(line: Line, own: Line | None = None) -> Row:
    """The line, and what it is at a unit that is stricter."""
    stricter = ""
    if own is not None and own != line:
        stricter = "，".join(
            str(part)
            for part, differs in (
                (own.period.label, own.period != line.period),
                (days_of(own), own.due_days != line.due_days),
            )
            if differs
        )
    return Row(name_of(line), line.clause, str(line.period.label), days_of(line), stricter)


# The policy --------------------------------------------------------------------------------------


@require_GET
def policy(request: HttpRequest) -> HttpResponse:
    """更新周期: what is in force, by clause; earlier editions and the one to come."""
    user = person(request)
    require(may_read(user), _("查阅更新周期"))
    today = clock.today()
    editions = list(queries.published())
    asked = request.GET.get("edition", "")
    current = queries.in_force(today)
    shown = next((row for row in editions if str(row.number) == asked), current)
    if shown is None:
        return redirect("desk:home")
    units = queries.units_of(user)
    own_unit = units[0] if len(units) == 1 else None
    rules = []
    if own_unit is not None and shown == current:
        rules = [
            r for r in queries.stricter_by_unit(own_unit.pk).get(own_unit.pk, []) if r.holds(today)
        ]
    return render(
        request,
        "duties/policy.html",
        {
            "shown": shown,
            "current": current,
            "editions": editions,
            "today": today,
            "rows": [row_of(line, tightened(line, rules)) for line in queries.lines_of(shown)],
            "own_unit": own_unit if rules else None,
            "sets": may_set_policy(user),
            "draft": queries.draft() if may_set_policy(user) else None,
            "replan": queries.replanning(user),
        },
    )


@require_GET
def replanning(request: HttpRequest) -> HttpResponse:
    """How far the job is that plans every unit anew; asks no more once it has ended."""
    user = person(request)
    require(may_read(user), _("查阅更新周期"))
    return render(request, "duties/_replan.html", {"replan": queries.last_replan(user)})


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """A new edition to work on."""
    cadence.begin_draft(person(request), today=clock.today())
    return redirect("duties:draft")


@dataclass(frozen=True, slots=True)
class Shift:
    """What publishing would do to one line, in words; `units`: the most concerned of them."""

    change: Change
    name: str
    before: str
    after: str
    units: list[tuple[str, int]]


UNITS_SHOWN = 6


def _shifts(draft: CadenceEdition) -> list[Shift]:
    last = queries.published().first()
    if last is None:
        return []
    names = dict(OrgUnit.objects.values_list("pk", "short_name"))
    found = changes(
        queries.lines_of(last),
        queries.lines_of(draft),
        queries.counted(clock.today()),
        queries.stricter_by_unit(),
        on=draft.effective_on,
    )
    return [_shift(change, names) for change in found]


def _shift(change: Change, names: Mapping[int, str]) -> Shift:
    before, after = change.before, change.after
    moved = after.period != before.period
    return Shift(
        change,
        name_of(after),
        str(before.period.label) if moved else days_of(before),
        str(after.period.label) if moved else days_of(after),
        [(names[share.unit_id], share.more) for share in change.shares[:UNITS_SHOWN]]
        if moved
        else [],
    )


@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest) -> HttpResponse:
    """The editor: what each line says, and what the change would do to a year's duties."""
    user = person(request)
    require(may_set_policy(user), _("制定更新周期的"))
    row = queries.draft()
    if row is None:
        messages.info(request, _("没有正在编制的草稿，请先编制新版。"))
        return redirect("duties:policy")
    lines = queries.lines_of(row)
    if request.method == "POST":
        form = PolicyForm(request.POST, lines=lines)
        data = form.cleaned_data if form.is_valid() else {}
        if attempt(
            form,
            lambda: cadence.save_draft(
                user,
                row,
                effective_on=data["effective_on"],
                reason=data["reason"],
                lines=form.chosen(),
            ),
        ):
            messages.success(request, _("草稿已保存，影响已重新测算。"))
            return redirect("duties:draft")
    else:
        form = PolicyForm(
            initial={"effective_on": row.effective_on, "reason": row.reason}, lines=lines
        )
    shifts = _shifts(row)
    return render(
        request,
        "duties/draft.html",
        {
            "draft": row,
            "form": form,
            "rows": [
                (line, name, period, days, str(line.period.label), days_of(line))
                for line, name, period, days in form.rows()
            ],
            "shifts": shifts,
            "more": sum(shift.change.more for shift in shifts),
        },
        status=422 if form.errors else 200,
    )


@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """Put the draft in force from its day."""
    row = queries.draft()
    if row is None:
        messages.error(request, _("草稿已经发布或放弃。"))
        return redirect("duties:policy")
    try:
        cadence.publish(person(request), row, at=clock.now(), today=clock.today())
    except Refused as why:
        messages.error(request, str(why))
        return redirect("duties:draft")
    messages.success(request, _("已发布，%(on)s 起生效。") % {"on": row.effective_on})
    return redirect("duties:policy")


@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """Throw the draft away."""
    row = queries.draft()
    if row is not None:
        tried(request, lambda: cadence.discard_draft(person(request), row), _("已放弃草稿。"))
    return redirect("duties:policy")


# Units' own stricter cycles ----------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def stricter(request: HttpRequest) -> HttpResponse:
    """单位更严周期: what units set for themselves, and the form for one's own."""
    user = person(request)
    require(may_read(user), _("查阅更新周期"))
    own = [unit for unit in queries.units_of(user) if may_tighten(user, unit.pk)]
    today = clock.today()
    current = queries.in_force(today)
    lines = [] if current is None else queries.lines_of(current)
    form: StricterForm | None = None
    if request.method == "POST":
        require(bool(own), _("设定本单位更新周期的"))
        form = StricterForm(request.POST, lines=lines)
        data = form.cleaned_data if form.is_valid() else {}
        filled = form
        if attempt(
            form,
            lambda: cadence.tighten(
                user,
                own[0],
                key=filled.key(),
                period=data["period"],
                due_days=data["due_days"],
                since=data["since"],
                basis=data["basis"],
                at=clock.now(),
                today=today,
            ),
        ):
            messages.success(request, _("已设定，生效日起开始的周期和发生的事项按此执行。"))
            return redirect("duties:stricter")
    elif own:
        form = StricterForm(initial={"since": today}, lines=lines)
    rows = list(queries.stricter(user))
    known = {(line.kind.value, line.klass): line for line in lines}
    return render(
        request,
        "duties/stricter.html",
        {
            "form": form,
            "unit": own[0] if own else None,
            "today": today,
            "replan": queries.replanning(user),
            "rows": [
                (
                    row,
                    name_of(known[row.kind, row.klass]),
                    row_of(known[row.kind, row.klass]),
                    row.until is not None and row.until <= today,
                    row.until is None and may_tighten(user, row.unit_id),
                )
                for row in rows
                if (row.kind, row.klass) in known
            ],
        },
        status=422 if form is not None and form.errors else 200,
    )


@require_POST
def end_stricter(request: HttpRequest, pk: UUID) -> HttpResponse:
    """From a day on the group's rule holds again."""
    row = queries.one_stricter(person(request), pk)
    form = EndForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写失效日，写成 2026-11-05 这样。"))
        return redirect("duties:stricter")
    until = form.cleaned_data["until"]
    tried(
        request,
        lambda: cadence.end_stricter(person(request), row, until=until, today=clock.today()),
        _("已设定失效日，此后按集团规定执行。"),
    )
    return redirect("duties:stricter")


# The calendar ------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """工作日更正: the days on which headquarters knows better than the calendar."""
    user = person(request)
    require(may_read(user), _("查阅更新周期"))
    sets, today = may_set_policy(user), clock.today()
    form: DayForm | None = None
    if request.method == "POST":
        require(sets, _("更正工作日的"))
        form = DayForm(request.POST)
        data = form.cleaned_data if form.is_valid() else {}
        if attempt(
            form,
            lambda: cadence.correct_day(
                user,
                data["day"],
                working=data["working"] == "yes",
                note=data["note"],
                at=clock.now(),
                today=today,
            ),
        ):
            messages.success(request, _("已更正，未到期的任务已按新的工作日调整。"))
            return redirect("duties:calendar")
    elif sets:
        form = DayForm(initial={"day": today})
    return render(
        request,
        "duties/calendar.html",
        {
            "form": form,
            "sets": sets,
            "replan": queries.replanning(user),
            "rows": [(row, sets and row.day >= today) for row in queries.corrections()],
            "years": [(year, announced(year)) for year in (today.year, today.year + 1)],
        },
        status=422 if form is not None and form.errors else 200,
    )


@require_POST
def forget_day(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a correction back."""
    require(may_set_policy(person(request)), _("更正工作日的"))
    row = get_object_or_404(CalendarCorrection, pk=pk)
    tried(
        request,
        lambda: cadence.forget_day(person(request), row, today=clock.today()),
        _("已撤销更正。"),
    )
    return redirect("duties:calendar")
