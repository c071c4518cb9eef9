"""A scheme on a page: read, drafted with its problems beside it, tried, published (§6.1.3)."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.access.models import User
from yihu.access.policy import require
from yihu.dossiers.problems import Refused
from yihu.kit import clock
from yihu.ratings import explain, jobs, queries, rules, schemes
from yihu.ratings.forms import SchemeForms
from yihu.ratings.indicators import sources, ways
from yihu.ratings.models import RatingScheme
from yihu.ratings.policy import may_rate, may_read
from yihu.ratings.rules import ZERO, Definition, Joining, Judge, parse, plain
from yihu.ratings.views import person


def _makes(request: HttpRequest) -> User:
    user = person(request)
    require(may_rate(user), _("制定评级方案的"))
    return user


def _shown(definition: Definition) -> dict[str, Any]:
    """What a scheme says, for its page and the editor's preview."""
    known = sources()
    above: list[str] = ["100"]
    bands = []
    for band in definition.bands:
        bands.append((band.grade, plain(band.least), above[-1]))
        above.append(plain(band.least))
    return {
        "lines": [
            {
                "name": line.name,
                "weight": plain(line.weight),
                "says": known[line.source].says if line.source in known else "",
                "measure": known[line.source].measure if line.source in known else _("分"),
                "judge": Judge(line.judge).label if line.judge else "",
                "table": explain.table_of(line),
                "clause": line.clause,
            }
            for line in definition.indicators
        ],
        "total": plain(sum((line.weight for line in definition.indicators), ZERO)),
        "bands": bands,
        "definition": definition,
        "strategic": definition.indicator(definition.strategic_code),
        "least": plain(definition.strategic_least),
        "lng": plain(definition.lng_wan_m3_per_t),
        "joining": Joining(definition.joining).label,
    }


@require_GET
def scheme(request: HttpRequest, number: int) -> HttpResponse:
    """One edition; a draft only for those who make it."""
    user = person(request)
    require(may_read(user), _("查阅评级方案的"))
    found = queries.scheme_of(number)
    if found.published_at is None and not may_rate(user):
        raise Http404
    definition = parse(found.definition)
    in_force = queries.scheme_in_force(clock.today().year)
    draft = found.published_at is None
    return render(
        request,
        "ratings/scheme.html",
        {
            **_shown(definition),
            "scheme": found,
            "draft": draft,
            "in_force": in_force is not None and in_force.pk == found.pk,
            "rates": may_rate(user),
            "trial": queries.trial_of(found) if draft else None,
            "problems": rules.problems(definition, ways()) if draft else [],
            "cut_off_on": queries.latest_month(clock.today()),
        },
    )


@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    """编制新版: the open draft, or a new one."""
    user = _makes(request)
    try:
        made = schemes.draft(user, at=clock.now())
    except Refused as why:
        messages.error(request, str(why))
        return redirect("ratings:home")
    return redirect("ratings:scheme-edit", number=made.number)


def _forms(found: RatingScheme, data: Any = None) -> SchemeForms:
    return SchemeForms(
        parse(found.definition),
        version=found.version,
        title=found.title,
        effective_year=found.effective_year,
        data=data,
    )


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """The editor: what can be read is saved, whole or not yet."""
    user = _makes(request)
    found = queries.scheme_of(number)
    if found.published_at is not None:
        raise Http404
    forms = _forms(found, request.POST if request.method == "POST" else None)
    problems: list[str] = []
    if request.method == "POST":
        if forms.is_valid():
            head = forms.head.cleaned_data
            try:
                schemes.edit(
                    user,
                    number,
                    version=head["version"],
                    title=head["title"],
                    effective_year=head["effective_year"],
                    definition=forms.definition(),
                    at=clock.now(),
                )
            except Refused as why:
                problems = [str(why)]
            else:
                messages.success(request, _("已保存。"))
                return redirect("ratings:scheme", number=number)
        else:
            problems = forms.problems()
    return render(
        request,
        "ratings/edit.html",
        {
            "scheme": found,
            "forms": forms,
            "refused": problems,
            "problems": rules.problems(parse(found.definition), ways()),
            **_shown(parse(found.definition)),
        },
        status=422 if problems else 200,
    )


@require_POST
def check(request: HttpRequest, number: int) -> HttpResponse:
    """What the editor shows beside itself while one types: the total, what is amiss, a preview."""
    _makes(request)
    found = queries.scheme_of(number)
    forms = _forms(found, request.POST)
    if not forms.is_valid():
        return render(request, "ratings/_checked.html", {"refused": forms.problems()})
    definition = forms.definition()
    return render(
        request,
        "ratings/_checked.html",
        {"problems": rules.problems(definition, ways()), **_shown(definition)},
    )


@require_POST
def try_out(request: HttpRequest, number: int) -> HttpResponse:
    """试算: the draft on live data beside the scheme in force."""
    user = _makes(request)
    queries.scheme_of(number)
    cut_off_on = queries.latest_month(clock.today())
    try:
        made = schemes.try_out(user, number, cut_off_on=cut_off_on, at=clock.now())
    except Refused as why:
        messages.error(request, str(why))
        return redirect("ratings:scheme", number=number)
    key = str(made.pk)
    transaction.on_commit(lambda: jobs.compute.defer(round_id=key))
    return redirect("ratings:round", rating=made.pk)


@require_POST
def publish(request: HttpRequest, number: int) -> HttpResponse:
    """Put the draft in force, as the person saw it."""
    user = _makes(request)
    found = queries.scheme_of(number)
    seen = request.POST.get("version", "")
    try:
        schemes.publish(user, number, version=int(seen) if seen.isdecimal() else -1, at=clock.now())
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(
            request,
            _("第 %(number)d 版已发布，适用 %(year)d 年度起的评级。")
            % {"number": number, "year": found.effective_year},
        )
    return redirect("ratings:scheme", number=number)


@require_POST
def discard(request: HttpRequest, number: int) -> HttpResponse:
    """Give the draft up."""
    user = _makes(request)
    queries.scheme_of(number)
    try:
        schemes.discard(user, number)
    except Refused as why:
        messages.error(request, str(why))
        return redirect("ratings:scheme", number=number)
    messages.success(request, _("草稿已放弃。"))
    return redirect("ratings:home")
