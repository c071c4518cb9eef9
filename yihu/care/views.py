"""Segments, their customers, suggestions, and the page before a visit (§1, 3b)."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from yihu.access.models import User
from yihu.access.policy import Denied, require
from yihu.access.scope import reach
from yihu.audit import actions as audit
from yihu.care import actions, brief, queries
from yihu.care.facts import FACT
from yihu.care.filters import MemberFilter, SegmentFilter, SuggestionFilter
from yihu.care.forms import (
    SegmentForm,
    begun,
    families,
    row_of,
    rows_of,
    rows_sent,
    spare,
)
from yihu.care.models import Segment, Suggestion
from yihu.care.policy import (
    may_decide,
    may_evaluate,
    may_make,
    may_read,
    may_take_out,
    sees_group,
)
from yihu.care.rules import MOST_CONDITIONS, RULE, joined, known, sentence
from yihu.dossiers import marks
from yihu.dossiers.models import Dossier
from yihu.dossiers.policy import may_take_out as may_print
from yihu.dossiers.problems import Refused
from yihu.exports.quota import counted_read
from yihu.kit import clock
from yihu.kit.filters import Filter, head
from yihu.kit.paging import BadCursor, Page, page_of
from yihu.kit.shading import ChinaMap, Shade
from yihu.org.models import OrgUnit
from yihu.visits.policy import may_write as may_write_visits

Made = TypeVar("Made")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _reader(request: HttpRequest) -> User:
    user = _person(request)
    require(may_read(user), _("查阅客群"))
    return user


# Lists -------------------------------------------------------------------------------------------


def _page(chosen: Filter, find: Callable[[dict[str, Any]], Any]) -> tuple[Any, Page | None]:
    """The rows under the filter and the page of them; no page where the filter is refused."""
    if not chosen.is_valid():
        return None, None
    data = chosen.cleaned_data
    rows = find(data)
    try:
        return rows, page_of(rows, chosen.order, after=data["after"], before=data["before"])
    except BadCursor:
        chosen.add_error(None, _("翻页位置无法识别。"))
        return None, None


def _refuse(request: HttpRequest, chosen: Filter) -> HttpResponse:
    context = {"problems": chosen.problems(), "restart": request.path}
    return render(request, "400.html", context, status=400)


def _frame(request: HttpRequest, chosen: Filter, page: Page, count: int) -> dict[str, Any]:
    return {
        "chosen": chosen,
        "page": page,
        "count": count,
        "partial": request.headers.get("HX-Request") == "true",
        "reset": request.path,
        "set_count": chosen.set_count(),
        "many_units": sees_group(_person(request)),
    }


def _template(request: HttpRequest, name: str) -> str:
    return f"care/{'_' if request.headers.get('HX-Request') == 'true' else ''}{name}.html"


@require_GET
@vary_on_headers("HX-Request")
def home(request: HttpRequest) -> HttpResponse:
    """客群: the segments in reach, with how many customers each has today and had before."""
    user = _reader(request)
    chosen = SegmentFilter(request.GET, user=user)
    rows, page = _page(chosen, lambda data: queries.segments(user, data))
    if page is None:
        return _refuse(request, chosen)
    shown: list[Segment] = list(page.rows)
    conditions = [known(segment.conditions) for segment in shown]
    numbers = queries.counts(
        user,
        [(segment.match, asked) for segment, asked in zip(shown, conditions, strict=True)],
        clock.today(),
    )
    trends = queries.trends(user, [segment.pk for segment in shown])
    unit = queries.home_of(user)
    return render(
        request,
        _template(request, "home"),
        {
            **_frame(request, chosen, page, rows.count()),
            "lines": [
                {
                    "segment": segment,
                    "says": joined(segment.match, asked),
                    "number": number,
                    "trend": trends.get(segment.pk, []),
                }
                for segment, asked, number in zip(shown, conditions, numbers, strict=True)
            ],
            "makes": unit is not None and may_make(user, unit),
            "heads": {
                "name": head(chosen, "name", _("客群")),
                "changed": head(chosen, "changed", _("更新")),
            },
        },
    )


@require_GET
@vary_on_headers("HX-Request")
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A segment: its customers, what they are due and got, by province, month by month."""
    user, today = _reader(request), clock.today()
    segment = queries.one(user, pk)
    conditions = known(segment.conditions)
    require(may_evaluate(user, conditions), _("按隐去的内容筛选客户的"))
    chosen = MemberFilter(request.GET, user=user)
    rows, page = _page(chosen, lambda data: queries.members(user, segment, data, today))
    if page is None:
        return _refuse(request, chosen)
    files = list(page.rows)
    marks.put(user, files)
    frame = _frame(request, chosen, page, rows.count())
    context = {
        **frame,
        "segment": segment,
        "lines": queries.cared(segment, files, today),
        "facts": queries.shown_facts(segment),
        "takes": may_take_out(user) and segment.retired_at is None,
        "heads": {
            "klass": head(chosen, "klass", _("客户分类")),
            "name": head(chosen, "name", _("客户")),
        },
    }
    if not frame["partial"]:
        provinces = queries.by_province(user, segment, today)
        months = queries.side_by_side(
            queries.trends(user, [segment.pk]).get(segment.pk, []),
            queries.volumes(user, segment, today),
        )
        context |= {
            "says": joined(segment.match, conditions),
            "definitions": [fact for fact in {c.of for c in conditions} if fact.says],
            "map": _map(provinces),
            "sum": queries.total(provinces),
            "priced": queries.priced(user, segment, today),
            "months": months,
            "pipeline": any(m.volume and m.volume.wan_m3 for m in months),
            "lng": any(m.volume and m.volume.tonne for m in months),
            "versions": queries.versions_of(segment),
            "makes": segment.retired_at is None and may_make(user, segment.unit),
            "year": today.year,
        }
    return render(request, _template(request, "show"), context)


