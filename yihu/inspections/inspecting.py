"""File by file: taken, looked at by the checklist, findings written down, done (§6.4.1).

Whoever filled or approved a file does not inspect it. A file is one inspector's at a time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused, Unfit
from yihu.inspections import queries
from yihu.inspections.checks import CHECK
from yihu.inspections.choices import (
    SEVERITY_OF,
    Cause,
    FindingState,
    PlaceKind,
    ResultState,
    Severity,
    State,
    SubjectState,
    Verdict,
)
from yihu.inspections.models import Evidence, Finding, Inspection, ItemMark, Result, Subject
from yihu.inspections.policy import inspects, leads, may_inspect, own_hands
from yihu.inspections.rules import REPEATED_DAYS
from yihu.inspections.saying import say
from yihu.kit.copy import copy_rows
from yihu.kit.turns import take_turn
from yihu.papers.actions import store

TEXT_MOST, EVIDENCE_MOST, REASON_MOST = 1_000, 1_000, 200
AT_ONCE = 5_000
"""Results that are judged by one act."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding as an inspector hands it in: where it hangs, how bad, on what evidence."""

    place_kind: str
    text: str
    severity: int
    cause: str
    clause: str
    place: str = ""
    place_label: str = ""
    original_id: UUID | None = None
    evidence: str = ""
    item: str = ""
    files: Sequence[tuple[BinaryIO, str]] = ()


# Taking files ------------------------------------------------------------------------------------


@transaction.atomic
def claim_next(by: User, inspection: Inspection, *, at: datetime) -> Subject | None:
    """The file that the person has in hand, or the next that nobody has; None when all are taken.

    Two who ask at once get two files. Raises: Denied, Refused (not open).
    """
    require(inspects(by, inspection), _("检查档案的"))
    _open(inspection)
    mine = queries.subjects(inspection).filter(claimed_by=by, state=SubjectState.CLAIMED).first()
    if mine is not None:
        found: Subject = mine
        return found
    free = queries.free_subjects(inspection, by).select_for_update(skip_locked=True, of=("self",))
    row = free.first()
    return None if row is None else _claimed(by, row, at)


@transaction.atomic
def claim(by: User, subject: Subject, *, at: datetime) -> Subject:
    """This file. Raises: Denied, Refused (somebody else's, done, own hands, not drawn)."""
    require(inspects(by, subject.inspection), _("检查档案的"))
    _open(subject.inspection)
    held = _locked(subject)
    if own_hands(by, held):
        raise Refused(_("您填报或审核过这份档案，应由他人检查。"))
    if not held.drawn:
        raise Refused(_("这份档案没有抽中，由规则检查。"))
    if held.state == SubjectState.DONE:
        raise Refused(_("这份档案已检查完。"))
    if held.state == SubjectState.CLAIMED and held.claimed_by_id != by.pk:
        assert held.claimed_by is not None
        raise Refused(_("%(name)s正在检查这份档案。") % {"name": held.claimed_by.name})
    return _claimed(by, held, at)


def _claimed(by: User, subject: Subject, at: datetime) -> Subject:
    if subject.state == SubjectState.CLAIMED:
        return subject
    subject.state, subject.claimed_by, subject.claimed_at = SubjectState.CLAIMED, by, at
    subject.claimed_staff = by.staff_id
    subject.save(update_fields=["state", "claimed_by", "claimed_at", "claimed_staff"])
    audit.record(by, "subject.claimed", subject, dossier_id=subject.dossier_id)
    return subject


@transaction.atomic
def release(by: User, subject: Subject) -> Subject:
    """Give it back, with what was said of it; who leads takes it from an absent inspector.

    Raises: Denied, Refused.
    """
    held = _locked(subject)
    require(held.claimed_by_id == by.pk or leads(by, held.inspection), _("检查档案的"))
    if held.state != SubjectState.CLAIMED:
        raise Refused(_("这份档案不在检查中。"))
    held.state, held.claimed_by, held.claimed_at = SubjectState.WAITING, None, None
    held.claimed_staff = None
    held.save(update_fields=["state", "claimed_by", "claimed_at", "claimed_staff"])
    audit.record(by, "subject.released", held, dossier_id=held.dossier_id)
    return held


# Looking at one ----------------------------------------------------------------------------------


@transaction.atomic
def mark(by: User, subject: Subject, *, item: str, verdict: str, at: datetime) -> ItemMark:
    """What the person says of an item; again replaces it. Raises: Denied, Refused, Unfit."""
    held = _in_hand(by, subject)
    if item not in queries.items_of(held.inspection):
        raise Unfit(_("检查单里没有这一项。"))
    if verdict not in Verdict.values:
        raise Unfit(_("请选择结论。"))
    made, _new = ItemMark.objects.update_or_create(
        unit_id=held.unit_id,
        subject=held,
        item=item,
        defaults={"verdict": verdict, "by": by, "at": at},
    )
    audit.record(
        by, "item.marked", held, dossier_id=held.dossier_id,
        data={"item": item, "verdict": verdict},
    )  # fmt: skip
    return made


