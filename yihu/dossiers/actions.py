"""Filling a file and approving what was filled: draft, submission, version (§5.2, 6.2.1, 3c)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require, staff_of
from yihu.audit import actions as audit
from yihu.dossiers.carrying import facts_under
from yihu.dossiers.content import (
    FILLABLE,
    Content,
    compose,
    facts_over,
    facts_with,
    fillable,
    marks_of,
    plain,
    sealed,
)
from yihu.dossiers.models import (
    Attestation,
    Comment,
    Dossier,
    Draft,
    FieldSave,
    FileVersion,
    Submission,
)
from yihu.dossiers.policy import may_comment, may_fill, may_review_in
from yihu.dossiers.problems import Conflict, Incomplete, Lapsed, Refused, Unfit
from yihu.dossiers.queries import last_versions
from yihu.dossiers.rules import PENDING, Decision, DraftState, Mark, State, chain_hash, digest_of
from yihu.dossiers.tables import tables
from yihu.dossiers.text import pinyin_of, search_text
from yihu.guide.carry import keep
from yihu.guide.models import Edition
from yihu.guide.queries import definition_in_force
from yihu.guide.reading import Unstorable, read_value
from yihu.guide.rules import Definition, Problem, is_empty, validate
from yihu.org.models import Staff

HEADQUARTERS = "M"
REASON_MOST = 500
BASIS_MOST = 200


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save did, and how the file stands after it.

    `values`: the fields kept; `conflicts`: those that somebody else had changed; `live`: what the
    file says, `facts`: with the draft over it; `amiss`: all that is wrong with `facts`.
    """

    draft: Draft
    dossier: Dossier
    definition: Definition
    values: dict[str, Any]
    live: dict[str, Any]
    facts: dict[str, Any]
    conflicts: list[Conflict]
    amiss: list[Problem]

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the fields just kept."""
        return [problem for problem in self.amiss if problem.field in self.values]


# Filling -----------------------------------------------------------------------------------------


@transaction.atomic
def save_fields(
    by: User,
    dossier: Dossier,
    *,
    values: Mapping[str, Any],
    seen: Mapping[str, Any],
    at: datetime,
    today: date,
) -> Saved:
    """Write fields into the file's draft, which is opened where there is none (§6.1.4).

    `values`: as typed, by field code; `seen`: what the writer had before their eyes. A field
    that is something else by now is not written but answered as a conflict. Every value written
    is journaled. Raises: Denied, Refused (closed, submitted), Unfit (names the field).
    """
    require(may_fill(by, dossier), _("填报客户档案的"))
    found = _pending_draft(by, dossier, at=at, today=today)
    draft, dossier, definition = found.draft, found.dossier, found.definition
    read = _read(definition, values)
    before = _sections_of(draft.changes, definition)
    live = facts_with(definition, dossier)
    facts = facts_over(live, draft.changes)
    kept: dict[str, Any] = {}
    journal: list[FieldSave] = []
    clashing: list[str] = []
    for code, new in read.items():
        now = facts.get(code)
        if code in seen and not _same(seen[code], now) and not _same(new, now):
            clashing.append(code)
            continue
        kept[code] = new
        if _same(new, now):
            continue
        if _same(new, live.get(code)):
            draft.changes.pop(code, None)
            draft.bases.pop(code, None)
        else:
            draft.changes[code] = new
            draft.bases[code] = live.get(code)
        journal.append(
            FieldSave(
                unit_id=draft.unit_id,
                draft=draft,
                code=code,
                old=now,
                new=new,
                by=staff_of(by),
                at=at,
            )
        )
    if journal:
        FieldSave.objects.bulk_create(journal)
        draft.changed_at = at
        draft.save(update_fields=["changes", "bases", "changed_at"])
        first = _sections_of(draft.changes, definition) - before
        if first:  # a section with changes is never marked unchanged
            Attestation.objects.filter(
                unit=draft.unit_id, draft=draft, section__in=first, mark=Mark.UNCHANGED
            ).delete()
    after = facts_over(live, draft.changes)
    return Saved(
        draft=draft,
        dossier=dossier,
        definition=definition,
        values=kept,
        live=live,
        facts=after,
        conflicts=_conflicts(draft, definition, clashing, seen, facts, read),
        amiss=validate(after, definition, dossier.klass, after.get("gas_use", ()), today),
    )


def _sections_of(changes: Iterable[str], definition: Definition) -> set[str]:
    return {definition[code].section for code in changes if code in definition.by_code}


def _read(definition: Definition, values: Mapping[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for code, typed in values.items():
        known = definition.by_code.get(code)
        if known is None:
            text = _("现行填报指南里没有“%(code)s”这一栏，可能已被新版指南停用；请刷新页面后再填。")
            raise Unfit(text % {"code": str(code)[:60]})
        if not fillable(known):
            text = _("“%(label)s”由系统或集团维护，不能在此填写。")
            raise Unfit(text % {"label": known.label})
        try:
            read[code] = read_value(known, typed)
        except Unstorable as why:
            raise Unfit(str(why)) from None
    return read


def _same(one: Any, other: Any) -> bool:
    return one == other or (is_empty(one) and is_empty(other))


def _conflicts(
    draft: Draft,
    definition: Definition,
    codes: list[str],
    seen: Mapping[str, Any],
    facts: Mapping[str, Any],
    read: Mapping[str, Any],
) -> list[Conflict]:
    if not codes:
        return []
    last = {
        line.code: line
        for line in FieldSave.objects.filter(unit=draft.unit_id, draft=draft, code__in=codes)
        .select_related("by")
        .order_by("id")
    }
    return [
        Conflict(
            code=code,
            label=definition[code].label,
            seen=seen[code],
            theirs=facts.get(code),
            mine=read[code],
            by=last[code].by.name if code in last else "",
            at=plain(last[code].at) if code in last else "",
        )
        for code in codes
    ]


def in_force(today: date) -> tuple[Edition, Definition]:
    """The guide that files are filled by today. Raises: Refused before the first edition."""
    found = definition_in_force(today)
    if found is None:
        raise Refused(_("填报指南尚未发布，请集团资源与市场部发布后再填报（§6.1.4）。"))
    return found


@dataclass(frozen=True, slots=True)
class _Open:
    """A file's open draft and the file as it stands now, locked, with the guide in force."""

    draft: Draft
    dossier: Dossier
    edition: Edition
    definition: Definition


