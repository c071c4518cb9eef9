"""休眠 and 关闭 of files: the list, the unit's request, headquarters' answer, and back in use."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.access.models import User
from yihu.access.policy import require
from yihu.dossiers import marks
from yihu.dossiers.models import Dossier
from yihu.dossiers.rules import State
from yihu.duties import closing, queries
from yihu.duties.asking import asked_for
from yihu.duties.choices import Verdict
from yihu.duties.forms import ClosureForm, ReopenForm
from yihu.duties.models import AT_REST, Closure
from yihu.duties.policy import may_ask, may_consent, may_read, may_reopen
from yihu.duties.views import attempt, person, tried
from yihu.kit import clock


@require_GET
def closures(request: HttpRequest) -> HttpResponse:
    """休眠与关闭: what was asked for and what became of it, newest first."""
    user = person(request)
    require(may_read(user), _("查阅休眠与关闭"))
    return asked_for(request, "closures", lambda of: queries.closures(user, of))


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How a file stands: what is in the way of its rest, the steward's request, its history."""
    user = person(request)
    dossier = queries.one_file(user, pk)
    require(may_read(user), _("查阅休眠与关闭"))
    form = ClosureForm(request.POST or None)
    if request.method == "POST" and attempt(
        form,
        lambda: closing.ask(
            user, dossier, **form.cleaned_data, at=clock.now(), today=clock.today()
        ),
    ):
        return redirect("duties:close", pk=pk)
    return _page(request, user, dossier, form)


@require_POST
def reopen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """恢复在用."""
    user = person(request)
    dossier = queries.one_file(user, pk)
    form = ReopenForm(request.POST)
    if attempt(
        form,
        lambda: closing.reopen(
            user, dossier, **form.cleaned_data, at=clock.now(), today=clock.today()
        ),
    ):
        return redirect("desk:dossier", pk=pk)
    return _page(request, user, dossier, form)


def _page(request: HttpRequest, user: User, dossier: Dossier, form: forms.Form) -> HttpResponse:
    marks.put(user, [dossier])
    history = queries.closures_of(dossier)
    asked = next((row for row in history if row.verdict == Verdict.ASKED), None)
    checks = [
        (state, label, closing.in_the_way(dossier, state, clock.today()))
        for state, label in _within_reach(dossier, asked)
    ]
    ready = [(state, label) for state, label, problems in checks if not problems]
    mine = may_ask(user, dossier.unit_id)
    resting = dossier.state != State.ACTIVE
    asking = form if isinstance(form, ClosureForm) else ClosureForm()
    if not asking.is_bound:
        asking.offer(ready)
    return render(
        request,
        "duties/closure.html",
        {
            "dossier": dossier,
            "asked": asked,
            "history": [row for row in history if row is not asked],
            "checks": checks,
            "form": asking if mine and asked is None and (asking.is_bound or ready) else None,
            "reopening": (form if isinstance(form, ReopenForm) else ReopenForm())
            if resting and may_reopen(user, dossier.unit_id)
            else None,
            "decides": asked is not None and may_consent(user) and asked.asked_by_id != user.pk,
            "withdraws": asked is not None and mine,
        },
        status=422 if form.errors else 200,
    )


def _within_reach(dossier: Dossier, asked: Closure | None) -> list[tuple[str, Any]]:
    """What the file can come to from here, or just what is asked: state and how it is called."""
    if asked is not None:
        return [(asked.state, asked.get_state_display())]
    if dossier.state == State.ACTIVE:
        return list(AT_REST)
    return [row for row in AT_REST if dossier.state == State.DORMANT and row[0] == State.CLOSED]


@require_POST
def consent(request: HttpRequest, pk: UUID) -> HttpResponse:
    """同意: the file is dormant or closed from today."""
    row = queries.one_closure(person(request), pk)
    tried(
        request,
        lambda: closing.consent(
            person(request),
            row,
            note=request.POST.get("note", ""),
            at=clock.now(),
            today=clock.today(),
        ),
        _("已同意，今天起生效。"),
    )
    return redirect("duties:closures")


@require_POST
def refuse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """不同意: the file stays as it is, and the unit reads why."""
    row = queries.one_closure(person(request), pk)
    tried(
        request,
        lambda: closing.refuse(
            person(request), row, note=request.POST.get("note", ""), at=clock.now()
        ),
        _("已答复不同意，档案照旧。"),
    )
    return redirect("duties:closures")


@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """撤回 by the unit."""
    row = queries.one_closure(person(request), pk)
    tried(
        request,
        lambda: closing.withdraw(person(request), row, at=clock.now()),
        _("已撤回申请。"),
    )
    return redirect("duties:close", pk=row.dossier_id)
