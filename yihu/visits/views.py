"""A visit: planned, invited to, written up on a phone, corrected; and what came of it."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.access.lens import lens_of
from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import Unreachable, reach
from yihu.audit import actions as audit
from yihu.disclosure.queries import tells_papers
from yihu.dossiers import marks
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused
from yihu.dossiers.queries import MINIMUM_QUERY, best
from yihu.kit import clock, text
from yihu.kit.paging import BadCursor, Order, page_of
from yihu.org.models import Staff
from yihu.papers import jobs
from yihu.papers.choices import TextState
from yihu.papers.lens import veil
from yihu.visits import actions, following, queries
from yihu.visits.actions import WORDS, Clash, Content, Promise, Wish
from yihu.visits.choices import Kind, Level, NeedKind, Priority, Side, State
from yihu.visits.forms import CORRECT, PLAN, WRITE, Rows, VisitForm, key_of
from yihu.visits.models import Visit
from yihu.visits.policy import (
    may_begin,
    may_move,
    may_take_out,
    may_write,
    reads_minutes,
    reads_people,
)
from yihu.visits.rules import KEPT_HOURS

ON_FILE = Order("day", date.fromisoformat, descending=True)
PAGE = 10
OFFERED = 20
LABELS = {
    "kind": gettext_lazy("形式"),
    "level": gettext_lazy("层级"),
    "planned_on": gettext_lazy("计划日期"),
    "held_on": gettext_lazy("访谈日期"),
    "moment": gettext_lazy("时间"),
    "minutes": gettext_lazy("预计时长（分钟）"),
    "place": gettext_lazy("地点"),
    "lead": gettext_lazy("负责人"),
    "topics": gettext_lazy("议题"),
    "purpose": gettext_lazy("目的"),
    "summary": gettext_lazy("纪要"),
    "conclusions": gettext_lazy("结论"),
    "market_intel": gettext_lazy("市场信息"),
    "competitor_intel": gettext_lazy("竞争信息"),
    "risk_signal": gettext_lazy("有风险信号"),
    "risk_note": gettext_lazy("风险信号说明"),
    "document": gettext_lazy("签字纪要"),
    "ours": gettext_lazy("我方参加人"),
    "theirs": gettext_lazy("客户方参加人"),
}


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _dossier(request: HttpRequest, pk: UUID) -> Dossier:
    found: Dossier = reach(Dossier.objects.select_related("unit"), _person(request), pk=pk)
    return found


# On the file's page ------------------------------------------------------------------------------


@require_GET
def of(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The fragment of the file's page: its visits, newest first, and what is open of them."""
    user = _person(request)
    dossier = _dossier(request, pk)
    lens = lens_of(user, dossier.unit_id, dossier.region_code)
    rows = queries.of_dossier(user, dossier)
    try:
        page = page_of(
            rows,
            ON_FILE,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
            size=PAGE,
        )
    except BadCursor as why:
        raise BadRequest(_("翻页位置无法识别。")) from why
    today = clock.today()
    whole = reads_minutes(lens)
    followed = queries.followed_of(user, dossier) if whole else []
    return render(
        request,
        "visits/_of.html",
        {
            "dossier": dossier,
            "page": page,
            "count": rows.count(),
            "opens": whole,
            "followups": [(row, row.late_days(today)) for row in followed],
            "needs": queries.wanted_of(user, dossier) if whole else [],
            "writes": may_write(user, dossier.unit_id),
        },
    )


@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    """With which customer is the visit: the files found, each with the doors to the forms."""
    user = _person(request)
    require(may_begin(user), _("登记客户访谈的"))
    words = " ".join(request.GET.get("q", "").split())[:60]
    files = best(user, words, OFFERED)
    marks.put(user, files)
    return render(
        request,
        "visits/begin.html",
        {"q": words, "files": files, "too_short": len(words) < MINIMUM_QUERY},
    )


# Forms -------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Plan a visit of this file."""
    dossier = _dossier(request, pk)

    def act(content: Content, sent: VisitForm) -> Visit:
        return actions.plan(
            _person(request), dossier, content=content, at=clock.now(), today=clock.today(),
            client_id=sent.cleaned_data["client_id"],
        )  # fmt: skip

    return _form(request, dossier, PLAN, None, act, _("已登记计划 %(number)s。"))