def _pending_draft(by: User, dossier: Dossier, *, at: datetime, today: date) -> _Open:
    """The guide is asked after the lock: while files go over to another edition, this waits."""
    fresh: Dossier = (
        Dossier.objects.select_related("unit")
        .select_for_update(of=("self",))
        .get(unit=dossier.unit_id, pk=dossier.pk)
    )
    edition, definition = in_force(today)
    if fresh.state == State.CLOSED:
        raise Refused(_("这份档案已经关闭，不能再填；如需重启，请由本单位档案管理员恢复在用。"))
    draft: Draft | None = Draft.objects.filter(
        unit=fresh.unit_id, dossier=fresh, state__in=PENDING
    ).first()
    if draft is None:
        draft = Draft.objects.create(
            unit_id=fresh.unit_id,
            dossier=fresh,
            edition=edition,
            opened_by=staff_of(by),
            opened_at=at,
            changed_at=at,
        )
        draft.refresh_from_db()
        audit.record(by, "draft.opened", draft, unit_id=fresh.unit_id, dossier_id=fresh.pk)
    if draft.state == DraftState.SUBMITTED:
        raise Refused(_("这份档案已提交审核，等审核结束或撤回后再改。"))
    if draft.edition_id != edition.pk:
        draft.edition = edition
        draft.save(update_fields=["edition"])
    return _Open(draft, fresh, edition, definition)


