"""问题报告: one's own, a new one, and ITC's list."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused
from yihu.helpdesk import actions, policy, queries
from yihu.helpdesk.choices import State
from yihu.helpdesk.filters import DeskFilter, ReportFilter
from yihu.helpdesk.forms import MessageForm, ReportForm
from yihu.helpdesk.models import Report
from yihu.helpdesk.rules import number_of, page_of
from yihu.kit import clock
from yihu.kit.filters import Filter
from yihu.kit.paging import BadCursor, Page
from yihu.kit.paging import page_of as rows_of


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A report; the page and the request that it came from stand on the form."""
    status = 200
    if request.method == "POST":
        form = ReportForm(request.POST, request.FILES)
        status = 422
        if form.is_valid():
            data = dict(form.cleaned_data)
            sent = data.pop("picture")
            if sent is not None:
                data |= {"picture": sent.file, "name": sent.name}
            try:
                made = actions.report(_person(request), **data, at=clock.now())
            except Refused as why:
                form.add_error("picture" if sent is not None else None, str(why))
                status = why.status
            else:
                messages.success(request, _("已报告，信息技术中心答复后会提醒您。"))
                return redirect("help:report", pk=made.pk)
    else:
        start = {
            "page": page_of(request.GET.get("page", "")),
            "number": number_of(request.GET.get("request", "")),
        }
        form = ReportForm(initial=start)
    return render(request, "helpdesk/new.html", {"form": form, "tab": "new"}, status=status)


def _listed(
    request: HttpRequest, chosen: Filter, rows: Any, template: str, **more: Any
) -> HttpResponse:
    page: Page | None = None
    if chosen.is_valid():
        data = chosen.cleaned_data
        try:
            page = rows_of(rows(data), chosen.order, after=data["after"], before=data["before"])
        except BadCursor:
            chosen.add_error(None, _("翻页位置无法识别。"))
    if page is None:
        context = {"problems": chosen.problems(), "restart": request.path}
        return render(request, "400.html", context, status=400)
    partial = request.headers.get("HX-Request") == "true"
    shown = {
        "chosen": chosen,
        "page": page,
        "reset": request.path,
        "set_count": chosen.set_count(),
        "answers": policy.may_answer(_person(request)),
        **more,
    }
    return render(request, "helpdesk/_list.html" if partial else template, shown)


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """我的问题: what I reported, the newest first."""
    user = _person(request)
    chosen = ReportFilter(request.GET)
    del chosen.fields["unit"]

    def rows(data: dict[str, Any]) -> Any:
        return queries.reports(data).filter(reporter=user)

    return _listed(request, chosen, rows, "helpdesk/mine.html", tab="mine", whose=False)


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """全部问题: what ITC has to answer, the oldest that waits on top."""
    require(policy.may_answer(_person(request)), _("答复问题的"))
    chosen = DeskFilter(request.GET)
    return _listed(request, chosen, queries.reports, "helpdesk/desk.html", tab="desk", whose=True)


@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One report with all that was said; ITC answers here, its person adds here."""
    user, row = _person(request), queries.report(pk)
    form = MessageForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _say(request, user, row, form.cleaned_data["text"])
            except Refused as why:
                form.add_error(None, str(why))
                status = why.status
            else:
                return redirect("help:report", pk=pk)
    context = {
        "row": row,
        "form": form,
        "said": queries.messages_of(row),
        "own": row.reporter_id == user.pk,
        "answers": policy.may_answer(user),
        "closed": row.state == State.CLOSED,
        "tab": "",
    }
    return render(request, "helpdesk/report.html", context, status=status)


def _say(request: HttpRequest, user: User, row: Report, words: str) -> None:
    if row.reporter_id == user.pk:
        actions.add(user, row, text=words, at=clock.now())
        messages.success(request, _("已补充，信息技术中心会看到。"))
        return
    closes = request.POST.get("closes") == "yes"
    actions.answer(user, row, text=words, closes=closes, at=clock.now())
    messages.success(request, _("已答复，报告人会收到提醒。"))


@require_POST
def close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """It is done with."""
    row = queries.report(pk)
    try:
        actions.close(_person(request), row, at=clock.now())
        messages.success(request, _("已办结。"))
    except Refused as why:
        messages.error(request, str(why))
    return redirect("help:report", pk=pk)


@require_GET
def picture(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The screenshot; whoever else than its person looks at it leaves a line."""
    user, row = _person(request), queries.report(pk)
    content = queries.picture_of(pk)
    if row.reporter_id != user.pk:
        audit.record(user, "help.picture_read", row)
    answer = HttpResponse(content, content_type="image/webp")
    answer["Content-Disposition"] = 'inline; filename="screenshot.webp"'
    return answer
