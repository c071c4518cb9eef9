"""The reviewer's doors: the queue, one submission, approve, return, many at once (§5.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import reach, reach_all
from yihu.audit import actions as audit
from yihu.customers.rules import Klass
from yihu.desk.review.choices import Kind
from yihu.desk.review.queries import queue, remarks_of, review_units, rounds_of
from yihu.desk.versions.parts import Comparison, compared
from yihu.disclosure.lens import View
from yihu.disclosure.queries import view_of
from yihu.dossiers import actions, marks
from yihu.dossiers.carrying import said_under
from yihu.dossiers.difference import differ
from yihu.dossiers.models import Comment, FieldSave, FileVersion, Submission
from yihu.dossiers.policy import may_review_in
from yihu.dossiers.problems import Refused
from yihu.dossiers.queries import last_versions
from yihu.dossiers.rules import Mark, digest_of
from yihu.dossiers.tables import tables
from yihu.guide.models import Edition
from yihu.guide.queries import definition_of
from yihu.guide.rules import Definition
from yihu.kit import clock
from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import BadCursor, Order, page_of

AT_ONCE = 50


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


class QueueFilter(Filter):
    """The reviewer's queue: those that wait longest first."""

    orders: ClassVar[Mapping[str, Order]] = {
        "oldest": Order("submitted_at", datetime.fromisoformat)
    }
    q = text(gettext_lazy("客户"), gettext_lazy("名称、简称、信用代码、拼音"))

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.fields["klass"] = choice(_("客户分类"), Klass.choices)
        self.fields["kind"] = choice(_("改动"), Kind.choices)


@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """What waits for this reviewer; the plain ones can be ticked and passed together."""
    user = _person(request)
    require(bool(review_units(user)), _("审核客户档案的"))
    chosen = QueueFilter(request.GET)
    if not chosen.is_valid():
        return _refuse(request, chosen.problems())
    rows = queue(user, chosen.cleaned_data)
    try:
        page = page_of(
            rows,
            chosen.order,
            after=chosen.cleaned_data["after"],
            before=chosen.cleaned_data["before"],
            size=AT_ONCE,
        )
    except BadCursor:
        return _refuse(request, [_("翻页位置无法识别。")])
    marks.put(user, [row.draft.dossier for row in page.rows])
    htmx = getattr(request, "htmx", None)
    partial = bool(htmx) and not getattr(htmx, "boosted", False)
    context = {
        "chosen": chosen,
        "page": page,
        "partial": partial,
        "reset": request.path,
        "set_count": chosen.set_count(),
        "count": rows.count(),
        "lines": _lines(page.rows, user),
    }
    name = "desk/review/_queue.html" if partial else "desk/review/queue.html"
    return render(request, name, context)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line of the queue. `own`: the person submitted it, so another decides."""

    row: Submission
    fields: int
    days: int
    own: bool
    klass: str


def _lines(rows: Sequence[Submission], user: User) -> list[Waiting]:
    today = clock.today()
    mine = user.staff.pk if user.staff is not None else None
    return [
        Waiting(
            row=row,
            fields=len(row.draft.changes),
            days=(today - localdate(row.submitted_at)).days,
            own=row.submitted_by_id == mine,
            klass=row.draft.dossier.get_klass_display(),
        )
        for row in rows
    ]


def _refuse(request: HttpRequest, problems: list[str]) -> HttpResponse:
    context = {"problems": problems, "restart": request.path}
    answer = render(request, "400.html", context, status=400)
    answer["X-Yihu-Problem"] = quote(" ".join(problems))
    return answer


# One submission ----------------------------------------------------------------------------------


def _reach(request: HttpRequest, pk: UUID) -> Submission:
    """The submission, if the person reviews in its unit. Raises: Unreachable (404), Denied."""
    user = _person(request)
    rows = Submission.objects.select_related(
        "draft__dossier__unit",
        "draft__dossier__filler",
        "draft__dossier__reviewer",
        "submitted_by",
        "decided_by",
    )
    found: Submission = reach(rows, user, pk=pk)
    require(may_review_in(user, found.unit_id), _("审核客户档案的"))
    return found


@require_GET
def review(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Only what changed against the last approved version, old beside new."""
    row = _reach(request, pk)
    audit.record(_person(request), "draft.read", row, dossier_id=row.draft.dossier_id)
    return _page(request, row)


def _page(
    request: HttpRequest, row: Submission, *, problem: str = "", reason: str = "", status: int = 200
) -> HttpResponse:
    draft, dossier = row.draft, row.draft.dossier
    edition, definition = actions.in_force(clock.today())
    content = actions.review_contents([dossier], {dossier.pk: draft}, edition, definition)[
        dossier.pk
    ]
    version = last_versions([dossier.pk]).get(dossier.pk)
    remarks = list(remarks_of(draft))
    view = view_of(_person(request), dossier, clock.now())
    found = _compared(content, version, edition, definition, view)
    labels = {field.code: field.label for field in definition}
    marks.put(_person(request), [dossier])
    conclusions = [
        (part.letter, part.label, content["sections"].get(part.code, {}))
        for part in definition.sections
    ]
    context = {
        "row": row,
        "draft": draft,
        "dossier": dossier,
        "version": version,
        "found": found,
        "conclusions": [
            (letter, label, Mark(said["mark"]).label if said else "", said)
            for letter, label, said in conclusions
        ],
        "digest": digest_of(content),
        "remarks": [(remark, labels.get(remark.code, "")) for remark in remarks],
        "commented": [(code, labels[code]) for code in draft.changes if code in labels],
        "rounds": rounds_of(draft),
        "waiting": row.decision == "",
        "own": _own(request, row),
        "problem": problem,
        "reason": reason,
    }
    return render(request, "desk/review/review.html", context, status=status)


