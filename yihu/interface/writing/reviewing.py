"""审核: a submission read against the last version, approved by its digest or returned (§5.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import reach
from yihu.access.tokens.rules import Use
from yihu.desk.review.queries import remarks_of
from yihu.disclosure.queries import view_of
from yihu.dossiers import actions
from yihu.dossiers.carrying import said_under
from yihu.dossiers.difference import Difference, differ
from yihu.dossiers.models import Comment, Dossier, Draft, Submission
from yihu.dossiers.policy import may_review_in
from yihu.dossiers.problems import Unfit
from yihu.dossiers.queries import last_versions
from yihu.dossiers.rules import Decision, digest_of
from yihu.dossiers.tables import tables
from yihu.guide.queries import definition_of
from yihu.interface import parts
from yihu.interface.parts import Part
from yihu.interface.writing.bodies import Body
from yihu.interface.writing.deeds import Call, Deed, Made
from yihu.interface.writing.forms import Reason, words
from yihu.interface.writing.things import Seen, Thing, said

CHANGES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["section", "code", "label"],
        "properties": {
            **dict.fromkeys(("section", "code", "label"), parts.TEXT),
            "old": {}, "new": {}, "rows": {"type": "array"},
        },
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """A submission as its reviewer sees it: the content's digest, and what differs."""

    row: Submission
    digest: str
    changes: list[dict[str, Any]]
    remarks: list[dict[str, Any]]


def _one(user: User, pk: UUID) -> Submission:
    """A submission in whose unit the person reviews. Raises: Unreachable, Denied."""
    rows = Submission.objects.select_related("draft__dossier__unit", "submitted_by")
    found: Submission = reach(rows, user, pk=pk)
    require(may_review_in(user, found.unit_id), gettext("审核客户档案的"))
    return found


def _remark(user: User, pk: UUID) -> Comment:
    found: Comment = reach(Comment.objects.select_related("draft"), user, pk=pk)
    require(may_review_in(user, found.unit_id), gettext("审核客户档案的"))
    return found


def _shown(user: User, row: Submission, today: date, at: datetime) -> Seen:
    """What the reviewer's page shows, by the same content and the same mask."""
    draft, dossier = row.draft, row.draft.dossier
    remarks = [
        {"id": str(one.pk), "code": one.code, "text": one.text, "settled": bool(one.settled_at)}
        for one in remarks_of(draft)
    ]
    if row.decision:
        return Seen(Waiting(row, row.digest, [], remarks))
    edition, definition = actions.in_force(today)
    content = actions.review_contents([dossier], {dossier.pk: draft}, edition, definition)[
        dossier.pk
    ]
    version = last_versions([dossier.pk]).get(dossier.pk)
    view = view_of(user, dossier, at)
    new = view.content(dict(content), definition)
    if version is None:
        found = differ(None, new, definition, tables())
    else:
        before = definition_of(version.edition)
        old = view.content(version.content, before)
        if version.edition_id != edition.pk:
            old["facts"] = said_under(old["facts"], version.edition, edition).facts
        found = differ(old, new, definition, tables(), before=before)
    return Seen(Waiting(row, digest_of(content), _changes(found), remarks))


def _changes(found: Difference) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = [
        {"section": "", "code": code, "label": code, "old": said(old), "new": said(new)}
        for code, old, new in found.head
    ]
    for section, fields in found.fields.items():
        lines += [
            {"section": section, "code": one.field.code, "label": one.field.label,
             "old": one.old, "new": one.new}
            for one in fields
        ]  # fmt: skip
    for section, ledgers in found.tables.items():
        lines += [
            {"section": section, "code": one.table.code, "label": str(one.table.label),
             "rows": [{"old": _row(row.old), "new": _row(row.new)} for row in one.rows]}
            for one in ledgers
        ]  # fmt: skip
    return lines


