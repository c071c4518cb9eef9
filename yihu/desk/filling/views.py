"""The filling form's doors: the page, autosave, conclusions, submit, and many at once (§4.3b)."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import reach, reach_all
from yihu.audit import actions as audit
from yihu.desk.filling import parts
from yihu.desk.filling.queries import (
    attestations_of,
    comments_of,
    due_reviews,
    last_bases,
    values_of_last,
)
from yihu.disclosure.queries import view_of
from yihu.dossiers import actions, marks
from yihu.dossiers.content import compose, facts_with
from yihu.dossiers.models import Dossier, Draft
from yihu.dossiers.policy import may_fill
from yihu.dossiers.problems import Conflict, Incomplete, Refused, Unfit
from yihu.dossiers.queries import last_submission, last_versions, pending_draft
from yihu.dossiers.rules import Decision, DraftState, Mark
from yihu.guide.rules import Definition, display
from yihu.identity.views import offers_shown
from yihu.kit import clock
from yihu.org.regions import COUNTIES, REGIONS

MOST_BYTES = 2_000_000
MOST_AT_ONCE = 200


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _reach(request: HttpRequest, pk: UUID) -> Dossier:
    """The file, if the person may see it and fills it. Raises: Unreachable (404), Denied."""
    user = _person(request)
    rows = Dossier.objects.select_related("unit", "filler", "reviewer")
    dossier: Dossier = reach(rows, user, pk=pk)
    require(may_fill(user, dossier), _("填报客户档案的"))
    return dossier


@require_GET
def fill(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The form, one section at a time (?section=)."""
    dossier = _reach(request, pk)
    audit.record(_person(request), "draft.read", dossier, dossier_id=dossier.pk)
    return _page(request, dossier)


def _page(
    request: HttpRequest, dossier: Dossier, *, blocked: Incomplete | None = None, status: int = 200
) -> HttpResponse:
    today = clock.today()
    marks.put(_person(request), [dossier])
    try:
        edition, definition = actions.in_force(today)
    except Refused as why:
        return render(
            request, "desk/filling/closed.html", {"dossier": dossier, "why": str(why)}, status=409
        )
    section = request.GET.get("section") or definition.sections[0].code
    chosen = next((part for part in definition.sections if part.code == section), None)
    if chosen is None:
        raise BadRequest(_("没有这一部分。"))
    draft = pending_draft(dossier)
    changes = draft.changes if draft is not None else {}
    view = view_of(_person(request), dossier, clock.now())
    live = view.facts(facts_with(definition, dossier))
    facts = view.facts(facts_with(definition, dossier, changes))
    version = last_versions([dossier.pk]).get(dossier.pk)
    content = compose([dossier], edition, definition, changes={dossier.pk: changes})[dossier.pk]
    changed = actions.changed_sections(content, version, edition, definition)
    attested = attestations_of(draft)
    tabs = parts.tabs_of(definition, dossier, draft, facts, attested, changed, section)
    submission = last_submission(draft) if draft is not None else None
    remarks = comments_of(draft)
    context = {
        "dossier": dossier,
        "draft": draft,
        "version": version,
        "edition": edition,
        "section": chosen,
        "tabs": tabs,
        "tab": next(tab for tab in tabs if tab.current),
        "groups": parts.groups_of(chosen, dossier, draft, live, facts, remarks, definition, today),
        "gaps": parts.gaps_of(facts, definition, dossier.klass, today),
        "silent": [tab.label for tab in tabs if not tab.answered],
        "submitted": submission if draft and draft.state == DraftState.SUBMITTED else None,
        "returned": submission
        if submission is not None and submission.decision == Decision.RETURNED
        else None,
        "remarks": [remark for remark in remarks if not remark.code],
        "bases": last_bases(_person(request)),
        "retired": _retired(dossier, draft),
        "upload_url": reverse("papers:upload", args=[dossier.pk]),
        "offers": offers_shown(definition, dossier),
        "blocked": blocked,
    }
    return render(request, "desk/filling/page.html", context, status=status)


def _retired(dossier: Dossier, draft: Draft | None) -> list[dict[str, Any]]:
    """What a newer guide took away: label, value and edition, still to be read."""
    kept = {**dossier.retired, **(draft.retired if draft is not None else {})}
    return [kept[code] for code in sorted(kept)]