@require_http_methods(["GET", "POST"])
def replan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another day, place or people."""
    visit = queries.one(_person(request), pk)

    def act(content: Content, sent: VisitForm) -> Visit:
        return actions.replan(
            _person(request), visit, content=content, seen=_seen(sent), at=clock.now()
        )

    return _form(request, visit.dossier, PLAN, visit, act, _("计划 %(number)s 已修改。"))


@require_http_methods(["GET", "POST"])
def write_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write up a visit that was not planned."""
    return _write(request, _dossier(request, pk), None)


@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write up a visit that was planned or held."""
    visit = queries.one(_person(request), pk)
    return _write(request, visit.dossier, visit)


def _write(request: HttpRequest, dossier: Dossier, visit: Visit | None) -> HttpResponse:
    def act(content: Content, sent: VisitForm) -> Visit:
        return actions.write(
            _person(request), dossier, visit, content=content, seen=_seen(sent), at=clock.now(),
            today=clock.today(), client_id=sent.cleaned_data["client_id"],
        )  # fmt: skip

    return _form(request, dossier, WRITE, visit, act, _("纪要 %(number)s 已提交。"))


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: UUID) -> HttpResponse:
    """更正: other minutes with a reason."""
    visit = queries.one(_person(request), pk)

    def act(content: Content, sent: VisitForm) -> Visit:
        return actions.correct(
            _person(request), visit, content=content, reason=sent.cleaned_data["reason"],
            seen=_seen(sent), at=clock.now(), today=clock.today(),
        )  # fmt: skip

    done = _("%(number)s 已更正，原来的内容记入更正记录。")
    return _form(request, visit.dossier, CORRECT, visit, act, done)


def _seen(sent: VisitForm) -> int:
    given = sent.cleaned_data["seen"]
    return -1 if given is None else int(given)


def _form(
    request: HttpRequest,
    dossier: Dossier,
    mode: str,
    visit: Visit | None,
    act: Callable[[Content, VisitForm], Visit],
    done: str,
) -> HttpResponse:
    """One form for three acts; a script that sends it gets JSON, a browser without it pages."""
    user = _person(request)
    require(may_write(user, dossier.unit_id), _("登记客户访谈的"))
    marks.put(user, [dossier])
    asks_json = request.headers.get("Accept", "") == "application/json"
    clash: Clash | None = None
    if request.method == "POST":
        form = VisitForm(request.POST, request.FILES, dossier=dossier, mode=mode, visit=visit)
        rows = Rows(request.POST, dossier, mode)
        if rows.is_valid() & form.is_valid():
            try:
                made = act(form.content(rows), form)
            except Clash as why:
                clash = why
                form.add_error(None, str(why))
            except Refused as why:
                form.add_error(None, str(why))
            else:
                _read_later(made)
                messages.success(request, done % {"number": made.number})
                target = reverse("visits:show", args=[made.pk])
                return JsonResponse({"to": target}) if asks_json else redirect(target)
        for problem in rows.problems():
            form.add_error(None, problem)
        if asks_json:
            return _answer(form, clash)
    else:
        form = VisitForm(
            initial=_initial(user, mode, visit), dossier=dossier, mode=mode, visit=visit
        )
        rows = Rows(None, dossier, mode)
    return render(
        request,
        "visits/form.html",
        {
            "form": form,
            "rows": rows,
            "dossier": dossier,
            "visit": visit,
            "mode": mode,
            "key": f"{user.pk}-{visit.pk if visit is not None else f'{mode}-{dossier.pk}'}",
            "person": user.pk,
            "hours": KEPT_HOURS,
            "clashes": _both(form, clash) if clash is not None else [],
            "clash": clash,
        },
        status=(409 if clash is not None else 422) if form.errors else 200,
    )


def _initial(user: User, mode: str, visit: Visit | None) -> dict[str, Any]:
    """What the form shows at first."""
    today = clock.today()
    if visit is None:
        me = str(user.staff_id)
        return {
            "client_id": uuid4(), "seen": 0, "lead": me, "ours": [me], "minutes": 60,
            "kind": Kind.PAID, "level": Level.BUSINESS,
            "held_on" if mode != PLAN else "planned_on": today,
        }  # fmt: skip
    sides = queries.sides_of(visit)
    values = {
        name: getattr(visit, name)
        for name in (
            "kind", "level", "planned_on", "moment", "minutes", "held_on", "place", "topics",
            "purpose", *WORDS, "risk_signal", "risk_note",
        )
    }  # fmt: skip
    values["held_on"] = visit.held_on or min(visit.day, today)
    return {
        **values,
        "lead": str(visit.lead_id),
        "ours": [str(row.staff_id) for row in sides["ours"]],
        "theirs": [key_of(row.name, row.post) for row in sides["theirs"]],
        "client_id": uuid4(),
        "seen": visit.revision,
    }


def _answer(form: VisitForm, clash: Clash | None) -> JsonResponse:
    """Why it was not taken, for the script."""
    problems = [
        {
            "field": form[name].id_for_label if name in form.fields else "",
            "text": f"{form.fields[name].label}：{error}" if name in form.fields else str(error),
        }
        for name, errors in form.errors.items()
        for error in errors
    ]
    if clash is None:
        return JsonResponse({"problems": problems}, status=422)
    now = clash.visit
    return JsonResponse(
        {
            "problems": problems,
            "seen": now.revision,
            "correct": reverse("visits:correct", args=[now.pk])
            if now.state == State.WRITTEN
            else "",
            "both": _both(form, clash),
        },
        status=409,
    )


def _both(form: VisitForm, clash: Clash) -> list[dict[str, str]]:
    """What is there beside what was sent, of the words that differ."""
    found = []
    for name in ("held_on", "place", "purpose", *WORDS):
        there = getattr(clash.visit, name)
        sent = form.cleaned_data.get(name)
        theirs, mine = str(there or ""), str(sent or "")
        if name in form.fields and " ".join(theirs.split()) != " ".join(mine.split()):
            found.append({"label": str(LABELS[name]), "theirs": theirs, "mine": mine})
    return found


def _read_later(visit: Visit) -> None:
    document = visit.document
    if document is not None and document.text_state == TextState.WAITING:
        jobs.read.defer(document_id=str(document.pk))


# One visit ---------------------------------------------------------------------------------------


@require_GET
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of a visit: its minutes, what is followed up, what was asked for."""
    user, visit = _open(request, pk)
    lens = lens_of(user, visit.unit_id, visit.dossier.region_code)
    audit.record(user, "visit.read", visit, dossier_id=visit.dossier_id)
    today = clock.today()
    sides = queries.sides_of(visit)
    people = reads_people(lens)
    writes = may_write(user, visit.unit_id)
    marks.put(user, [visit.dossier])
    if visit.document is not None:
        visit.document.dossier = visit.dossier
        papers = tells_papers(user, visit.dossier, clock.now())
        veil(user, [visit.document], papers=papers)
    return render(
        request,
        "visits/show.html",
        {
            "visit": visit,
            "dossier": visit.dossier,
            "sides": sides,
            "people": people,
            "strangers": [row for row in sides["theirs"] if not row.known] if writes else [],
            "topics": visit.topic_labels(),
            "followups": [
                (row, row.late_days(today), may_move(user, row))
                for row in queries.followups_of(visit)
            ],
            "needs": [(row, may_move(user, row)) for row in queries.needs_of(visit)],
            "revisions": [
                (row, [(LABELS.get(code, code), _said(was)) for code, was in row.before.items()])
                for row in queries.revisions_of(visit)
            ]
            if people
            else [],
            "writes": writes,
            "took_place": visit.state in (State.HELD, State.WRITTEN),
            "takes": may_take_out(user) and lens.whole,
            "today": today,
            "colleagues": queries.colleagues(visit.unit_id) if writes else [],
            "side_choices": Side.choices,
            "need_kinds": NeedKind.choices,
            "priorities": Priority.choices,
        },
    )


