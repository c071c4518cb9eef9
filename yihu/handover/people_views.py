"""Pages of people: the list, one of them, their events by hand and by workbook (§6.3.4)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from yihu.access.models import User
from yihu.access.policy import require
from yihu.dossiers.problems import Refused
from yihu.handover import personnel, queries, sheet
from yihu.handover.door import XLSX, done, file, person
from yihu.handover.filters import PeopleFilter
from yihu.handover.policy import hands_over, keeps_people, may_hand_over
from yihu.handover.problems import Problem, Wrong
from yihu.handover.rules import ENDED
from yihu.kit import clock
from yihu.kit.filters import head
from yihu.kit.paging import BadCursor, page_of
from yihu.kit.sheet import Refused as Unreadable
from yihu.org.models import Staff
from yihu.org.rules import EmploymentStatus, PersonnelEventKind

SALT = "handover.upload"
UPLOAD_SECONDS = 3600
"""How long a preview may be confirmed."""
EVENT_FIELDS = ("kind", "effective_on", "other_unit", "other_post")
SHOWN_MOST = 200
"""Rows and problems that a preview shows."""


def _keeper(request: HttpRequest) -> User:
    user = person(request)
    require(keeps_people(user), _("管理人员与交接的"))
    return user


def _refuse(request: HttpRequest, problems: list[str]) -> HttpResponse:
    context = {"problems": problems, "restart": request.path}
    return render(request, "400.html", context, status=400)


@require_GET
@vary_on_headers("HX-Request")
def people(request: HttpRequest) -> HttpResponse:
    """人员与交接: the people of one's units, filtered, sorted, paged by key."""
    user = _keeper(request)
    units = queries.units(user)
    chosen = PeopleFilter(request.GET, units=units)
    page = None
    if chosen.is_valid():
        data = chosen.cleaned_data
        rows = queries.people(user, data)
        try:
            page = page_of(rows, chosen.order, after=data["after"], before=data["before"])
        except BadCursor:
            chosen.add_error(None, _("翻页位置无法识别。"))
    if page is None:
        return _refuse(request, chosen.problems())
    partial = request.headers.get("HX-Request") == "true"
    return render(
        request,
        "handover/_people.html" if partial else "handover/people.html",
        {
            "chosen": chosen,
            "page": page,
            "lines": queries.person_lines(user, page.rows),
            "count": rows.count(),
            "many_units": len(units) > 1,
            "leads": hands_over(user),
            "gaps": len(queries.leavers(user)) if hands_over(user) else 0,
            "partial": partial,
            "reset": request.path,
            "set_count": chosen.set_count(),
            "heads": [
                head(chosen, "number", _("工号")),
                head(chosen, "name", _("姓名")),
                head(chosen, "post", _("岗位")),
            ],
        },
    )


@require_GET
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One person: history, what they hold, what ended."""
    return _show(request, queries.one_person(person(request), pk))


def _show(
    request: HttpRequest,
    staff: Staff,
    *,
    problems: list[Problem] | None = None,
    typed: Mapping[str, str] | None = None,
) -> HttpResponse:
    user = person(request)
    leads = may_hand_over(user, staff.unit_id)
    held = queries.holdings(staff) if leads else []
    return render(
        request,
        "handover/person.html",
        {
            "staff": staff,
            "account": getattr(staff, "account", None),
            "events": queries.events_of(staff),
            "here": staff.status in (EmploymentStatus.ACTIVE, EmploymentStatus.EXPECTED),
            "gone": staff.status in queries.GONE,
            "kinds": _kinds(staff),
            "units": [unit for unit in queries.every_unit() if unit.pk != staff.unit_id],
            "mine": staff.pk == user.staff_id,
            "leads": leads,
            "holdings": held,
            "to_hand_over": sum(one.count for one in held if one.kind.roles),
            "open": queries.open_of(staff) if leads else None,
            "done": queries.done_of(staff) if leads else [],
            "endings": [
                (row, [(ENDED.get(kind, kind), number) for kind, number in row.ended.items()])
                for row in queries.endings_of(staff)
            ],
            "problems": problems or [],
            "typed": typed or {},
            "today": clock.today(),
        },
        status=422 if problems else 200,
    )


def _kinds(staff: Staff) -> list[PersonnelEventKind]:
    if staff.status in queries.GONE:
        return [PersonnelEventKind.JOIN]
    return [kind for kind in PersonnelEventKind if kind != PersonnelEventKind.JOIN]


@require_POST
def event(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Add a dated event to a person; in the past or today it takes effect at once."""
    user = person(request)
    staff = queries.one_person(user, pk)
    typed = {name: request.POST.get(name, "") for name in EVENT_FIELDS}
    if typed["kind"] not in (PersonnelEventKind.TRANSFER, PersonnelEventKind.CONCURRENT):
        typed |= {"other_unit": "", "other_post": ""}
    row = {**typed, "unit": staff.unit.code, "employee_no": staff.employee_no}
    try:
        taken = personnel.enter(user, [(1, row)], today=clock.today(), at=clock.now())
    except Wrong as why:
        return _show(request, staff, problems=why.problems, typed=typed)
    messages.success(request, _took(taken))
    return redirect("handover:person", pk=staff.pk)