@require_POST
def save(request: HttpRequest, pk: UUID) -> JsonResponse:
    """Autosave. JSON in: {"values": {code: typed}, "seen": {code: stored}}; JSON out."""
    user = _person(request)
    dossier: Dossier = reach(Dossier.objects.only("unit"), user, pk=pk)  # the act reads it locked
    values, seen = _sent(request)
    try:
        saved = actions.save_fields(
            user, dossier, values=values, seen=seen, at=clock.now(), today=clock.today()
        )
    except Refused as why:
        return JsonResponse({"message": str(why)}, status=why.status)
    definition, facts, live = saved.definition, saved.facts, saved.live
    wrong: dict[str, list[str]] = {}
    for problem in saved.problems:
        if problem.code != "missing_value":
            wrong.setdefault(problem.field, []).append(parts.said_of(problem))
    return JsonResponse(
        {
            "saved": {
                code: {
                    "value": facts.get(code),
                    "text": parts.shown(definition[code], facts.get(code)),
                    "changed": code in saved.draft.changes,
                    "was": display(definition[code], live.get(code)) or _("（空）"),
                    "problems": wrong.get(code, []),
                }
                for code in saved.values
            },
            "conflicts": [_conflict(definition, clash) for clash in saved.conflicts],
            "progress": _progress(saved),
            "at": f"{localtime(clock.now()):%H:%M:%S}",
        }
    )


def _sent(request: HttpRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    if len(request.body) > MOST_BYTES:
        raise BadRequest(_("一次保存的内容过大，请分部分填写，长材料作为附件上传。"))
    try:
        sent = json.loads(request.body)
        values, seen = sent["values"], sent["seen"]
    except (ValueError, KeyError, TypeError, RecursionError) as why:
        raise BadRequest(_("保存的内容不完整，请刷新页面后重试。")) from why
    if not isinstance(values, dict) or not isinstance(seen, dict):
        raise BadRequest(_("保存的内容不完整，请刷新页面后重试。"))
    return values, seen


def _conflict(definition: Definition, clash: Conflict) -> dict[str, Any]:
    field = definition[clash.code]
    return {
        "code": clash.code,
        "label": clash.label,
        "theirs": clash.theirs,
        "theirs_shown": display(field, clash.theirs) or _("（空）"),
        "theirs_text": parts.shown(field, clash.theirs),
        "mine_shown": display(field, clash.mine) or _("（空）"),
        "by": clash.by,
        "at": clash.at[11:16],
    }


def _progress(saved: actions.Saved) -> dict[str, Any]:
    definition = saved.definition
    gaps = parts.gaps_among(saved.amiss, definition)
    tabs = parts.tabs_of(definition, saved.dossier, saved.draft, saved.facts, (), set(), "")
    return {
        "gaps": [
            {"section": gap.section, "code": gap.code, "label": gap.label, "message": gap.message}
            for gap in gaps
        ],
        "tabs": [
            {
                "code": tab.code,
                "filled": tab.done.filled,
                "required": tab.done.required,
                "changes": tab.changes,
            }
            for tab in tabs
        ],
    }


@require_POST
def mark(request: HttpRequest, pk: UUID) -> HttpResponse:
    """核对无变化 of a section, with its basis."""
    dossier = _reach(request, pk)
    section = request.POST.get("section", "")
    try:
        actions.mark_section(
            _person(request),
            dossier,
            section,
            mark=Mark.UNCHANGED,
            basis=request.POST.get("basis", ""),
            at=clock.now(),
            today=clock.today(),
        )
    except Refused as why:
        messages.error(request, str(why))
        return _back(dossier, section)
    messages.success(request, _("已记为核对无变化。"))
    return _back(dossier, _next_silent(dossier, section))


def _next_silent(dossier: Dossier, section: str) -> str:
    """The next section that nobody answered for yet; the same where there is none."""
    edition, definition = actions.in_force(clock.today())
    draft = pending_draft(dossier)
    changes = draft.changes if draft is not None else {}
    content = compose([dossier], edition, definition, changes={dossier.pk: changes})[dossier.pk]
    version = last_versions([dossier.pk]).get(dossier.pk)
    answered = {line.section for line in attestations_of(draft)} | actions.changed_sections(
        content, version, edition, definition
    )
    return next((part.code for part in definition.sections if part.code not in answered), section)


@require_POST
def choose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The file moved under a changed field: keep the file's value, or one's own."""
    dossier = _reach(request, pk)
    code, keep = request.POST.get("code", ""), request.POST.get("keep", "")
    acts = {"file": actions.keep_file_value, "mine": actions.keep_own_value}
    if keep not in acts:
        raise BadRequest(_("请选定保留哪一个值。"))
    try:
        acts[keep](_person(request), dossier, code, at=clock.now(), today=clock.today())
    except Refused as why:
        messages.error(request, str(why))
    return _back(dossier, request.POST.get("section", ""), code)


@require_POST
def take_last(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Copy a section's fields from the last approved version into the draft."""
    dossier = _reach(request, pk)
    section = request.POST.get("section", "")
    user, at, today = _person(request), clock.now(), clock.today()
    try:
        values = values_of_last(user, dossier, section, at=at, today=today)
        actions.save_fields(user, dossier, values=values, seen={}, at=at, today=today)
    except Refused as why:
        messages.error(request, str(why))
    else:
        number = dossier.version_number
        messages.success(request, _("已取回第 %(number)d 版的内容。") % {"number": number})
    return _back(dossier, section)


@require_POST
def submit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Hand the draft to the reviewer; what is missing stands on the page."""
    dossier = _reach(request, pk)
    try:
        actions.submit(_person(request), dossier, at=clock.now(), today=clock.today())
    except Incomplete as why:
        return _page(request, dossier, blocked=why, status=why.status)
    except Refused as why:
        messages.error(request, str(why))
        return _back(dossier, request.GET.get("section", ""))
    messages.success(request, _("已提交审核，审核通过后生成新版本，更新任务随之完成。"))
    return HttpResponseRedirect(reverse("desk:dossier", args=[dossier.pk]))


@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the submission back."""
    dossier = _reach(request, pk)
    try:
        actions.withdraw(_person(request), dossier, at=clock.now())
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, _("已撤回，可以继续填报。"))
    return _back(dossier, "")