def _own(request: HttpRequest, row: Submission) -> bool:
    staff = _person(request).staff
    if staff is None or row.submitted_by_id == staff.pk:
        return True
    return FieldSave.objects.filter(unit=row.unit_id, draft=row.draft_id, by=staff).exists()


def _compared(
    content: Mapping[str, Any],
    version: FileVersion | None,
    edition: Edition,
    definition: Definition,
    view: View,
) -> Comparison:
    now = view.content(dict(content), definition)
    if version is None:
        return compared(differ(None, now, definition, tables()), definition)
    before = definition_of(version.edition)
    was = view.content(version.content, before)
    if version.edition_id != edition.pk:
        was["facts"] = said_under(was["facts"], version.edition, edition).facts
    found = differ(was, now, definition, tables(), before=before)
    return compared(found, definition)


@require_POST
def approve(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Approve what the page showed; it says so by its digest."""
    row = _reach(request, pk)
    try:
        version = actions.approve(
            _person(request),
            row,
            digest=request.POST.get("digest", ""),
            at=clock.now(),
            today=clock.today(),
        )
    except Refused as why:
        return _page(request, _reach(request, pk), problem=str(why), status=why.status)
    words = {"name": row.draft.dossier.name_full, "number": version.number}
    messages.success(request, _("“%(name)s”已审核通过，成为第 %(number)d 版。") % words)
    return redirect("desk:reviews")


@require_POST
def send_back(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Return it to the filler with the reason."""
    row = _reach(request, pk)
    reason = request.POST.get("reason", "")
    try:
        actions.send_back(_person(request), row, reason=reason, at=clock.now())
    except Refused as why:
        fresh = _reach(request, pk)
        return _page(request, fresh, problem=str(why), reason=reason, status=why.status)
    text_ = _("“%(name)s”已退回填报人。")
    messages.success(request, text_ % {"name": row.draft.dossier.name_full})
    return redirect("desk:reviews")


@require_POST
def comment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say something about one field, or about the whole."""
    row = _reach(request, pk)
    code = request.POST.get("code", "")
    if code and code not in row.draft.changes:
        raise BadRequest(_("这一栏没有改动，意见请写在整份档案上。"))
    try:
        actions.comment(
            _person(request),
            row.draft,
            code=code,
            text=request.POST.get("text", ""),
            at=clock.now(),
        )
    except Refused as why:
        return _page(request, row, problem=str(why), status=why.status)
    messages.success(request, _("意见已记下，退回后填报人在栏目旁可以看到。"))
    return redirect("desk:review", pk=pk)


@require_POST
def settle(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Mark a remark as dealt with."""
    row = _reach(request, pk)
    rows: QuerySet[Comment] = remarks_of(row.draft)
    remark = rows.filter(pk=_uuid(request.POST.get("remark", ""))).first()
    if remark is None:
        raise BadRequest(_("没有这条意见，请刷新页面。"))
    actions.settle_comment(_person(request), remark, at=clock.now())
    return redirect("desk:review", pk=pk)


def _uuid(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise BadRequest(_("没有这条意见，请刷新页面。")) from None


def _approve_plain(user: User, unit_id: int, rows: Sequence[Submission]) -> int:
    approvals = [actions.Approval(row.pk, row.digest) for row in rows]
    made = actions.approve_plain(user, unit_id, approvals, at=clock.now(), today=clock.today())
    return len(made)


@require_POST
def approve_many(request: HttpRequest) -> HttpResponse:
    """Pass the ticked ones together: only those in which no field was changed (§5.2)."""
    user = _person(request)
    keys = [_uuid(given) for given in request.POST.getlist("submission")[:AT_ONCE]]
    if not keys:
        messages.error(request, _("请先勾选要通过的提交。"))
        return redirect("desk:reviews")
    reach_all(Submission.objects.all(), user, keys)
    rows = list(queue(user, {}).filter(pk__in=keys))  # without those decided meanwhile
    passed = 0
    for unit_id in sorted({row.unit_id for row in rows}):
        mine = [row for row in rows if row.unit_id == unit_id]
        try:
            passed += _approve_plain(user, unit_id, mine)
        except Refused:  # one of them stands in the way: the others need not wait for it
            for row in mine:
                try:
                    passed += _approve_plain(user, unit_id, [row])
                except Refused as why:
                    text = _("%(name)s 没有通过：%(why)s")
                    words = {"name": row.draft.dossier.name_full, "why": why}
                    messages.error(request, text % words)
    if passed:
        said = ngettext("已通过 %(number)d 份。", "已通过 %(number)d 份。", passed)
        messages.success(request, said % {"number": passed})
    elif not rows:
        messages.error(request, _("选中的提交已被处理或撤回，请刷新页面。"))
    return redirect("desk:reviews")