def _open(request: HttpRequest, pk: UUID) -> tuple[User, Visit]:
    """A visit whose minutes are open to the person. Raises: Unreachable."""
    user = _person(request)
    visit = queries.one(user, pk)
    if not reads_minutes(lens_of(user, visit.unit_id, visit.dossier.region_code)):
        raise Unreachable("visits.visit", {"pk": pk})
    return user, visit


def _said(was: Any) -> str:
    if isinstance(was, bool):
        return _("是") if was else _("否")
    if isinstance(was, list):
        return "、".join(str(part) for part in was) or "—"
    return str(was) if was not in (None, "") else "—"


@require_POST
def hold(request: HttpRequest, pk: UUID) -> HttpResponse:
    """It took place; the minutes follow."""
    visit = queries.one(_person(request), pk)
    return _act(
        request,
        visit,
        lambda: actions.hold(
            _person(request), visit, held_on=_day(request) or clock.today(), at=clock.now(),
            today=clock.today(),
        ),
        _("已登记访谈进行，请在五个工作日内整理纪要。"),
    )  # fmt: skip


@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """取消, with a reason."""
    visit = queries.one(_person(request), pk)
    reason = request.POST.get("reason", "")
    return _act(
        request,
        visit,
        lambda: actions.cancel(_person(request), visit, reason=reason, at=clock.now()),
        _("访谈已取消，编号保留。"),
    )