def _took(taken: personnel.Taken) -> str:
    if not taken.new:
        return _("这项变动已经登记过，没有改动。")
    if taken.applied:
        return _("已登记并立即生效。")
    return _("已登记，到生效日期 0 时生效。")


@require_http_methods(["GET", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """登记入职: somebody new."""
    user = _keeper(request)
    names = ("unit", "employee_no", "name", "post", "effective_on")
    typed = {name: request.POST.get(name, "") for name in names}
    problems: list[Problem] = []
    if request.method == "POST":
        row = {**typed, "kind": PersonnelEventKind.JOIN.value}
        try:
            taken = personnel.enter(user, [(1, row)], today=clock.today(), at=clock.now())
        except Wrong as why:
            problems = why.problems
        else:
            messages.success(request, _took(taken))
            return redirect("handover:people")
    units = queries.units(user)
    return render(
        request,
        "handover/join.html",
        {"units": units, "typed": typed, "problems": problems, "today": clock.today()},
        status=422 if problems else 200,
    )


@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take back an event that has not taken effect."""
    user = person(request)
    row = queries.one_event(user, pk)
    reason = request.POST.get("reason", "")
    done(
        request,
        lambda: personnel.cancel(user, row, reason=reason, at=clock.now()),
        _("已取消，留在变动记录中。"),
    )
    return redirect("handover:person", pk=row.staff_id)


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """导入人事变动: a workbook, and what it would do; nothing is saved yet."""
    user = _keeper(request)
    context: dict[str, Any] = {"most": SHOWN_MOST, "leads": hands_over(user)}
    if request.method == "POST":
        given = request.FILES.get("file")
        if given is None:
            raise BadRequest(_("请选择要导入的文件。"))
        try:
            rows = sheet.rows_of(given.read(), given.name or "")
            entries, problems = personnel.preview(user, rows, today=clock.today())
        except (Unreadable, Refused) as why:
            context["refusal"] = str(why)
            return render(request, "handover/upload.html", context, status=422)
        new = [entry for entry in entries if entry.new]
        context |= {
            "name": given.name,
            "problems": problems[:SHOWN_MOST],
            "problem_count": len(problems),
            "new": new[:SHOWN_MOST],
            "new_count": len(new),
            "same": len(entries) - len(new),
            "today": clock.today(),
        }
        if new and not problems:
            plain = [(number, _plain(row)) for number, row in rows]
            context["payload"] = signing.dumps(
                {"by": user.pk, "rows": plain}, salt=SALT, compress=True
            )
    return render(
        request, "handover/upload.html", context, status=422 if context.get("problems") else 200
    )


def _plain(row: Mapping[str, object]) -> dict[str, object]:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in row.items()
    }


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Take what the preview showed; checked anew, whole or not at all."""
    user = _keeper(request)
    try:
        sent = signing.loads(request.POST.get("payload", ""), salt=SALT, max_age=UPLOAD_SECONDS)
    except signing.BadSignature:
        messages.error(request, _("预览已过期，请重新上传文件。"))
        return redirect("handover:upload")
    if sent["by"] != user.pk:
        raise BadRequest(_("这份预览属于另一个账号，请重新上传文件。"))
    rows = [(number, row) for number, row in sent["rows"]]
    try:
        taken = personnel.enter(user, rows, today=clock.today(), at=clock.now())
    except Refused as why:
        messages.error(request, str(why))
        return redirect("handover:upload")
    said = _("已登记 %(new)d 项变动，%(same)d 项早已登记；%(applied)d 人立即生效。")
    messages.success(
        request, said % {"new": taken.new, "same": taken.same, "applied": taken.applied}
    )
    return redirect("handover:people")


@require_GET
def template(request: HttpRequest) -> HttpResponse:
    """The empty workbook."""
    user = _keeper(request)
    names = [unit.name for unit in queries.units(user)]
    return file(sheet.template(names), _("人事变动模板.xlsx"), XLSX)
