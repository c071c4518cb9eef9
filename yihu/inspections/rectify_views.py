"""What was found: the register, a finding's page, orders and what units answer (§4.3b, 6.4.2)."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from yihu.access.models import User
from yihu.access.scope import scope_of
from yihu.audit import actions as audit
from yihu.dossiers import marks
from yihu.dossiers.problems import Refused
from yihu.exports.quota import counted_read
from yihu.inspections import queries, rectifying
from yihu.inspections.checks import CHECK
from yihu.inspections.choices import OWING, FindingState, Root
from yihu.inspections.filters import FindingFilter, OrderFilter
from yihu.inspections.models import Finding
from yihu.inspections.policy import leads, may_answer, may_plan, may_verify
from yihu.inspections.takeouts import number_of
from yihu.inspections.views import is_partial, paged, person, refuse, sent
from yihu.kit import clock
from yihu.kit.filters import head
from yihu.org.models import OrgUnit
from yihu.papers.content import ACCEPT, download_name
from yihu.papers.storage import open_blob

ROUNDS = 60
"""So many inspections stand in the filter."""


@require_GET
@vary_on_headers("HX-Request")
def register(request: HttpRequest) -> HttpResponse:
    """检查问题: those in reach, under filters."""
    user, today = person(request), clock.today()
    rounds = queries.inspections(user).order_by("-made_at")[:ROUNDS]
    many = scope_of(user).everything
    chosen = FindingFilter(
        request.GET, many_units=many, rounds=[(str(row.pk), str(row)) for row in rounds]
    )
    found = paged(chosen, lambda data: queries.register(user, data, today))
    if found is None:
        return refuse(request, chosen.problems())
    if words := chosen.cleaned_data["customer"]:
        audit.searched(user, "inspections.finding", words, hits=found[1])
    marks.put(user, [row.dossier for row in found[0].rows])
    partial = is_partial(request)
    return render(
        request,
        "inspections/_findings.html" if partial else "inspections/findings.html",
        {
            "chosen": chosen,
            "page": found[0],
            "count": found[1],
            "lines": [(row, number_of(row), row.overdue(today)) for row in found[0].rows],
            "reset": request.path,
            "set_count": chosen.set_count(),
            "partial": partial,
            "many_units": many,
            "tab": "findings",
            "heads": {
                "found": head(chosen, "found", _("编号")),
                "due": head(chosen, "due", _("整改期限")),
            },
        },
    )


@require_GET
@counted_read
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A finding: what, where, on what evidence; what was answered; what is to be done next."""
    user, today = person(request), clock.today()
    finding = queries.one_finding(user, pk)
    audit.record(user, "finding.read", finding, dossier_id=finding.dossier_id)
    marks.put(user, [finding.dossier])
    replies = queries.replies_of(finding)
    waiting = replies[-1] if replies and not replies[-1].judgement else None
    return render(
        request,
        "inspections/finding.html",
        {
            "finding": finding,
            "number": number_of(finding),
            "dossier": finding.dossier,
            "papers": queries.papers_of(finding),
            "replies": replies,
            "check": CHECK.get(finding.check_code),
            "overdue": finding.overdue(today),
            "answers": may_answer(user, finding.unit_id) and finding.state in OWING,
            "verifies": finding.state == FindingState.REPLIED
            and may_verify(user, finding)
            and waiting is not None
            and waiting.by_id != user.pk,
            "withdraws": leads(user, finding.inspection)
            and finding.state not in (FindingState.CLOSED, FindingState.WITHDRAWN),
            "sees_file": leads(user, finding.inspection),
            "roots": Root.choices,
            "accept": ACCEPT,
        },
    )


def _act(
    request: HttpRequest, pk: UUID, act: Callable[[User, Finding], Any], done: str
) -> HttpResponse:
    user = person(request)
    finding = queries.one_finding(user, pk)
    try:
        act(user, finding)
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, done)
    return redirect("inspections:finding", pk=pk)