@require_POST
def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give the draft up."""
    dossier = _reach(request, pk)
    try:
        actions.discard_draft(_person(request), dossier, at=clock.now())
    except Refused as why:
        messages.error(request, str(why))
        return _back(dossier, "")
    messages.success(request, _("草稿已放弃，填过的内容仍留有记录。"))
    return HttpResponseRedirect(reverse("desk:dossier", args=[dossier.pk]))


def _back(dossier: Dossier, section: str, code: str = "") -> HttpResponseRedirect:
    address = reverse("desk:fill", args=[dossier.pk])
    if section.isidentifier():
        address += f"?section={section}"
    if code.isidentifier():
        address += f"#field-{code}"
    return HttpResponseRedirect(address)


# Many at once ------------------------------------------------------------------------------------


@require_GET
def confirm_many(request: HttpRequest) -> HttpResponse:
    """Files whose review is owed and that may be confirmed as unchanged together."""
    return _many(request)


def _many(request: HttpRequest, done: actions.Confirmed | None = None) -> HttpResponse:
    user = _person(request)
    rows, rest = due_reviews(user, MOST_AT_ONCE)
    left_out = [] if done is None else [dossier for dossier, _why in done.left_out]
    marks.put(user, [*left_out, *(row.duty.dossier for row in rows)])
    context = {"rows": rows, "rest": rest, "bases": last_bases(user), "done": done}
    return render(request, "desk/filling/many.html", context)


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """核对无变化 for the ticked files; each its own record."""
    user = _person(request)
    try:
        keys = [UUID(text) for text in request.POST.getlist("dossier")][:MOST_AT_ONCE]
    except ValueError as why:
        raise BadRequest(_("选定的档案有误，请刷新页面后重试。")) from why
    rows = list(reach_all(Dossier.objects.all(), user, keys))
    if not rows:
        messages.error(request, _("请先勾选档案。"))
        return HttpResponseRedirect(reverse("desk:confirm-many"))
    try:
        done = actions.confirm_unchanged(
            user,
            rows,
            basis=request.POST.get("basis", ""),
            at=clock.now(),
            today=clock.today(),
        )
    except Unfit as why:
        messages.error(request, str(why))
        return HttpResponseRedirect(reverse("desk:confirm-many"))
    return _many(request, done=done)


@require_GET
@cache_control(private=True, max_age=86_400)
def regions(request: HttpRequest) -> JsonResponse:
    """Code → name of every region of GB/T 2260, for the cascade."""
    return JsonResponse(
        {region.code: region.name for table in (REGIONS, COUNTIES) for region in table.values()}
    )
