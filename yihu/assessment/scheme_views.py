"""A scheme on a page: read, drafted with its problems beside it, tried on what is frozen, published
(§6.4.2).
"""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.assessment import queries, rules, schemes
from yihu.assessment.forms import SchemeForms, WeightsForm
from yihu.assessment.models import Scheme
from yihu.assessment.policy import may_assess
from yihu.assessment.rules import Definition, parse
from yihu.assessment.sources import SOURCE, ways
from yihu.assessment.views import assesses, person
from yihu.dossiers.problems import Refused
from yihu.kit import clock
from yihu.ratings.explain import table_of
from yihu.ratings.rules import ZERO, plain


def _shown(definition: Definition) -> dict[str, Any]:
    """What a scheme says, for its page and the editor's preview."""
    return {
        "lines": [
            {
                "name": line.name,
                "weight": plain(line.weight),
                "says": SOURCE[line.code].says if line.code in SOURCE else "",
                "table": table_of(line),
                "clause": line.clause,
            }
            for line in definition.indicators
        ],
        "total": plain(sum((line.weight for line in definition.indicators), ZERO)),
        "bonus_most": plain(definition.bonus_most),
        "objection_days": definition.objection_days,
        "bonus": SOURCE["bonus"],
    }


@require_GET
def scheme(request: HttpRequest, number: int) -> HttpResponse:
    """One edition; a draft only for those who make it."""
    user = person(request)
    found = queries.scheme_of(user, number)
    definition = parse(found.definition)
    in_force = queries.scheme_in_force(clock.today())
    draft = found.published_at is None
    return render(
        request,
        "assessment/scheme.html",
        {
            **_shown(definition),
            "scheme": found,
            "draft": draft,
            "in_force": in_force is not None and in_force.pk == found.pk,
            "head": may_assess(user),
            "problems": rules.problems(definition, ways()) if draft else [],
        },
    )


@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    """编制新版: the open draft, or a new one."""
    user = assesses(request)
    try:
        made = schemes.draft(user, at=clock.now())
    except Refused as why:
        messages.error(request, str(why))
        return redirect("assessment:home")
    return redirect("assessment:scheme-edit", number=made.number)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """The editor: what can be read is saved, whole or not yet."""
    user = assesses(request)
    found = _draft(request, number)
    forms = SchemeForms(found, request.POST if request.method == "POST" else None)
    refused: list[str] = []
    if request.method == "POST":
        if forms.is_valid():
            head = forms.head.cleaned_data
            try:
                schemes.edit(
                    user,
                    number,
                    version=head["version"],
                    title=head["title"],
                    effective_on=head["effective_on"],
                    definition=forms.definition(),
                    at=clock.now(),
                )
            except Refused as why:
                refused = [str(why)]
            else:
                messages.success(request, _("已保存。"))
                return redirect("assessment:scheme", number=number)
        else:
            refused = forms.problems()
    definition = parse(found.definition)
    return render(
        request,
        "assessment/edit.html",
        {
            "scheme": found,
            "forms": forms,
            "refused": refused,
            "problems": rules.problems(definition, ways()),
            **_shown(definition),
        },
        status=422 if refused else 200,
    )


def _draft(request: HttpRequest, number: int) -> Scheme:
    """Raises: Http404 for what is published."""
    found = queries.scheme_of(person(request), number)
    if found.published_at is not None:
        raise Http404
    return found


@require_POST
def check(request: HttpRequest, number: int) -> HttpResponse:
    """What the editor shows beside itself while one types: the total, what is amiss, a preview."""
    assesses(request)
    forms = SchemeForms(_draft(request, number), request.POST)
    if not forms.is_valid():
        return render(request, "assessment/_checked.html", {"refused": forms.problems()})
    definition = forms.definition()
    return render(
        request,
        "assessment/_checked.html",
        {"problems": rules.problems(definition, ways()), **_shown(definition)},
    )


@require_http_methods(["GET", "POST"])
def what_if(request: HttpRequest, number: int) -> HttpResponse:
    """试算: the scheme, or it with other weights, on the frozen facts of a period; GET the page,
    POST the ranking alone. Nothing is written.
    """
    user = assesses(request)
    found = queries.scheme_of(user, number)
    definition = parse(found.definition)
    periods = queries.computed(user)
    form = WeightsForm(request.POST if request.method == "POST" else None, definition)
    wanted = request.POST.get("assessment") or request.GET.get("assessment", "")
    held = next((one for one in periods if str(one.pk) == wanted), periods[0] if periods else None)
    refused: list[str] = []
    if request.method == "POST":
        weights = form.weights() if form.is_valid() else {}
        if form.errors:
            refused = form.problems()
        elif not any(weights.values()):
            refused = [_("请至少给一项指标填上权重。")]
        else:
            definition = replace(
                definition,
                indicators=tuple(
                    replace(line, weight=weights[line.code]) for line in definition.indicators
                ),
            )
    total = sum((line.weight for line in definition.indicators), ZERO)
    return render(
        request,
        "assessment/_what_if.html" if request.method == "POST" else "assessment/what_if.html",
        {
            "scheme": found,
            "form": form,
            "periods": [(one, rules.label(one.year, one.period)) for one in periods],
            "held": held,
            "label": rules.label(held.year, held.period) if held is not None else "",
            "moved": queries.what_if(held, definition) if held is not None and not refused else [],
            "refused": refused,
            "total": plain(total),
            "whole": total == 100,
        },
    )


@require_POST
def publish(request: HttpRequest, number: int) -> HttpResponse:
    """Put the draft in force, as the person saw it."""
    user = assesses(request)
    found = queries.scheme_of(user, number)
    seen = request.POST.get("version", "")
    try:
        schemes.publish(user, number, version=int(seen) if seen.isdecimal() else -1, at=clock.now())
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(
            request,
            _("第 %(number)d 版已发布，适用 %(day)s 起的考核期。")
            % {"number": number, "day": found.effective_on},
        )
    return redirect("assessment:scheme", number=number)


@require_POST
def discard(request: HttpRequest, number: int) -> HttpResponse:
    """Give the draft up."""
    user = assesses(request)
    queries.scheme_of(user, number)
    try:
        schemes.discard(user, number)
    except Refused as why:
        messages.error(request, str(why))
        return redirect("assessment:scheme", number=number)
    messages.success(request, _("草稿已放弃。"))
    return redirect("assessment:home")