def _row(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if row is None else {name: said(value) for name, value in row.items()}


def _lock(row: Submission) -> None:
    """The file, the submission, its draft: in the order in which approving locks them."""
    Dossier.objects.select_for_update(of=("self",)).filter(pk=row.draft.dossier_id).first()
    Submission.objects.select_for_update(of=("self",)).filter(pk=row.pk).first()
    Draft.objects.select_for_update(of=("self",)).filter(pk=row.draft_id).first()


SUBMISSION = Thing(
    "readSubmission",
    _one,
    {
        "id": Part(parts.KEY, lambda seen: str(seen.row.pk)),
        "dossier": Part(parts.KEY, lambda seen: str(seen.row.draft.dossier_id)),
        "customer": Part(parts.TEXT, lambda seen: seen.row.draft.dossier.name_full),
        "number": Part(parts.COUNT, lambda seen: seen.row.number),
        "submitted_by": Part(parts.TEXT, lambda seen: seen.row.submitted_by.name),
        "submitted_at": Part(parts.TEXT, lambda seen: seen.row.submitted_at.isoformat()),
        "plain": Part(parts.TRUTH, lambda seen: seen.row.plain),
        "decision": Part({"enum": ["", *Decision.values]}, lambda seen: str(seen.row.decision)),
        "digest": Part(parts.TEXT, lambda seen: seen.digest),
        "changes": Part(CHANGES, lambda seen: seen.changes),
        "remarks": Part({"type": "array", "items": {"type": "object"}}, lambda seen: seen.remarks),
    },
    path="submissions/<uuid:pk>",
    summary=_("一次提交，与上一版的差别（§5.2）"),
    verb="draft.read",
    file=lambda row: row.draft.dossier_id,
    show=_shown,
    lock=_lock,
)


class Digest(forms.Form):
    """Of the content that was looked at."""

    digest = words(_("所见内容的摘要，readSubmission 的 digest"), 64)


class Remarked(forms.Form):
    """A remark on a field, or on the whole."""

    code = words(_("栏目代码；整份的意见留空"), 60, needed=False)
    text = words(_("意见"), 500)


def _approve(call: Call) -> Made:
    version = actions.approve(
        call.user, call.row, digest=call.data["digest"], at=call.at, today=call.today
    )
    return Made(call.row.pk, {"version": version.number, "sha256": version.sha256})


def _return(call: Call) -> Made:
    actions.send_back(call.user, call.row, reason=call.data["reason"], at=call.at)
    return Made(call.row.pk)


def _comment(call: Call) -> Made:
    code = call.data["code"]
    if code and code not in call.row.draft.changes:
        raise Unfit(gettext("这一栏没有改动，意见请写在整份档案上。"))
    made = actions.comment(call.user, call.row.draft, code=code, text=call.data["text"], at=call.at)
    return Made(call.row.pk, {"remark": str(made.pk)})


def _settle(call: Call) -> Made:
    actions.settle_comment(call.user, call.row, at=call.at)
    return Made(call.row.pk)


USE, ONE = Use.REVIEW, "submissions/<uuid:pk>"
DEEDS = [
    Deed("approveSubmission", f"{ONE}/approve", USE, _("审核通过"), SUBMISSION, _approve,
         Body(Digest), more={"version": parts.COUNT, "sha256": parts.TEXT},
         says=_("digest 应是读取这次提交时的摘要：内容其后变了就答 412。"
                "填过或提交过的人不能审核（§5.2）。")),
    Deed("returnSubmission", f"{ONE}/return", USE, _("退回提交"), SUBMISSION, _return,
         Body(Reason)),
    Deed("commentSubmission", f"{ONE}/remarks", USE, _("写审核意见"), SUBMISSION, _comment,
         Body(Remarked), once=True, more={"remark": parts.KEY}),
    Deed("settleRemark", "remarks/<uuid:pk>/settle", USE, _("审核意见已处理"), Thing("", _remark),
         _settle),
]  # fmt: skip