@transaction.atomic
def mark_section(
    by: User,
    dossier: Dossier,
    section: str,
    *,
    mark: Mark,
    basis: str,
    at: datetime,
    today: date,
) -> Attestation:
    """Say of a section 有变更 or 核对无变化, with the basis of the check (§6.2.1, DESIGN §8.6).

    Raises: Denied; Refused where the section has changes and is called unchanged; Unfit without
    a basis.
    """
    require(may_fill(by, dossier), _("填报客户档案的"))
    basis = _sentence(basis, BASIS_MOST)
    found = _pending_draft(by, dossier, at=at, today=today)
    draft, dossier, definition = found.draft, found.dossier, found.definition
    labels = {part.code: part.label for part in definition.sections}
    if section not in labels:
        raise Unfit(_("填报指南里没有这一部分，请刷新页面后再试。"))
    if mark == Mark.UNCHANGED:
        if not basis:
            raise Unfit(_("请写一句核对依据，例如“已与客户经理电话核实”。"))
        changed = [
            definition[code].label
            for code in draft.changes
            if code in definition.by_code and definition[code].section == section
        ]
        if changed:
            text = _("“%(section)s”已改了：%(fields)s，不能记为核对无变化。")
            raise Refused(text % {"section": labels[section], "fields": "、".join(changed[:5])})
    line, _created = Attestation.objects.update_or_create(
        unit_id=draft.unit_id,
        draft=draft,
        section=section,
        defaults={"mark": mark, "basis": basis, "by": staff_of(by), "at": at},
    )
    Draft.objects.filter(unit=draft.unit_id, pk=draft.pk).update(changed_at=at)
    audit.record(
        by,
        "section.attested",
        draft,
        dossier_id=dossier.pk,
        data={"section": section, "mark": mark, "basis": basis},
    )
    return line


@transaction.atomic
def keep_file_value(by: User, dossier: Dossier, code: str, *, at: datetime, today: date) -> Draft:
    """Drop the draft's value of one field: what the file says holds. Raises: Denied, Refused."""
    require(may_fill(by, dossier), _("填报客户档案的"))
    found = _pending_draft(by, dossier, at=at, today=today)
    draft, dossier, definition = found.draft, found.dossier, found.definition
    if code in draft.changes:
        old = draft.changes.pop(code)
        draft.bases.pop(code, None)
        live = facts_with(definition, dossier).get(code)
        FieldSave.objects.create(
            unit_id=draft.unit_id, draft=draft, code=code, old=old, new=live, by=staff_of(by), at=at
        )
        draft.changed_at = at
        draft.save(update_fields=["changes", "bases", "changed_at"])
    return draft


@transaction.atomic
def keep_own_value(by: User, dossier: Dossier, code: str, *, at: datetime, today: date) -> Draft:
    """The file has moved under a changed field, and the draft's value is to hold all the same."""
    require(may_fill(by, dossier), _("填报客户档案的"))
    found = _pending_draft(by, dossier, at=at, today=today)
    draft, dossier, definition = found.draft, found.dossier, found.definition
    if code in draft.changes:
        draft.bases[code] = facts_with(definition, dossier).get(code)
        draft.changed_at = at
        draft.save(update_fields=["bases", "changed_at"])
    return draft


@transaction.atomic
def discard_draft(by: User, dossier: Dossier, *, at: datetime) -> None:
    """Give the draft up; its row keeps what it said. Raises: Denied, Refused."""
    require(may_fill(by, dossier), _("填报客户档案的"))
    draft = _locked_pending(dossier)
    if draft is None:
        raise Refused(_("这份档案没有正在填报的草稿。"))
    if draft.state == DraftState.SUBMITTED:
        raise Refused(_("草稿已提交审核，请先撤回。"))
    draft.state, draft.changed_at = DraftState.DISCARDED, at
    draft.save(update_fields=["state", "changed_at"])
    audit.record(
        by, "draft.discarded", draft, dossier_id=dossier.pk, data={"fields": sorted(draft.changes)}
    )


def _locked_pending(dossier: Dossier) -> Draft | None:
    draft: Draft | None = (
        Draft.objects.filter(unit=dossier.unit_id, dossier=dossier.pk, state__in=PENDING)
        .select_for_update()
        .first()
    )
    return draft


def moved_fields(draft: Draft, live: Mapping[str, Any]) -> list[str]:
    """The changed fields under which the file itself has changed since (an import, say)."""
    return [
        code
        for code, mine in draft.changes.items()
        if not _same(live.get(code), draft.bases.get(code)) and not _same(live.get(code), mine)
    ]


def _sentence(text: str, most: int) -> str:
    words = " ".join(text.split())
    if len(words) > most:
        raise Unfit(
            _("说明最多 %(most)d 字，现有 %(now)d 字。") % {"most": most, "now": len(words)}
        )
    return words


# Submitting --------------------------------------------------------------------------------------


