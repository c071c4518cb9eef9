"""What a person was told, the month's calendar, and the calendar's private feed."""

import re
from datetime import date, timedelta
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from yihu.access.entering import for_group, for_person
from yihu.access.models import User
from yihu.kit import clock
from yihu.kit.openapi import Operation, describes
from yihu.kit.paging import BadCursor, page_of
from yihu.notices import actions, queries
from yihu.notices.feed import calendar
from yihu.notices.filters import NoticeFilter
from yihu.notices.models import Feed, Notice
from yihu.notices.month import weeks
from yihu.notices.words import say

MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
FEED = Operation(
    method="get",
    name="calendarFeed",
    summary=gettext_lazy("更新任务日历（§6.2.1）"),
    description=gettext_lazy(
        "iCalendar；私有地址在“提醒设置”页生成和作废，离岗即失效，只有件数和日期。"
    ),
    answers="text/calendar",
    problems=(),
    empty=(404,),
)
FEED_BEFORE, FEED_AHEAD = timedelta(days=60), timedelta(days=200)


def person(request: HttpRequest) -> User:
    """Who is signed in."""
    assert isinstance(request.user, User)
    return request.user


@require_GET
@vary_on_headers("HX-Request")
def notices(request: HttpRequest) -> HttpResponse:
    """提醒: what the person was told, the newest first."""
    user = person(request)
    chosen = NoticeFilter(request.GET)
    page = None
    if chosen.is_valid():
        data = chosen.cleaned_data
        try:
            rows = queries.notices_of(user, data)
            page = page_of(rows, chosen.order, after=data["after"], before=data["before"])
        except BadCursor:
            chosen.add_error(None, _("翻页位置无法识别。"))
    if page is None:
        context = {"problems": chosen.problems(), "restart": request.path}
        return render(request, "400.html", context, status=400)
    partial = request.headers.get("HX-Request") == "true"
    return render(
        request,
        "notices/_list.html" if partial else "notices/list.html",
        {
            "chosen": chosen,
            "page": page,
            "lines": [(row, say(row)) for row in page.rows],
            "unread": queries.unread(user),
            "partial": partial,
            "reset": request.path,
            "set_count": chosen.set_count(),
            "tab": "list",
        },
    )


@require_GET
def badge(request: HttpRequest) -> HttpResponse:
    """How many are unread, for the head of every page."""
    return render(request, "notices/_badge.html", {"unread": queries.unread(person(request))})


@require_GET
def follow(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Go where the notice points. It becomes read, which is no more than the visit itself."""
    user = person(request)
    notice = get_object_or_404(Notice, pk=pk, user=user)
    actions.read(user, notice, at=clock.now())
    return redirect(notice.url)


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """全部标为已读."""
    actions.read_all(person(request), at=clock.now())
    return redirect("notices:list")


@require_GET
def month(request: HttpRequest) -> HttpResponse:
    """The month's calendar of what falls due (§6.2.1)."""
    user = person(request)
    today = clock.today()
    wanted = request.GET.get("month", "") or f"{today:%Y-%m}"
    found = MONTH.fullmatch(wanted)
    if found is None or not set(request.GET) <= {"month", "whose"}:
        raise BadRequest(_("月份应写成 2026-11 这样。"))
    first = date(int(found[1]), int(found[2]), 1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    mine = request.GET.get("whose") == "mine"
    groups = queries.due_between(user, first, last, mine=mine)
    return render(
        request,
        "notices/calendar.html",
        {
            "month": first,
            "weeks": weeks(first, today, groups, queries.working_days()),
            "before": (first - timedelta(days=1)).replace(day=1),
            "after": last + timedelta(days=1),
            "mine": mine,
            "has_own": user.staff_id is not None,
            "total": sum(group.total for group in groups),
            "open": sum(group.open for group in groups),
            "tab": "calendar",
        },
    )


@describes(FEED)
@csrf_exempt  # it is only read: another method hears that, and not that its form is forged
@require_GET
@login_not_required
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The private calendar: whoever has the address reads counts and dates of its owner's duties.

    An address that ended, of an account that ended, or of nobody answers the same 404.
    """
    with for_group():
        row = (
            Feed.objects.select_related("user")
            .filter(key=actions.feed_key(secret), ended_at=None, user__is_active=True)
            .first()
        )
        if row is None:
            raise Http404
        Feed.objects.filter(pk=row.pk).update(used_at=clock.now())
    today = clock.today()
    with for_person(row.user_id):
        mine = row.user.staff_id is not None and queries.fills(row.user)
        groups = queries.due_between(row.user, today - FEED_BEFORE, today + FEED_AHEAD, mine=mine)
        content = calendar(str(row.user_id), groups, clock.now())
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="yihu.ics"'
    return answer