@transaction.atomic
def find(by: User, subject: Subject, seen: Seen, *, at: datetime) -> Finding:
    """Write a finding down. Raises: Denied, Refused, Unfit (names the field), a file's problems."""
    held = _in_hand(by, subject)
    values = _checked(held, seen)
    return _found(by, held, values, seen.files, at)


def _found(
    by: User,
    subject: Subject,
    values: dict[str, Any],
    files: Sequence[tuple[BinaryIO, str]],
    at: datetime,
) -> Finding:
    take_turn("findings", subject.unit_id)
    made = Finding.objects.create(
        unit_id=subject.unit_id,
        inspection=subject.inspection,
        subject=subject,
        dossier_id=subject.dossier_id,
        serial=queries.last_serial(subject.unit_id, subject.inspection) + 1,
        found_by=by,
        found_at=at,
        **values,
    )
    made.refresh_from_db()
    keep_evidence(by, made, files, at=at)
    repeated([made.pk])
    audit.record(
        by, "finding.made", made, dossier_id=made.dossier_id,
        data={"severity": made.severity, "cause": made.cause, "topic": made.topic},
    )  # fmt: skip
    return made


@transaction.atomic
def done(by: User, subject: Subject, *, at: datetime) -> Subject:
    """The whole checklist is answered, and each problem is a finding.

    Raises: Denied, Refused, Unfit (says which item).
    """
    held = _in_hand(by, subject)
    said = dict(held.marks.values_list("item", "verdict"))
    items = queries.items_of(held.inspection)
    silent = [item.label for code, item in items.items() if code not in said]
    if silent:
        raise Unfit(_("还有检查项没有结论：%(items)s。") % {"items": "、".join(silent)})
    written = set(
        held.findings.exclude(state=FindingState.WITHDRAWN).values_list("item", flat=True)
    )
    bare = [
        items[code].label
        for code, verdict in said.items()
        if verdict in SEVERITY_OF and code not in written and code in items
    ]
    if bare:
        raise Unfit(_("判为有问题的检查项请写明问题：%(items)s。") % {"items": "、".join(bare)})
    held.state, held.done_at = SubjectState.DONE, at
    held.save(update_fields=["state", "done_at"])
    audit.record(by, "subject.inspected", held, dossier_id=held.dossier_id)
    return held


# What the checks proposed ------------------------------------------------------------------------


@transaction.atomic
def accept(by: User, inspection: Inspection, results: Iterable[UUID], *, at: datetime) -> int:
    """Failures of checks become findings; those on files of the person's own hands stay open.

    Returns how many. Raises: Denied, Refused (not open).
    """
    require(inspects(by, inspection), _("检查档案的"))
    _open(inspection)
    rows = [row for row in _results(inspection, results) if not own_hands(by, row.subject)]
    if not rows:
        return 0
    for unit in sorted({row.unit_id for row in rows}):
        take_turn("findings", unit)
    serials = queries.last_serials(inspection)
    labels = queries.labels_of(inspection)
    lines, keys = [], {}
    for row in rows:
        check = CHECK[row.check_code]
        serials[row.unit_id] = serials.get(row.unit_id, 0) + 1
        keys[row.pk] = uuid4()
        lines.append(
            (
                keys[row.pk], row.unit_id, inspection.pk, row.subject_id, row.subject.dossier_id,
                serials[row.unit_id], check.code, check.place_kind.value, check.place,
                queries.place_label(check.place_kind, check.place, labels), check.code,
                int(check.severity), check.cause.value, check.clause,
                say(check.code, row.detail, labels),
                _("自动检查规则“%(rule)s”") % {"rule": check.label}, by.pk, at,
            )
        )  # fmt: skip
    copy_rows("inspections_finding", FINDING, lines)
    with connection.cursor() as cursor:
        cursor.execute(JUDGE, [by.pk, at, list(keys), list(keys.values())])
    repeated(list(keys.values()))
    _tell(by, inspection, rows, "results.accepted")
    return len(rows)


@transaction.atomic
def dismiss(
    by: User, inspection: Inspection, results: Iterable[UUID], *, reason: str, at: datetime
) -> int:
    """They are no findings, and why. Raises: Denied, Refused, Unfit (no reason)."""
    require(inspects(by, inspection), _("检查档案的"))
    _open(inspection)
    why = _line(reason, _("不列为问题的理由"), REASON_MOST)
    rows = [row for row in _results(inspection, results) if not own_hands(by, row.subject)]
    Result.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=ResultState.DISMISSED, decided_by=by, decided_at=at, reason=why
    )
    _tell(by, inspection, rows, "results.dismissed")
    return len(rows)


