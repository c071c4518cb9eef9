"""The desk: home by role, lists, search, headquarters' pages."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers
from django_htmx.middleware import HtmxDetails

from yihu.access.entering import for_group
from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.roles.queries import waiting_for as roles_waiting_for
from yihu.access.signing.queries import to_hand, warned_to
from yihu.audit import actions as audit
from yihu.desk import boards, queries
from yihu.desk.desks import desk_of
from yihu.desk.filters import (
    CustomerFilter,
    DossierFilter,
    DutyFilter,
)
from yihu.desk.gaps import queries as gaps
from yihu.desk.log import queries as log
from yihu.desk.review.queries import waiting_count
from yihu.desk.timeliness import queries as timeliness
from yihu.desk.ways import ways
from yihu.dossiers import marks
from yihu.dossiers.queries import MINIMUM_QUERY, returned_to
from yihu.exports.queries import to_decide, to_take
from yihu.grants.queries import waiting_for
from yihu.handover.policy import hands_over
from yihu.handover.queries import leavers, to_sign
from yihu.kit.clock import now, today
from yihu.kit.filters import Filter, head
from yihu.kit.paging import BadCursor, Page, page_of
from yihu.letters.policy import may_begin
from yihu.letters.queries import overdue_of
from yihu.originals.queries import loans_due
from yihu.regulations.policy import sees_work
from yihu.regulations.queries import work_count
from yihu.risks.queries import work_of as risks_of
from yihu.visits.queries import tally_of

SEARCH_LIMIT = 50


class Request(HttpRequest):
    """A request of somebody signed in, as the middleware leaves it."""

    user: User
    htmx: HtmxDetails


def refuse(request: Request, problems: list[str]) -> HttpResponse:
    """400 with every refused condition in a sentence, never an empty list."""
    answer = render(
        request, "400.html", {"problems": problems, "restart": request.path}, status=400
    )
    answer["X-Yihu-Problem"] = quote(" ".join(problems))
    return answer


def page_under(rows: Any, chosen: Filter) -> Page | None:
    try:
        return page_of(
            rows,
            chosen.order,
            after=chosen.cleaned_data["after"],
            before=chosen.cleaned_data["before"],
        )
    except BadCursor:
        return None


def show_list(
    request: Request, template: str, chosen: Filter, page: Page, context: dict[str, Any]
) -> HttpResponse:
    """The whole page, or under HTMX only its list."""
    partial = request.htmx and not request.htmx.boosted
    place, _slash, page_name = template.rpartition("/")
    folder = f"desk/{place}/" if place else "desk/"
    name = f"{folder}_{page_name}.html" if partial else f"{folder}{page_name}.html"
    return render(
        request,
        name,
        {
            "chosen": chosen,
            "page": page,
            "partial": partial,
            "reset": request.path,
            "set_count": chosen.set_count(),
            **context,
        },
    )


@require_GET
@vary_on_headers("HX-Request")
def dossiers(request: Request) -> HttpResponse:
    """客户档案: the files in reach under filters, sorted, paged by key."""
    desk = desk_of(request.user)
    require(desk.reads_customers, _("查阅客户档案"))
    chosen = DossierFilter(request.GET, user=request.user, desk=desk)
    if not chosen.is_valid():
        return refuse(request, chosen.problems())
    day = today()
    rows, count = queries.listed(request.user, chosen.cleaned_data, day)
    page = page_under(rows, chosen)
    if page is None:
        return refuse(request, [_("翻页位置无法识别。")])
    marks.put(request.user, page.rows)
    if words := chosen.cleaned_data["q"]:
        audit.searched(request.user, "dossiers.dossier", words, hits=count)
    return show_list(
        request,
        "dossiers",
        chosen,
        page,
        {
            "desk": desk,
            "lines": queries.dossier_lines(page.rows, day),
            "count": count,
            "and_more": queries.and_more(chosen.cleaned_data, count),
            "heads": {
                "name": head(chosen, "name", _("客户")),
                "number": head(chosen, "number", _("档案编号")),
                "class": head(chosen, "class", _("分类")),
                "due": head(chosen, "due", _("下次截止")),
                "opened": head(chosen, "opened", _("建档日期")),
            },
        },
    )


@require_GET
def search(request: Request) -> HttpResponse:
    """All hits on one page; exactly one goes straight to its file."""
    require(desk_of(request.user).reads_customers, _("查询客户"))
    text = " ".join(request.GET.get("q", "").split())[:60]
    found = queries.hits(request.user, text, SEARCH_LIMIT + 1)
    if text:
        _searched(request.user, text, found)
    if len(found) == 1 and request.GET.get("go"):
        return redirect("desk:dossier", pk=found[0].file.pk)
    return render(
        request,
        "desk/search.html",
        {
            "q": text,
            "hits": found[:SEARCH_LIMIT],
            "more": len(found) > SEARCH_LIMIT,
            "limit": SEARCH_LIMIT,
            "too_short": len(text) < MINIMUM_QUERY,
            "desk": desk_of(request.user),
        },
    )


def _searched(by: User, text: str, found: list[queries.Hit]) -> None:
    only = found[0].file.pk if len(found) == 1 else None
    audit.searched(by, "dossiers.dossier", text, hits=len(found), dossier_id=only)


@require_GET
def search_live(request: Request) -> HttpResponse:
    """The list under the search box while somebody types."""
    desk = desk_of(request.user)
    require(desk.reads_customers, _("查询客户"))
    text = " ".join(request.GET.get("q", "").split())[:60]
    found = []
    if len(text) >= MINIMUM_QUERY:
        found = queries.hits(request.user, text)
        _searched(request.user, text, found)
    return render(request, "desk/_search_live.html", {"q": text, "hits": found, "desk": desk})


@require_GET
@vary_on_headers("HX-Request")
def customers(request: Request) -> HttpResponse:
    """客户总览: the group's customers and how many units keep a file on each."""
    desk = desk_of(request.user)
    require(desk.supervises, _("查阅集团客户总览"))
    chosen = CustomerFilter(request.GET)
    if not chosen.is_valid():
        return refuse(request, chosen.problems())
    rows = queries.customers(chosen.cleaned_data, request.user)
    page = page_under(rows, chosen)
    if page is None:
        return refuse(request, [_("翻页位置无法识别。")])
    count = rows.count()
    if words := chosen.cleaned_data["q"]:
        audit.searched(request.user, "customers.customer", words, hits=count)
    return show_list(
        request,
        "customers",
        chosen,
        page,
        {
            "lines": queries.customer_lines(request.user, page.rows),
            "count": count,
            "heads": {
                "name": head(chosen, "name", _("客户")),
                "code": head(chosen, "code", _("统一社会信用代码")),
            },
        },
    )