@require_POST
def follow(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One more thing to follow up."""
    user = _person(request)
    visit = queries.one(user, pk)
    given = request.POST
    promise = Promise(
        given.get("side", ""), given.get("text", ""), _owner(given.get("owner", "")), _day(request)
    )
    return _act(
        request,
        visit,
        lambda: following.add_followup(user, visit, promise, at=clock.now()),
        _("已登记跟进事项。"),
    )


@require_POST
def need(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One more thing that the customer asked for."""
    user = _person(request)
    visit = queries.one(user, pk)
    given = request.POST
    wish = Wish(given.get("category", ""), given.get("text", ""), given.get("priority", ""))
    return _act(
        request, visit, lambda: following.add_need(user, visit, wish), _("已登记客户诉求。")
    )


def _owner(given: str) -> Staff | None:
    try:
        return Staff.objects.filter(pk=UUID(given)).first()
    except ValueError:
        return None


def _day(request: HttpRequest) -> date | None:
    """The day that the form names, None where it names none. Raises: BadRequest."""
    given = request.POST.get("on", "").strip()
    if not given:
        return None
    try:
        return text.read_date(given)
    except ValueError as why:
        raise BadRequest(_("日期应写成 2026-11-05 这样。")) from why


def _act(request: HttpRequest, visit: Visit, act: Callable[[], object], done: str) -> HttpResponse:
    try:
        act()
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, done)
    return redirect("visits:show", pk=visit.pk)


# What came of it ---------------------------------------------------------------------------------


@require_POST
def followup_act(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """Progress, result, close, reopen, postpone of one follow-up."""
    user = _person(request)
    row = queries.one_followup(user, pk)
    words, at, today = request.POST.get("text", ""), clock.now(), clock.today()
    acts: dict[str, tuple[Callable[[], object], str]] = {
        "progress": (
            lambda: following.progress(user, row, text=words, at=at), _("已登记进展。")
        ),
        "result": (
            lambda: following.result(user, row, text=words, at=at),
            _("已登记结果；请按 §6.2.1d 更新档案。"),
        ),
        "close": (
            lambda: following.close(
                user, row, text=words, confirmed="confirmed" in request.POST, at=at
            ),
            _("事项已办结。"),
        ),
        "reopen": (
            lambda: following.reopen(
                user, row, text=words, due_on=_day(request), at=at, today=today
            ),
            _("事项已重新打开。"),
        ),
        "postpone": (
            lambda: following.postpone(
                user, row, text=words, due_on=_day(request), at=at, today=today
            ),
            _("期限已调整。"),
        ),
    }  # fmt: skip
    if act not in acts:
        raise Http404
    return _act(request, row.visit, *acts[act])


@require_POST
def need_act(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """Answer or finish one need, in place: from the list its row comes back."""
    user = _person(request)
    row = queries.one_need(user, pk)
    words, today = request.POST.get("text", ""), clock.today()
    acts = {"answer": following.answer, "finish": following.finish}
    if act not in acts:
        raise Http404
    problem = ""
    try:
        row = acts[act](user, row, text=words, on=today)
    except Refused as why:
        problem = str(why)
    if request.headers.get("HX-Request") == "true":
        row = queries.one_need(user, pk)
        context = {"need": row, "moves": may_move(user, row), "problem": problem, "typed": words}
        return render(request, "visits/_need.html", context)
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, _("诉求状态已更新。"))
    return redirect("visits:show", pk=row.visit_id)