@transaction.atomic
def submit(by: User, dossier: Dossier, *, at: datetime, today: date) -> Submission:
    """Hand the draft to the reviewer (§5.2).

    Sections with changes are marked 有变更 by the change itself; the others need their 核对无变化.
    Raises: Denied, Refused, Incomplete with everything that is missing for the file's class.
    """
    require(may_fill(by, dossier), _("填报客户档案的"))
    found = _pending_draft(by, dossier, at=at, today=today)
    draft, dossier = found.draft, found.dossier
    edition, definition = found.edition, found.definition
    live = facts_with(definition, dossier)
    moved = moved_fields(draft, live)
    if moved:
        labels = "、".join(definition[code].label for code in moved if code in definition.by_code)
        raise Refused(
            _("填报期间档案已有新的内容，请先逐项选定：%(fields)s。") % {"fields": labels}
        )
    version = last_versions([dossier.pk]).get(dossier.pk)
    content = _content_of(draft, dossier, edition, definition)
    _answer_for_changes(by, draft, content, version, edition, definition, at=at)
    content = _content_of(draft, dossier, edition, definition)
    facts = content["facts"]
    problems = blocking(facts, definition, dossier.klass, today=today)
    silent = [part.label for part in definition.sections if part.code not in content["sections"]]
    if problems or silent:
        text = _("还不能提交：%(problems)d 处需要补正，%(sections)d 个部分尚未核对。")
        raise Incomplete(
            text % {"problems": len(problems), "sections": len(silent)}, problems, silent
        )
    submission = Submission.objects.create(
        unit_id=draft.unit_id,
        draft=draft,
        number=Submission.objects.filter(unit=draft.unit_id, draft=draft).count() + 1,
        digest=digest_of(content),
        plain=not draft.changes,
        submitted_by=staff_of(by),
        submitted_at=at,
    )
    submission.refresh_from_db()
    draft.state, draft.changed_at = DraftState.SUBMITTED, at
    draft.save(update_fields=["state", "changed_at"])
    audit.record(
        by,
        "draft.submitted",
        submission,
        dossier_id=dossier.pk,
        data={"number": submission.number, "digest": submission.digest},
    )
    return submission


def blocking(
    facts: Mapping[str, Any], definition: Definition, klass: str, *, today: date
) -> list[Problem]:
    """What keeps a file of that class from being submitted, in the guide's order.

    Facts that the guide does not know (shown, never filled here) are not asked about.
    """
    known = {code: value for code, value in facts.items() if code in definition.by_code}
    return that_block(
        validate(known, definition, klass, known.get("gas_use", ()), today), definition
    )


def that_block(problems: Iterable[Problem], definition: Definition) -> list[Problem]:
    """Those that keep a file from being submitted.

    A field that headquarters maintains (M) may still be missing: the unit cannot supply it.
    """
    return [
        problem
        for problem in problems
        if problem.field in definition.by_code
        and not (
            problem.code == "missing_value" and definition[problem.field].maintainer == HEADQUARTERS
        )
    ]


def _content_of(
    draft: Draft, dossier: Dossier, edition: Edition, definition: Definition
) -> Content:
    lines = Attestation.objects.filter(unit=draft.unit_id, draft=draft).select_related("by")
    return compose(
        [dossier],
        edition,
        definition,
        changes={dossier.pk: draft.changes},
        marks={dossier.pk: marks_of(lines).get(draft.pk, {})},
    )[dossier.pk]


def changed_sections(
    content: Content, version: FileVersion | None, edition: Edition, definition: Definition
) -> set[str]:
    """The sections in which the content differs from the last approved version.

    Without a version every section is new. Only tables of that version's time are compared.
    """
    if version is None:
        return {part.code for part in definition.sections}
    old = version.content
    was = facts_under(old["facts"], version.edition, edition)
    sections = {
        field.section
        for field in definition
        if fillable(field) and not _same(was.get(field.code), content["facts"].get(field.code))
    }
    return sections | {
        table.section
        for table in tables()
        if old["tables"].get(table.code, []) != content["tables"].get(table.code, [])
    }


def _answer_for_changes(
    by: User,
    draft: Draft,
    content: Content,
    version: FileVersion | None,
    edition: Edition,
    definition: Definition,
    *,
    at: datetime,
) -> None:
    known = {part.code for part in definition.sections}
    for section in changed_sections(content, version, edition, definition) & known:
        Attestation.objects.update_or_create(
            unit_id=draft.unit_id,
            draft=draft,
            section=section,
            defaults={"mark": Mark.CHANGED},
            create_defaults={
                "mark": Mark.CHANGED,
                "basis": "",
                "by": staff_of(by),
                "at": at,
            },
        )