@require_POST
def reply(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How it was put right."""
    return _act(
        request,
        pk,
        lambda by, row: rectifying.reply(
            by,
            row,
            text=request.POST.get("text", ""),
            root=request.POST.get("root", ""),
            files=sent(request),
            at=clock.now(),
        ),
        _("已回复，等检查人复核。"),
    )


@require_POST
def verify(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Close it or send it back."""
    return _act(
        request,
        pk,
        lambda by, row: rectifying.verify(
            by,
            row,
            judgement=request.POST.get("judgement", ""),
            note=request.POST.get("note", ""),
            due_on=_day(request.POST.get("due_on", "")),
            at=clock.now(),
            today=clock.today(),
        ),
        _("已记录复核结论。"),
    )


@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """It was none after all."""
    words = request.POST.get("reason", "")
    return _act(
        request, pk, lambda by, row: rectifying.withdraw(by, row, reason=words), _("已撤销。")
    )


def _day(given: str) -> date | None:
    try:
        return date.fromisoformat(given)
    except ValueError:
        return None


# Orders ------------------------------------------------------------------------------------------


@require_GET
@vary_on_headers("HX-Request")
def orders(request: HttpRequest) -> HttpResponse:
    """整改通知书: those in reach, newest first."""
    user = person(request)
    many = scope_of(user).everything
    chosen = OrderFilter(request.GET, many_units=many)
    found = paged(
        chosen,
        lambda data: (
            queries.orders(user).filter(unit=data["unit"])
            if data.get("unit")
            else queries.orders(user)
        ),
    )
    if found is None:
        return refuse(request, chosen.problems())
    partial = is_partial(request)
    return render(
        request,
        "inspections/_orders.html" if partial else "inspections/orders.html",
        {
            "chosen": chosen,
            "page": found[0],
            "count": found[1],
            "rows": found[0].rows,
            "reset": request.path,
            "set_count": chosen.set_count(),
            "partial": partial,
            "many_units": many,
            "today": clock.today(),
            "tab": "orders",
        },
    )


@require_GET
def order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One order with its findings."""
    user, today = person(request), clock.today()
    row = queries.one_order(user, pk)
    found = queries.findings_of(row)
    marks.put(user, [one.dossier for one in found])
    return render(
        request,
        "inspections/order.html",
        {
            "order": row,
            "lines": [(one, number_of(one), one.overdue(today)) for one in found],
            "supervises": may_plan(user),
        },
    )


@require_POST
def issue(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send a unit's findings out."""
    user = person(request)
    inspection = queries.one(user, pk)
    given = request.POST.get("unit", "")
    shares = {str(share.unit_id): share.unit for share in queries.shares(user, inspection)}
    due_on = _day(request.POST.get("due_on", ""))
    unit: OrgUnit | None = shares.get(given)
    try:
        if unit is None or due_on is None:
            raise Refused(_("请选择单位，并填写整改期限。"))
        made = rectifying.order(
            user, inspection, unit, due_on=due_on, text=request.POST.get("text", ""),
            at=clock.now(), today=clock.today(),
        )  # fmt: skip
    except Refused as why:
        messages.error(request, str(why))
        return redirect("inspections:show", pk=pk)
    messages.success(request, _("已下发 %(number)s。") % {"number": made.number})
    return redirect("inspections:order", pk=made.pk)


@require_GET
@counted_read
def evidence(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """A paper of a finding or of a reply; each goes into the log (§5.5)."""
    user = person(request)
    paper = queries.one_evidence(user, pk)
    try:
        content = open_blob(paper.blob_id)
    except FileNotFoundError:
        messages.error(
            request, _("存储中找不到这份文件，请联系信息技术中心核对存储，记录没有丢失。")
        )
        return redirect("inspections:finding", pk=paper.finding_id)
    audit.record(user, "evidence.downloaded", paper, dossier_id=paper.finding.dossier_id)
    return FileResponse(
        content,
        as_attachment=True,
        filename=download_name(paper.file_name, paper.media_type),
        content_type=paper.media_type,
        headers={"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"},
    )