@require_GET
@vary_on_headers("HX-Request")
def duties(request: Request) -> HttpResponse:
    """更新任务: what is owed and what was done, under filters."""
    desk = desk_of(request.user)
    require(desk.owes, _("查阅更新任务"))
    day = today()
    chosen = DutyFilter(request.GET, user=request.user, desk=desk, today=day)
    if not chosen.is_valid():
        return refuse(request, chosen.problems())
    rows = boards.duties(request.user, chosen.cleaned_data, day)
    page = page_under(rows, chosen)
    if page is None:
        return refuse(request, [_("翻页位置无法识别。")])
    marks.put(request.user, [duty.dossier for duty in page.rows])
    count = boards.chosen_duties(request.user, chosen.cleaned_data, day).count()
    if words := chosen.cleaned_data["q"]:
        audit.searched(request.user, "duties.duty", words, hits=count)
    return show_list(
        request,
        "duties",
        chosen,
        page,
        {
            "desk": desk,
            "lines": boards.duty_lines(page.rows, day, ways(request.user, page.rows)),
            "count": count,
            "heads": {
                "due": head(chosen, "due", _("截止日")),
                "name": head(chosen, "name", _("客户")),
            },
        },
    )


@require_GET
def home(request: Request) -> HttpResponse:
    """工作台: what this person can do next."""
    user, day = request.user, today()
    desk = desk_of(user)
    context: dict[str, Any] = {"desk": desk, "today": day, "month": day.replace(day=1)}
    if desk.fills or desk.checks:
        mine = request.GET.get("mine") == "1" and user.staff_id is not None
        filler = str(user.staff_id) if mine else ""
        context |= {
            "mine": mine,
            "may_choose": desk.fills and user.staff_id is not None,
            "groups": boards.groups(user, day, filler=filler),
            "tally": boards.month_tally(user, day, filler=filler),
            "overdue": boards.overdue_count(user, day, filler=filler),
            "overdue_url": boards.link(state="overdue", filler=filler),
            "lately": queries.lately(user),
            "gaps": gaps.counts(user, day),
            "standing": queries.standing(user),
        }
    if desk.fills:
        context["returned"] = returned_to(user)
    if desk.checks:
        context["people"] = boards.by_person(user, day)
        context["waiting"] = waiting_count(user)
    if may_begin(user):
        context["letters_overdue"] = overdue_of(user, day)
    context["risks"] = risks_of(user, day)
    if desk.reads_customers:
        context["visits"] = tally_of(user, day)
    context["to_sign"] = to_sign(user)
    if hands_over(user):
        context["leavers"] = leavers(user)
    if sees_work(user):
        context["rules_to_renew"] = work_count(user)
    if desk.checks or desk.supervises or desk.runs:
        with for_group():  # who asks may be of any unit
            context["grants_waiting"] = waiting_for(user).count()
    if desk.supervises or desk.runs:
        context["roles_waiting"] = roles_waiting_for(user).count()
    context["takeouts_waiting"] = to_decide(user)
    context["takeouts_ready"] = to_take(user)
    if desk.reads_customers:
        context["loans"] = loans_due(user, day)
    if desk.supervises:
        context |= {
            "board": timeliness.board(user, desk, timeliness.last_year(day), day),
            "overdue": boards.overdue_count(user, day),
            "overdue_url": boards.link(state="overdue"),
            "gaps": gaps.counts(user, day),
        }
    if desk.looks and not desk.owes:
        context["standing"] = queries.standing(user)
    if desk.runs or desk.checks:
        context["dormant"] = warned_to(user, now())
    context["handing"] = len(to_hand(user, now()))
    if desk.runs:
        context["accounts"] = queries.accounts(now() - timedelta(days=7))
    if desk.audits:
        context["log"] = queries.event_lines(log.events({}).order_by("-id")[:20])
    return render(request, "desk/home.html", context)