@transaction.atomic
def withdraw(by: User, dossier: Dossier, *, at: datetime) -> Draft:
    """Take a submission back before it is decided. Raises: Denied, Refused."""
    require(may_fill(by, dossier), _("填报客户档案的"))
    draft = _locked_pending(dossier)
    waiting = None if draft is None else _waiting(draft)
    if draft is None or waiting is None:
        raise Refused(_("没有待审核的提交可以撤回，可能刚被审核，请刷新页面。"))
    _decide(waiting, Decision.WITHDRAWN, staff_of(by), at=at)
    draft.state, draft.changed_at = DraftState.OPEN, at
    draft.save(update_fields=["state", "changed_at"])
    audit.record(by, "draft.withdrawn", draft, dossier_id=dossier.pk)
    return draft


def _waiting(draft: Draft) -> Submission | None:
    found: Submission | None = (
        Submission.objects.filter(unit=draft.unit_id, draft=draft, decision="")
        .select_for_update()
        .first()
    )
    return found


def _decide(
    submission: Submission,
    decision: Decision,
    by: Staff,
    *,
    at: datetime,
    reason: str = "",
) -> None:
    submission.decision, submission.decided_by, submission.decided_at = decision, by, at
    submission.reason = reason
    submission.save(update_fields=["decision", "decided_by", "decided_at", "reason"])


# Reviewing ---------------------------------------------------------------------------------------


@transaction.atomic
def comment(by: User, draft: Draft, *, code: str, text: str, at: datetime) -> Comment:
    """Say something about a field of the draft ("" for the whole). Raises: Denied, Unfit."""
    require(may_comment(by, draft), _("审核客户档案的"))
    words = _sentence(text, REASON_MOST)
    if not words:
        raise Unfit(_("请写下意见。"))
    made = Comment.objects.create(
        unit_id=draft.unit_id, draft=draft, code=code[:60], text=words, by=staff_of(by), at=at
    )
    audit.record(
        by, "draft.commented", draft, dossier_id=draft.dossier_id, data={"code": code[:60]}
    )
    return made


@transaction.atomic
def settle_comment(by: User, remark: Comment, *, at: datetime) -> Comment:
    """Mark a remark as dealt with. Raises: Denied."""
    require(may_comment(by, remark.draft), _("审核客户档案的"))
    if remark.settled_at is None:
        remark.settled_at = at
        remark.save(update_fields=["settled_at"])
    return remark


@transaction.atomic
def send_back(by: User, submission: Submission, *, reason: str, at: datetime) -> Draft:
    """Return a submission to its filler with a reason. Raises: Denied, Refused, Unfit."""
    require(may_review_in(by, submission.unit_id), _("审核客户档案的"))
    words = _sentence(reason, REASON_MOST)
    if not words:
        raise Unfit(_("请写明退回的原因，填报人才知道怎样改。"))
    draft, waiting = _under_review(submission)
    _second_pair_of_eyes(by, [draft], {draft.pk: waiting})
    _decide(waiting, Decision.RETURNED, staff_of(by), at=at, reason=words)
    draft.state, draft.changed_at = DraftState.OPEN, at
    draft.save(update_fields=["state", "changed_at"])
    audit.record(
        by,
        "draft.returned",
        submission,
        dossier_id=draft.dossier_id,
        data={"number": submission.number, "reason": words},
    )
    return draft


def _under_review(submission: Submission) -> tuple[Draft, Submission]:
    draft: Draft = Draft.objects.select_for_update().get(
        unit=submission.unit_id, pk=submission.draft_id
    )
    waiting = _waiting(draft)
    if waiting is None or waiting.pk != submission.pk:
        raise Refused(_("这次提交已被处理或撤回，请刷新页面。"))
    return draft, waiting


def _second_pair_of_eyes(
    by: User, drafts: Sequence[Draft], waiting: Mapping[UUID, Submission]
) -> None:
    """Neither who submitted nor who typed any of it may decide (§5.2, DESIGN §8.6)."""
    staff = staff_of(by).pk
    own = [draft for draft in drafts if waiting[draft.pk].submitted_by_id == staff]
    typed = FieldSave.objects.filter(
        unit__in={draft.unit_id for draft in drafts}, draft__in=drafts, by=staff_of(by)
    ).exists()
    if own or typed:
        raise Refused(_("您填过或提交过这份档案，须由另一人审核（§5.2）。"))