FINDING = (
    "id", "unit_id", "inspection_id", "subject_id", "dossier_id", "serial", "check_code",
    "place_kind", "place", "place_label", "topic", "severity", "cause", "clause", "text",
    "evidence", "found_by_id", "found_at",
)  # fmt: skip
JUDGE = """
UPDATE inspections_result r SET state = 'found', decided_by_id = %s, decided_at = %s,
    finding_id = k.finding
FROM unnest(%s::uuid[], %s::uuid[]) AS k (result, finding) WHERE r.id = k.result
"""
REPEATED = """
UPDATE inspections_finding f SET repeats_id = (
    SELECT b.id FROM inspections_finding b
    WHERE b.unit_id = f.unit_id AND b.dossier_id = f.dossier_id AND b.topic = f.topic
      AND b.inspection_id <> f.inspection_id AND b.state <> 'withdrawn'
      AND b.found_at < f.found_at AND b.found_at >= f.found_at - make_interval(days => %s)
    ORDER BY b.found_at DESC, b.id LIMIT 1)
WHERE f.id = ANY (%s)
"""


def repeated(keys: Sequence[UUID]) -> None:
    """Mark those of the findings that repeat one of an earlier inspection (§6.4.2)."""
    with connection.cursor() as cursor:
        cursor.execute(REPEATED, [REPEATED_DAYS, list(keys)])


def keep_evidence(
    by: User,
    finding: Finding,
    files: Sequence[tuple[BinaryIO, str]],
    *,
    at: datetime,
    reply: Any = None,
) -> None:
    """Store pictures and papers, checked as all that is uploaded. Raises: a file's problems."""
    for file, name in files:
        stored = store(file, name)
        Evidence.objects.create(
            unit_id=finding.unit_id,
            finding=finding,
            reply=reply,
            blob=stored.blob,
            media_type=stored.found.media_type,
            file_name=stored.name,
            by=by,
            at=at,
        )


def _results(inspection: Inspection, keys: Iterable[UUID]) -> list[Result]:
    wanted = list(keys)
    if len(wanted) > AT_ONCE:
        raise Refused(_("一次最多处理 %(most)d 项，请分单位处理。") % {"most": AT_ONCE})
    rows = Result.objects.filter(inspection=inspection, state=ResultState.OPEN, pk__in=wanted)
    return list(rows.select_for_update(of=("self",)).select_related("subject").order_by("pk"))


def _tell(by: User, inspection: Inspection, rows: Sequence[Result], verb: str) -> None:
    units: dict[int, int] = {}
    for row in rows:
        units[row.unit_id] = units.get(row.unit_id, 0) + 1
    for unit, number in sorted(units.items()):
        audit.record(by, verb, inspection, unit_id=unit, data={"count": number})


def _open(inspection: Inspection) -> None:
    if inspection.state != State.OPEN:
        raise Refused(_("这次检查不在进行中，不能再记录。"))


def _locked(subject: Subject) -> Subject:
    found: Subject = (
        Subject.objects.select_for_update(of=("self",))
        .select_related("inspection", "claimed_by")
        .get(unit=subject.unit_id, pk=subject.pk)
    )
    return found


def _in_hand(by: User, subject: Subject) -> Subject:
    """The row, locked and claimed by the person. Raises: Denied, Refused."""
    held = _locked(subject)
    require(may_inspect(by, held), _("检查档案的"))
    _open(held.inspection)
    if held.state != SubjectState.CLAIMED or held.claimed_by_id != by.pk:
        raise Refused(_("这份档案不在您手中，请先领取。"))
    return held


def _checked(subject: Subject, seen: Seen) -> dict[str, Any]:
    """The values as they are stored. Raises: Unfit."""
    for given, known, label in (
        (seen.place_kind, PlaceKind.values, _("对象")),
        (seen.cause, Cause.values, _("问题类型")),
        (seen.severity, Severity.values, _("严重程度")),
    ):
        if given not in known:
            raise Unfit(_("请选择%(label)s。") % {"label": label})
    if seen.item and seen.item not in queries.items_of(subject.inspection):
        raise Unfit(_("检查单里没有这一项。"))
    if seen.original_id is not None and not queries.has_original(subject, seen.original_id):
        raise Unfit(_("所选原件不属于这份档案。"))
    if seen.place_kind == PlaceKind.CONTRACT and not queries.has_contract(subject, seen.place):
        raise Unfit(_("所选合同不属于这份档案。"))
    topic = ":".join(filter(None, [seen.item or "free", seen.place_kind, seen.place]))
    return {
        "item": seen.item,
        "place_kind": seen.place_kind,
        "place": seen.place[:80],
        "place_label": seen.place_label[:120],
        "original_id": seen.original_id,
        "topic": topic[:120],
        "severity": seen.severity,
        "cause": seen.cause,
        "clause": seen.clause[:20],
        "text": words_of(seen.text, _("问题"), TEXT_MOST, needed=True),
        "evidence": words_of(seen.evidence, _("依据"), EVIDENCE_MOST),
    }


def words_of(given: str, label: str, most: int, *, needed: bool = False) -> str:
    """The text, trimmed. Raises: Unfit, naming the field by its label."""
    found = given.replace("\r\n", "\n").strip()
    if needed and not found:
        raise Unfit(_("请填写%(label)s。") % {"label": label})
    if len(found) > most:
        message = _("%(label)s有 %(now)d 字，最多 %(most)d 字。")
        raise Unfit(message % {"label": label, "now": len(found), "most": most})
    return found


def _line(given: str, label: str, most: int) -> str:
    return words_of(" ".join(given.split()), label, most, needed=True)
