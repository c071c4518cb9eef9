"""What a person may hold, and how each kind goes over to a successor (§3d, 6.3.4).

A slice above adds a kind of its own with `contribute` in its `AppConfig.ready`.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yihu.access.rules import Role
from yihu.access.scope import ScopedQuerySet
from yihu.dossiers.models import Dossier, Draft
from yihu.dossiers.policy import FILLERS, REVIEWERS
from yihu.dossiers.rules import DraftState
from yihu.duties.models import Duty
from yihu.kit.clock import SHANGHAI
from yihu.letters.choices import Standing
from yihu.letters.queries import STANDINGS, letters
from yihu.originals.models import Loan, Original
from yihu.originals.policy import KEEPERS
from yihu.originals.policy import PEOPLE as BORROWERS
from yihu.originals.rules import HELD_HERE, PENDING, LoanState
from yihu.risks.choices import STANDING
from yihu.risks.models import Remark
from yihu.risks.policy import WRITERS as RISK_WRITERS
from yihu.visits.choices import OPEN as FOLLOWED
from yihu.visits.choices import NeedState, State
from yihu.visits.models import Followup, Need, Visit
from yihu.visits.policy import WRITERS as VISITORS


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that somebody holds; `address` is its page."""

    subject_id: UUID
    dossier_id: UUID | None
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Moving:
    """Who takes what from the leaver: (kind, subject, successor) each."""

    unit_id: int
    leaver_id: UUID
    lines: Sequence[tuple[str, UUID, UUID]]
    at: datetime

    def values(self) -> dict[str, Any]:
        """The same as parameters of a statement."""
        return {
            "unit": self.unit_id,
            "leaver": self.leaver_id,
            "kinds": [kind for kind, _subject, _successor in self.lines],
            "subjects": [subject for _kind, subject, _successor in self.lines],
            "successors": [successor for _kind, _subject, successor in self.lines],
            "at": self.at,
        }