@dataclass(frozen=True, slots=True)
class Approval:
    """One submission of a batch and the digest of what the reviewer saw."""

    submission: UUID
    digest: str


@transaction.atomic
def approve(
    by: User, submission: Submission, *, digest: str, at: datetime, today: date
) -> FileVersion:
    """Approve what was seen: the file takes the draft's values, and a version is kept (§3c).

    `digest`: of the content that the page showed. Raises: Denied, Refused (own work, decided
    meanwhile), Lapsed (the content is another by now).
    """
    changed = Draft.objects.values_list("changes", flat=True).get(
        unit=submission.unit_id, pk=submission.draft_id
    )
    made = _approve(by, submission.unit_id, [Approval(submission.pk, digest)], at=at, today=today)
    version = made[0]
    audit.record(
        by,
        "version.approved",
        version,
        dossier_id=version.dossier_id,
        data={
            "number": version.number,
            "sha256": version.sha256,
            "fields": sorted(changed),
        },
    )
    return version


@transaction.atomic
def approve_plain(
    by: User, unit_id: int, approvals: Sequence[Approval], *, at: datetime, today: date
) -> list[FileVersion]:
    """Approve many submissions of one unit in which no field was changed; all of them or none.

    Raises: as `approve`; Refused where one has changed fields and wants a look of its own.
    """
    made = _approve(by, unit_id, approvals, at=at, today=today, only_plain=True)
    audit.record_many(
        by,
        "version.approved",
        [
            audit.Line(
                version,
                unit_id,
                version.dossier_id,
                {"number": version.number, "sha256": version.sha256},
            )
            for version in made
        ],
    )
    audit.record(
        by, "versions.approved", "dossiers.fileversion", unit_id=unit_id, data={"count": len(made)}
    )
    return made