def _map(provinces: list[queries.Sum]) -> ChinaMap:
    return ChinaMap(
        key="ca-map",
        caption=_("客户按省份分布"),
        measure=_("客户"),
        unit=_("户"),
        heads=(_("已访/应访"), _("已达到"), _("落后")),
        shades=[
            Shade(
                line.code,
                line.label or _("未填区域"),
                line.customers,
                f"?province={line.code}#list" if line.code else "",
                (f"{line.held}/{line.due}", str(line.met), str(line.lagging)),
            )
            for line in provinces
        ],
    )


# Making ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new segment, of the unit or of the group."""
    user = _reader(request)
    unit = queries.home_of(user)
    if unit is None:
        raise Denied(_("还没有集团或单位可以建立客群，请先由管理员初始化组织。"))
    require(may_make(user, unit), _("维护客群的"))
    return _edit(request, user, unit, None)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The next version of a segment."""
    user = _reader(request)
    segment = queries.one(user, pk)
    require(may_make(user, segment.unit), _("维护客群的"))
    return _edit(request, user, segment.unit, segment)


def _edit(request: HttpRequest, user: User, unit: OrgUnit, segment: Segment | None) -> HttpResponse:
    fresh = segment is None
    if request.method == "POST":
        form, rows = SegmentForm(request.POST, new=fresh), rows_sent(request.POST)
    elif segment is not None:
        form, rows = SegmentForm(new=False, initial=begun(segment)), rows_of(segment)
    else:
        form, rows = SegmentForm(new=True, initial={"match": "all"}), []
    tried: int | None = None
    trying = "try" in request.POST
    if request.method == "POST" and "more" not in request.POST and form.is_valid():
        try:
            content = form.content(rows)
            if trying:
                (tried,) = queries.counts(
                    user, [(content.match, content.conditions)], clock.today()
                )
            else:
                return _saved(request, user, unit, segment, form, content)
        except Refused as why:
            form.add_error(None, str(why))
    context = {
        "form": form,
        "rows": spare(rows),
        "families": families(user),
        "most": MOST_CONDITIONS,
        "segment": segment,
        "unit": unit,
        "trying": trying and not form.errors,
        "tried": tried,
        "seen": request.POST.get("seen", segment.version if segment is not None else 0),
    }
    wrong = request.method == "POST" and bool(form.errors) and "more" not in request.POST
    return render(request, "care/form.html", context, status=422 if wrong else 200)


def _saved(
    request: HttpRequest,
    user: User,
    unit: OrgUnit,
    segment: Segment | None,
    form: SegmentForm,
    content: actions.Content,
) -> HttpResponse:
    if segment is None:
        made = actions.make(user, unit, content=content, at=clock.now())
        messages.success(request, _("已建立客群“%(name)s”。") % {"name": made.name})
    else:
        seen = request.POST.get("seen", "")
        made = actions.change(
            user, segment, content=content, seen=int(seen) if seen.isdigit() else 0,
            reason=form.cleaned_data["reason"], at=clock.now(),
        )  # fmt: skip
        messages.success(request, _("已保存为第 %(number)d 版。") % {"number": made.version})
    return redirect("care:show", pk=made.pk)


@require_GET
def condition(request: HttpRequest) -> HttpResponse:
    """The fragment of one row of the editor, after another fact or operator was chosen."""
    user = _reader(request)
    place = request.GET.get("row", "")
    number = min(int(place), MOST_CONDITIONS - 1) if place.isdigit() else 0
    row = row_of(
        number,
        FACT.get(request.GET.get(f"fact-{number}", "")),
        request.GET.get(f"op-{number}", ""),
        request.GET.getlist(f"value-{number}"),
    )
    return render(request, "care/_condition.html", {"row": row, "families": families(user)})


@require_POST
def retire(request: HttpRequest, pk: UUID) -> HttpResponse:
    """停用."""
    user = _reader(request)
    segment = queries.one(user, pk)
    _say(
        request,
        lambda: actions.retire(user, segment, at=clock.now()),
        _("已停用；历次版本和月度数据保留。"),
    )
    return redirect("care:home")


def _say(request: HttpRequest, act: Callable[[], Made], said: str) -> Made | None:
    try:
        done = act()
    except Refused as why:
        messages.error(request, str(why))
        return None
    messages.success(request, said)
    return done


# Suggestions -------------------------------------------------------------------------------------


@require_GET
@vary_on_headers("HX-Request")
def suggestions(request: HttpRequest) -> HttpResponse:
    """客户建议: whom to see to, and why; each is taken up, or not with a reason."""
    user = _reader(request)
    chosen = SuggestionFilter(request.GET, user=user)
    rows, page = _page(chosen, lambda data: queries.suggestions(user, data))
    if page is None:
        return _refuse(request, chosen)
    marks.put(user, [row.dossier for row in page.rows])
    return render(
        request,
        _template(request, "suggestions"),
        {
            **_frame(request, chosen, page, rows.count()),
            "lines": [_suggested(user, row) for row in page.rows],
            "heads": {"found": head(chosen, "found", _("提出日"))},
        },
    )


def _suggested(user: User, row: Suggestion) -> dict[str, Any]:
    return {
        "row": row,
        "rule": RULE[row.rule],
        "says": sentence(row.rule, row.figures),
        "decides": row.state == "open" and may_decide(user, row.unit_id),
    }


@require_POST
def take_up(request: HttpRequest, pk: UUID) -> HttpResponse:
    """采纳, and on to the plan of a visit, which is mostly what is done about it."""
    user = _reader(request)
    row = queries.one_suggestion(user, pk)
    done = _say(
        request,
        lambda: actions.take_up(user, row, at=clock.now()),
        _("已采纳；可在此计划访谈。"),
    )
    if done is not None and may_write_visits(user, row.unit_id):
        return redirect("visits:new", pk=row.dossier_id)
    return redirect("care:suggestions")


@require_POST
def dismiss(request: HttpRequest, pk: UUID) -> HttpResponse:
    """不采纳, with a reason."""
    user = _reader(request)
    row = queries.one_suggestion(user, pk)
    _say(
        request,
        lambda: actions.dismiss(user, row, reason=request.POST.get("reason", ""), at=clock.now()),
        _("已注明不采纳；情形不变不再提出。"),
    )
    return redirect("care:suggestions")


# Before a visit ----------------------------------------------------------------------------------


@require_GET
@counted_read
def of(request: HttpRequest, pk: UUID) -> HttpResponse:
    """访前一页: who is who, the last twelve months, open promises, needs and risks of one file."""
    user, at, today = _person(request), clock.now(), clock.today()
    dossier: Dossier = reach(brief.dossiers(), user, pk=pk)
    found = brief.brief_of(user, dossier, at=at, today=today)
    audit.record(user, "dossier.read", dossier, dossier_id=dossier.pk, data={"page": "brief"})
    marks.put(user, [dossier])
    return render(
        request,
        "care/brief.html",
        {
            "dossier": dossier,
            "brief": found,
            "prints": may_print(user, dossier.unit_id),
            "plans": may_write_visits(user, dossier.unit_id),
        },
    )