Rows = Callable[[Collection[UUID]], ScopedQuerySet]
Move = Callable[[Moving], list[UUID]]
Clash = Callable[[Moving], list[str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of holding.

    `rows(staff_ids)` are the rows that they hold, `holder` the path from a row to its holder,
    `say` a row in words. `move(moving)` hands over the lines of its kind and returns the subjects
    that moved; a kind without roles needs no successor, because it `follows` something else.
    `clash(moving)`: titles of rows whose successor may not take them, and `why` not.
    """

    code: str
    label: Any
    rows: Rows
    move: Move | None
    holder: str
    say: Callable[[Any], Held]
    roles: tuple[Role, ...] = ()
    follows: Any = ""
    clash: Clash | None = None
    why: Any = ""


_kinds: dict[str, Kind] = {}


def contribute(kind: str, label: Any, rows: Rows, move: Move | None, **more: Any) -> None:
    """Add a kind of holding; `more`: the other fields of `Kind`."""
    _kinds[kind] = Kind(kind, label, rows, move, **more)


def kinds() -> list[Kind]:
    """Every kind, in the order of the list."""
    return list(_kinds.values())


def kind_of(code: str) -> Kind | None:
    """The kind of that name."""
    return _kinds.get(code)


# Moving: one statement a kind --------------------------------------------------------------------

LINES = """unnest(%(kinds)s::text[], %(subjects)s::uuid[], %(successors)s::uuid[])
    AS line (kind, subject_id, successor_id)"""
UPDATE = f"""
UPDATE {{table}} AS held SET {{sets}} FROM {LINES}
WHERE line.kind = '{{kind}}' AND held.unit_id = %(unit)s AND held.id = line.subject_id
    AND held.{{column}} = %(leaver)s {{more}}
RETURNING held.id
"""
TAKEN = """
INSERT INTO originals_move (unit_id, original_id, from_shelf, to_shelf, from_custodian,
    to_custodian, reason, by_id, at)
SELECT o.unit_id, o.id, o.shelf, o.shelf, old.name, new.name, '岗位交接', new.id, %(at)s
FROM originals_original o
JOIN org_staff old ON old.unit_id = o.unit_id AND old.id = %(leaver)s
JOIN org_staff new ON new.unit_id = o.unit_id AND new.id = o.custodian_id
WHERE o.unit_id = %(unit)s AND o.id = ANY (%(moved)s)
"""
NEXT = """
UPDATE originals_loan SET state = 'asked' WHERE unit_id = %(unit)s AND id IN (
    SELECT DISTINCT ON (w.original_id) w.id
    FROM originals_loan gone
    JOIN originals_loan w ON w.unit_id = gone.unit_id AND w.original_id = gone.original_id
    WHERE gone.unit_id = %(unit)s AND gone.id = ANY (%(moved)s) AND w.state = 'waiting'
        AND NOT EXISTS (SELECT FROM originals_loan c WHERE c.unit_id = w.unit_id
            AND c.original_id = w.original_id AND c.state IN ('asked', 'approved', 'out'))
    ORDER BY w.original_id, w.requested_at, w.id
)
"""
BOTH_HANDS = f"""
SELECT d.name_full FROM {LINES}
JOIN dossiers_dossier d ON d.unit_id = %(unit)s AND d.id = line.subject_id
LEFT JOIN (SELECT * FROM {LINES}) AS other
    ON other.kind = '{{other_kind}}' AND other.subject_id = line.subject_id
WHERE line.kind = '{{kind}}' AND line.successor_id = coalesce(other.successor_id, d.{{other}})
ORDER BY d.name_full LIMIT 5
"""
LENT_BY = f"""
SELECT o.barcode || ' ' || o.title FROM {LINES}
JOIN originals_loan l ON l.unit_id = %(unit)s AND l.id = line.subject_id
JOIN originals_original o ON o.unit_id = l.unit_id AND o.id = l.original_id
WHERE line.kind = 'loans' AND line.successor_id IN (l.handed_by_id, l.decided_by_id)
ORDER BY o.barcode LIMIT 5
"""


def _run(statement: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [] if cursor.description is None else [row[0] for row in cursor.fetchall()]


def _moved(table: str, column: str, kind: str, *, sets: str = "", more: str = "") -> Move:
    statement = UPDATE.format(
        table=table,
        column=column,
        kind=kind,
        sets=sets or f"{column} = line.successor_id",
        more=more,
    )
    return lambda moving: _run(statement, moving.values())


def _then(first: Move, statement: str) -> Move:
    def move(moving: Moving) -> list[UUID]:
        moved = first(moving)
        if moved:
            _run(statement, {"moved": moved, **moving.values()})
        return moved

    return move


def _titles(statement: str) -> Clash:
    return lambda moving: _run(statement, moving.values())


# The house's own kinds ---------------------------------------------------------------------------


def _file(row: Dossier) -> Held:
    return Held(
        row.pk, row.pk, f"{row.name_full}（{row.number}）", reverse("desk:dossier", args=[row.pk])
    )


def _of_file(row: Any, title: str, address: str) -> Held:
    return Held(row.pk, row.dossier_id, title, address)


def _draft(row: Draft) -> Held:
    title = f"{row.dossier.name_full}（{row.dossier.number}）"
    return _of_file(row, title, reverse("desk:dossier", args=[row.dossier_id]))


def _original(row: Original) -> Held:
    return _of_file(row, f"{row.barcode} {row.title}", reverse("originals:show", args=[row.pk]))


def _loan(row: Loan) -> Held:
    paper = row.original
    return Held(
        row.pk,
        paper.dossier_id,
        f"{paper.barcode} {paper.title}（{row.get_state_display()}，应还 {row.due_on}）",
        reverse("originals:show", args=[paper.pk]),
    )


def _duty(row: Duty) -> Held:
    title = f"{row.dossier.name_full}：{row.get_kind_display()}，截止 {row.due_on}"
    return _of_file(row, title, reverse("desk:dossier", args=[row.dossier_id]))


def _letter(row: Any) -> Held:
    subject = "" if row.secret else f" {row.subject}"  # a witness may be of another unit
    title = f"{row.register_number}{subject}（回复期限 {row.reply_due_on}）"
    return _of_file(row, title, reverse("letters:show", args=[row.pk]))


def _risk(row: Remark) -> Held:
    title = f"{row.number}（{row.get_kind_display()}，应于 {row.next_check_on} 复核）"
    return _of_file(row, title, reverse("risks:show", args=[row.pk]))


def _visit(row: Visit) -> Held:
    title = f"{row.number} {row.dossier.name_full}（{row.get_state_display()}，{row.day}）"
    return _of_file(row, title, reverse("visits:show", args=[row.pk]))


def _followup(row: Followup) -> Held:
    title = f"{row.dossier.name_full}：{row.text}，期限 {row.due_on}"
    return _of_file(row, title, reverse("visits:show", args=[row.visit_id]))


def _need(row: Need) -> Held:
    title = f"{row.dossier.name_full}：{row.text}（{row.get_state_display()}）"
    return _of_file(row, title, reverse("visits:show", args=[row.visit_id]))


def _letters_to_answer(staff: Collection[UUID]) -> ScopedQuerySet:
    today = datetime.now(SHANGHAI).date()
    rows: ScopedQuerySet = letters().filter(STANDINGS[Standing.OPEN](today))
    return rows.filter(dossier__filler__in=staff).select_related("dossier")


def _of(model: Any, holder: str, *related: str, **conditions: Any) -> Rows:
    def rows(staff: Collection[UUID]) -> ScopedQuerySet:
        found: ScopedQuerySet = model.objects.filter(**{f"{holder}__in": staff}, **conditions)
        return found.select_related(*related) if related else found

    return rows


def know_own_kinds() -> None:
    """Register the kinds of the slices below."""
    contribute(
        "filled",
        _("负责填报的档案"),
        _of(Dossier, "filler"),
        _moved("dossiers_dossier", "filler_id", "filled"),
        holder="filler",
        say=_file,
        roles=FILLERS,
        clash=_titles(BOTH_HANDS.format(kind="filled", other_kind="reviewed", other="reviewer_id")),
        why=_("接收人是这些档案的审核员，填报与审核须由两人负责（§5.2）"),
    )
    contribute(
        "reviewed",
        _("负责审核的档案"),
        _of(Dossier, "reviewer"),
        _moved("dossiers_dossier", "reviewer_id", "reviewed"),
        holder="reviewer",
        say=_file,
        roles=REVIEWERS,
        clash=_titles(BOTH_HANDS.format(kind="reviewed", other_kind="filled", other="filler_id")),
        why=_("接收人是这些档案的填报员，填报与审核须由两人负责（§5.2）"),
    )
    contribute(
        "kept",
        _("保管的原件"),
        _of(Original, "custodian", state__in=HELD_HERE),
        _then(
            _moved(
                "originals_original",
                "custodian_id",
                "kept",
                sets="custodian_id = line.successor_id, changed_at = %(at)s",
                more="AND held.state IN ('in_stock', 'lent')",
            ),
            TAKEN,
        ),
        holder="custodian",
        say=_original,
        roles=KEEPERS,
    )
    contribute(
        "loans",
        _("借出未还的原件"),
        _of(Loan, "borrower", "original", state=LoanState.OUT),
        _moved(
            "originals_loan",
            "borrower_id",
            "loans",
            sets="borrower_id = line.successor_id, received_by_id = line.successor_id, "
            "received_at = %(at)s",
            more="AND held.state = 'out'",
        ),
        holder="borrower",
        say=_loan,
        roles=BORROWERS,
        clash=_titles(LENT_BY),
        why=_("接收人是这笔借阅的审批人或交出人，请另选一人，或先归还原件"),
    )
    contribute(
        "visits",
        _("负责的访谈"),
        _of(Visit, "lead", "dossier", state__in=[State.PLANNED, State.HELD]),
        _moved("visits_visit", "lead_id", "visits", more="AND held.state IN ('planned', 'held')"),
        holder="lead",
        say=_visit,
        roles=VISITORS,
    )
    contribute(
        "followups",
        _("负责的跟进事项"),
        _of(Followup, "owner", "dossier", state__in=FOLLOWED),
        _moved("visits_followup", "owner_id", "followups", more="AND held.state <> 'closed'"),
        holder="owner",
        say=_followup,
        roles=VISITORS,
    )
    contribute(
        "needs",
        _("负责的客户诉求"),
        _of(Need, "owner", "dossier", state__in=[NeedState.HEARD, NeedState.ANSWERED]),
        _moved("visits_need", "owner_id", "needs", more="AND held.state <> 'done'"),
        holder="owner",
        say=_need,
        roles=VISITORS,
    )
    contribute(
        "requests",
        _("未办结的借阅申请"),
        _of(
            Loan,
            "borrower",
            "original",
            state__in=[state for state in PENDING if state != LoanState.OUT],
        ),
        _then(
            _moved(
                "originals_loan",
                "borrower_id",
                "requests",
                sets="state = 'withdrawn'",
                more="AND held.state IN ('waiting', 'asked', 'approved')",
            ),
            NEXT,
        ),
        holder="borrower",
        say=_loan,
        follows=_("交接完成时撤回"),
    )
    contribute(
        "drafts",
        _("未提交的草稿"),
        _of(Draft, "opened_by", "dossier", state=DraftState.OPEN),
        None,
        holder="opened_by",
        say=_draft,
        follows=_("由档案填报员接续"),
    )
    contribute(
        "submitted",
        _("等待其审核的提交"),
        _of(Draft, "dossier__reviewer", "dossier", state=DraftState.SUBMITTED),
        None,
        holder="dossier__reviewer",
        say=_draft,
        follows=_("由档案审核员接续"),
    )
    contribute(
        "duties",
        _("未办的更新任务"),
        _of(Duty, "dossier__filler", "dossier", done_at=None, dropped_at=None, waived_at=None),
        None,
        holder="dossier__filler",
        say=_duty,
        follows=_("随档案移交"),
    )
    contribute(
        "risks",
        _("负责的风险备注"),
        lambda staff: Remark.objects.filter(owner__in=staff, state__in=STANDING),
        _moved("risks_remark", "owner_id", "risks", more="AND held.state <> 'lifted'"),
        holder="owner",
        say=_risk,
        roles=RISK_WRITERS,
    )
    contribute(
        "letters",
        _("待回复的函件"),
        _letters_to_answer,
        None,
        holder="dossier__filler",
        say=_letter,
        follows=_("随档案移交"),
    )