def _approve(
    by: User,
    unit_id: int,
    approvals: Sequence[Approval],
    *,
    at: datetime,
    today: date,
    only_plain: bool = False,
) -> list[FileVersion]:
    require(may_review_in(by, unit_id), _("审核客户档案的"))
    wanted = {approval.submission: approval.digest for approval in approvals}
    dossiers: list[Dossier] = list(
        Dossier.objects.filter(
            unit=unit_id,
            pk__in=Submission.objects.filter(unit=unit_id, pk__in=wanted).values("draft__dossier"),
        )
        .select_related("unit", "filler", "reviewer")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    edition, definition = in_force(today)
    waiting = {
        row.draft_id: row
        for row in Submission.objects.filter(unit=unit_id, pk__in=wanted, decision="")
        .order_by("pk")
        .select_for_update()
    }
    drafts = {
        draft.dossier_id: draft
        for draft in Draft.objects.filter(unit=unit_id, pk__in=waiting)
        .order_by("pk")
        .select_for_update()
    }
    if len(drafts) != len(wanted):
        raise Refused(_("有的提交已被处理或撤回，请刷新页面后再审。"))
    if only_plain and any(draft.changes for draft in drafts.values()):
        raise Refused(_("只有栏目无改动的提交可以批量通过，其余请逐份审核。"))
    _second_pair_of_eyes(by, list(drafts.values()), waiting)
    contents = review_contents(dossiers, drafts, edition, definition)
    for dossier in dossiers:
        draft = drafts[dossier.pk]
        if moved_fields(draft, facts_with(definition, dossier)):
            text = _("“%(name)s”在提交之后又有新内容写入同一栏目，请退回，由填报人逐项选定。")
            raise Refused(text % {"name": dossier.name_full})
        if digest_of(contents[dossier.pk]) != wanted[waiting[draft.pk].pk]:
            text = _("“%(name)s”的内容在您查看之后变了，请重新看过再审。")
            raise Lapsed(text % {"name": dossier.name_full})
    versions = _keep_versions(by, dossiers, drafts, waiting, contents, edition, at=at)
    for dossier in dossiers:
        _take_over(dossier, drafts[dossier.pk], edition, at=at, today=today)
    _write_back(dossiers, drafts, edition, at=at)
    Submission.objects.filter(unit=unit_id, pk__in=wanted).update(
        decision=Decision.APPROVED, decided_by=staff_of(by), decided_at=at
    )
    Draft.objects.filter(unit=unit_id, pk__in=[draft.pk for draft in drafts.values()]).update(
        state=DraftState.APPROVED, changed_at=at
    )
    return versions


def review_contents(
    dossiers: Sequence[Dossier],
    drafts: Mapping[UUID, Draft],
    edition: Edition,
    definition: Definition,
) -> dict[UUID, Content]:
    """What the reviewer of each file sees, by dossier; `drafts` by dossier."""
    lines = Attestation.objects.filter(
        unit__in={dossier.unit_id for dossier in dossiers}, draft__in=drafts.values()
    ).select_related("by")
    marks = marks_of(lines)
    return compose(
        dossiers,
        edition,
        definition,
        changes={key: draft.changes for key, draft in drafts.items()},
        marks={key: marks.get(draft.pk, {}) for key, draft in drafts.items()},
    )


def _keep_versions(
    by: User,
    dossiers: Sequence[Dossier],
    drafts: Mapping[UUID, Draft],
    waiting: Mapping[UUID, Submission],
    contents: Mapping[UUID, Content],
    edition: Edition,
    *,
    at: datetime,
) -> list[FileVersion]:
    before = {
        key: (number, sha256)
        for key, number, sha256 in FileVersion.objects.filter(dossier__in=dossiers)
        .order_by("dossier", "-number")
        .distinct("dossier")
        .values_list("dossier", "number", "sha256")
    }
    fillers = Staff.objects.in_bulk([row.submitted_by_id for row in waiting.values()])
    made = []
    for dossier in dossiers:
        filler = fillers[waiting[drafts[dossier.pk].pk].submitted_by_id]
        number, previous = before.get(dossier.pk, (0, ""))
        content = sealed(contents[dossier.pk], filled_by=filler.name, approved_by=by.name, at=at)
        made.append(
            FileVersion(
                id=uuid4(),
                unit_id=dossier.unit_id,
                dossier=dossier,
                number=number + 1,
                content=content,
                sha256=chain_hash(content, previous),
                previous_sha256=previous,
                edition=edition,
                filled_by=filler,
                approved_by=staff_of(by),
                approved_at=at,
            )
        )
    return FileVersion.objects.bulk_create(made)


def _take_over(
    dossier: Dossier, draft: Draft, edition: Edition, *, at: datetime, today: date
) -> None:
    """The draft's values become the file's; a new name keeps the old one among the former."""
    changes = dict(draft.changes)
    columns = {code: changes.pop(code) for code in FILLABLE if code in changes}
    was = dossier.name_full
    for code, value in columns.items():
        column = FILLABLE[code]
        empty: Any = [] if column in ("former_names", "gas_uses") else ""
        setattr(dossier, column, empty if value is None else value)
    if dossier.name_full != was and was not in dossier.former_names:
        dossier.former_names = [*dossier.former_names, was]
    document = {**dossier.document, **changes}
    dossier.document = {code: value for code, value in document.items() if not is_empty(value)}
    dossier.retired = keep(dossier.retired, draft.retired)
    dossier.edition, dossier.changed_at = edition, at
    dossier.version_number += 1
    if columns:
        dossier.pinyin, dossier.initials = pinyin_of(dossier.name_full)
        dossier.search_text = search_text(
            name_full=dossier.name_full,
            short_name=dossier.short_name,
            former_names=dossier.former_names,
            credit_code=dossier.credit_code,
            number=dossier.number,
            pinyin=dossier.pinyin,
            initials=dossier.initials,
        )


WRITTEN = (
    "name_full",
    "short_name",
    "former_names",
    "region_code",
    "gas_uses",
    "document",
    "retired",
    "edition",
    "changed_at",
    "version_number",
    "pinyin",
    "initials",
    "search_text",
)


def _says_anything(draft: Draft) -> bool:
    return bool(draft.changes or draft.retired)


def _write_back(
    dossiers: Sequence[Dossier], drafts: Mapping[UUID, Draft], edition: Edition, *, at: datetime
) -> None:
    touched = [dossier for dossier in dossiers if _says_anything(drafts[dossier.pk])]
    for dossier in touched:
        dossier.save(update_fields=WRITTEN)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dossiers_dossier SET edition_id = %s, changed_at = %s, "
            "version_number = version_number + 1 "
            "WHERE unit_id = ANY (%s) AND id = ANY (%s)",
            [
                edition.pk,
                at,
                [dossier.unit_id for dossier in dossiers],
                [dossier.pk for dossier in dossiers if dossier not in touched],
            ],
        )


# Nothing changed, for many files at once ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Submissions made, and the files that were left out: (dossier, why)."""

    submissions: list[Submission]
    left_out: list[tuple[Dossier, str]]


@transaction.atomic
def confirm_unchanged(
    by: User,
    dossiers: Iterable[Dossier],
    *,
    basis: str,
    at: datetime,
    today: date,
) -> Confirmed:
    """核对无变化 for many files of one unit at once; each still its own record (§6.2.1).

    Left out, with the reason: closed ones, those never approved, with a draft, or incomplete.
    Sections whose tables have new rows since the last version are marked 有变更. Raises: Denied,
    Unfit without a basis.
    """
    words = _sentence(basis, BASIS_MOST)
    if not words:
        raise Unfit(_("请写一句核对依据，例如“已与客户经理电话核实”。"))
    asked = list(dossiers)
    for dossier in asked:
        require(may_fill(by, dossier), _("填报客户档案的"))
    rows: list[Dossier] = list(
        Dossier.objects.filter(
            unit__in={dossier.unit_id for dossier in asked},
            pk__in=[dossier.pk for dossier in asked],
        )
        .select_related("unit", "filler", "reviewer")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    edition, definition = in_force(today)
    busy = set(
        Draft.objects.filter(dossier__in=rows, state__in=PENDING).values_list("dossier", flat=True)
    )
    versions = last_versions([row.pk for row in rows])
    contents = compose(rows, edition, definition)
    left_out: list[tuple[Dossier, str]] = []
    fit: list[Dossier] = []
    for row in rows:
        facts = contents[row.pk]["facts"]
        why = ""
        if row.state == State.CLOSED:
            why = _("档案已关闭")
        elif row.pk in busy:
            why = _("已有草稿或待审核的提交")
        elif row.pk not in versions:
            why = _("还没有审核通过的版本，首次须逐份填报")
        else:
            problems = blocking(facts, definition, row.klass, today=today)
            if problems:
                why = _("有 %(number)d 处需要补正") % {"number": len(problems)}
        if why:
            left_out.append((row, why))
        else:
            fit.append(row)
    return Confirmed(
        _submit_unchanged(by, fit, contents, versions, words, edition, definition, at=at), left_out
    )


def _submit_unchanged(
    by: User,
    rows: Sequence[Dossier],
    contents: Mapping[UUID, Content],
    versions: Mapping[UUID, FileVersion],
    basis: str,
    edition: Edition,
    definition: Definition,
    *,
    at: datetime,
) -> list[Submission]:
    drafts = Draft.objects.bulk_create(
        Draft(
            id=uuid4(),
            unit_id=row.unit_id,
            dossier=row,
            state=DraftState.SUBMITTED,
            edition=edition,
            changes={},
            bases={},
            retired={},
            opened_by=staff_of(by),
            opened_at=at,
            changed_at=at,
        )
        for row in rows
    )
    lines = []
    for row, draft in zip(rows, drafts, strict=True):
        changed = changed_sections(contents[row.pk], versions[row.pk], edition, definition)
        for part in definition.sections:
            mark = Mark.CHANGED if part.code in changed else Mark.UNCHANGED
            lines.append(
                Attestation(
                    unit_id=row.unit_id,
                    draft=draft,
                    section=part.code,
                    mark=mark,
                    basis=basis,
                    by=staff_of(by),
                    at=at,
                )
            )
    Attestation.objects.bulk_create(lines)
    marks = marks_of(lines)
    made = Submission.objects.bulk_create(
        Submission(
            id=uuid4(),
            unit_id=row.unit_id,
            draft=draft,
            number=1,
            digest=digest_of({**contents[row.pk], "sections": marks[draft.pk]}),
            plain=True,
            submitted_by=staff_of(by),
            submitted_at=at,
        )
        for row, draft in zip(rows, drafts, strict=True)
    )
    audit.record_many(
        by,
        "draft.submitted",
        [
            audit.Line(row, row.unit_id, dossier.pk, {"number": 1, "digest": row.digest})
            for row, dossier in zip(made, rows, strict=True)
        ],
    )
    return made
