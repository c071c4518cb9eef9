"""A hand-over from its opening to the last signature, when the work moves (§3d, 6.3.4)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.entering import for_group
from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.rules import Role
from yihu.access.scope import ScopedQuerySet
from yihu.audit import actions as audit
from yihu.dossiers.problems import Lapsed, Refused, Unfit
from yihu.handover import queries
from yihu.handover.kinds import Kind, Moving, kind_of, kinds
from yihu.handover.models import Handover, Line, Signature
from yihu.handover.policy import may_hand_over
from yihu.handover.rules import OPEN, REASON_MOST, State, digest_of
from yihu.kit import text
from yihu.org.models import Staff


@transaction.atomic
def open_handover(by: User, leaver: Staff, *, at: datetime) -> Handover:
    """Begin: everything that the person holds stands on the list. Raises: Denied, Refused."""
    require(may_hand_over(by, leaver.unit_id), _("办理岗位交接的"))
    Staff.objects.select_for_update().get(pk=leaver.pk)
    if Handover.objects.filter(unit=leaver.unit_id, leaver=leaver, state__in=OPEN).exists():
        raise Refused(_("%(name)s的交接已在办理，请打开原来的一份。") % {"name": leaver.name})
    made = Handover.objects.create(
        unit_id=leaver.unit_id, leaver=leaver, opened_by=by, opened_at=at
    )
    made.refresh_from_db()
    count = _draw(made)
    if not count:
        raise Refused(_("%(name)s名下没有要交接的工作。") % {"name": leaver.name})
    audit.record(by, "handover.opened", made, data={"leaver": leaver.name, "lines": count})
    return made


@transaction.atomic
def assign(
    by: User,
    handover: Handover,
    *,
    successor: Staff,
    kind: str = "",
    lines: Collection[int] = (),
) -> int:
    """Name the successor of a kind, or of some lines of it. Returns how many lines.

    Raises: Denied, Refused, Unfit for somebody without the role, the leaver or the witness.
    """
    fresh = _locked(by, handover, State.DRAFT)
    rows = Line.objects.filter(unit=fresh.unit_id, handover=fresh, follows="")
    rows = rows.filter(pk__in=lines) if lines else rows.filter(kind=kind)
    if lines and rows.count() != len(set(lines)):
        raise Refused(_("选中的事项有的不在这份清单里，没有指定接收人；请刷新页面后重选。"))
    wanted = {code: kind_of(code) for code in rows.values_list("kind", flat=True)}
    if not wanted:
        raise Unfit(_("请选定要交接的事项。"))
    if successor.pk == fresh.witness_id:
        raise Unfit(_("%(name)s是监交人，不能同时是接收人。") % {"name": successor.name})
    for found in wanted.values():
        if found is not None:
            _eligible(fresh.unit_id, fresh.leaver_id, found, successor)
    count = rows.update(successor=successor)
    audit.record(
        by,
        "handover.assigned",
        fresh,
        data={"successor": successor.name, "kinds": sorted(wanted), "lines": count},
    )
    return count


@transaction.atomic
def name_witness(by: User, handover: Handover, *, witness: Staff) -> Handover:
    """Who witnesses (监交): neither the leaver nor a successor. Raises: Denied, Refused, Unfit."""
    fresh = _locked(by, handover, State.DRAFT)
    if witness.pk not in {row.pk for row in queries.witnesses(fresh)}:
        text_ = _("%(name)s不能监交：须是在岗、能看到全单位档案的另一人，或集团监督员。")
        raise Unfit(text_ % {"name": witness.name})
    fresh.witness = witness
    fresh.save(update_fields=["witness"])
    audit.record(by, "handover.assigned", fresh, data={"witness": witness.name})
    return fresh


@transaction.atomic
def freeze(by: User, handover: Handover, *, at: datetime) -> Handover:
    """The list as it will be signed, by its digest. Raises: Denied, Refused."""
    fresh = _locked(by, handover, State.DRAFT)
    before = set(_lines(fresh).values_list("kind", "subject_id"))
    _draw(fresh)
    rows = queries.lines_of(fresh)
    without = [row for row in rows if not row.follows and row.successor_id is None]
    if without:
        later = [row for row in without if (row.kind, row.subject_id) not in before]
        said = _("还有 %(number)d 项没有接收人（其中 %(later)d 项是刚新增的），请逐类指定。")
        raise Refused(said % {"number": len(without), "later": len(later)})
    if fresh.witness is None:
        raise Refused(_("请先指定监交人。"))
    _still_fit(fresh, rows)
    fresh.state, fresh.frozen_at = State.FROZEN, at
    fresh.digest = digest_of(content_of(fresh, rows))
    fresh.save(update_fields=["state", "frozen_at", "digest"])
    audit.record(by, "handover.frozen", fresh, data={"lines": len(rows), "digest": fresh.digest})
    return fresh


@transaction.atomic
@for_group()  # the witness may be of another unit, and the last signature moves the unit's work
def sign(by: User, handover: Handover, *, digest: str, at: datetime) -> Handover:
    """Confirm the list in one's own part; the last confirmation moves the work.

    A supervisor confirms for a leaver who has gone already, and it is recorded as such.
    Raises: Refused, Lapsed where another list was looked at.
    """
    fresh: Handover = (
        queries.handovers(by).select_for_update(of=("self",)).filter(pk=handover.pk).get()
    )
    if fresh.state != State.FROZEN:
        raise Refused(_("这份交接现在是“%(state)s”，请刷新页面。") % _standing(fresh))
    if digest != fresh.digest:
        raise Lapsed(_("清单与您看到的不同，请刷新页面核对后再确认。"))
    mine = queries.part_of(by, fresh)
    if mine is None:
        raise Refused(_("这份交接没有等您确认的事项。"))
    in_place = mine.staff.pk != by.staff_id
    Signature.objects.create(
        unit_id=fresh.unit_id,
        handover=fresh,
        part=mine.part,
        staff=mine.staff,
        by=by,
        in_place=in_place,
        digest=digest,
        at=at,
    )
    audit.record(
        by,
        "handover.signed",
        fresh,
        data={"part": mine.part, "for": mine.staff.name, "in_place": in_place, "digest": digest},
    )
    if all(signer.signed for signer in queries.signers_of(fresh)):
        _complete(by, fresh, at=at)
    return fresh


@transaction.atomic
def cancel(by: User, handover: Handover, *, reason: str, at: datetime) -> Handover:
    """Give it up before it is done; nothing has moved. Raises: Denied, Refused, Unfit."""
    fresh = _locked(by, handover, *OPEN)
    fresh.state, fresh.cancelled_at, fresh.cancel_reason = State.CANCELLED, at, _why(reason)
    fresh.save(update_fields=["state", "cancelled_at", "cancel_reason"])
    audit.record(by, "handover.cancelled", fresh, data={"reason": fresh.cancel_reason})
    return fresh


@transaction.atomic
def reassign(
    by: User, gone: Staff, *, kind: str, successor: Staff, reason: str, at: datetime
) -> int:
    """What somebody who is no longer here still holds of a kind, to another, without a list.

    Each row is recorded; the leaver's hand-over is not replaced by it. Returns how many rows.
    Raises: Denied, Refused where the person is still here, Unfit.
    """
    require(may_hand_over(by, gone.unit_id), _("办理岗位交接的"))
    why = _why(reason)
    found = kind_of(kind)
    if found is None or not found.roles:
        raise Unfit(_("请选定要重新指定的事项。"))
    if gone.status not in queries.GONE:
        raise Refused(_("%(name)s仍在职，请办理岗位交接。") % {"name": gone.name})
    _eligible(gone.unit_id, gone.pk, found, successor)
    held = [found.say(row) for row in found.rows([gone.pk])]
    moving = Moving(
        gone.unit_id, gone.pk, [(found.code, one.subject_id, successor.pk) for one in held], at
    )
    _no_clash(moving, found)
    assert found.move is not None
    moved = set(found.move(moving))
    audit.record_many(
        by,
        "holding.moved",
        [
            audit.Line(gone, gone.unit_id, one.dossier_id, _said(found, gone, successor))
            for one in held
            if one.subject_id in moved
        ],
    )
    audit.record(
        by,
        "holdings.reassigned",
        gone,
        data={"kind": kind, "to": successor.name, "moved": len(moved), "reason": why},
    )
    return len(moved)


def content_of(handover: Handover, lines: Sequence[Line]) -> dict[str, object]:
    """What the digest is taken over: everything that a signature answers for."""
    return {
        "unit": handover.unit_id,
        "leaver": str(handover.leaver_id),
        "witness": str(handover.witness_id),
        "lines": [
            [
                line.kind,
                str(line.subject_id),
                line.title,
                line.follows,
                str(line.successor_id or ""),
            ]
            for line in sorted(lines, key=lambda line: line.pk)
        ],
    }


def _complete(by: User, handover: Handover, *, at: datetime) -> None:
    """Everybody has signed: the work moves, kind by kind, each line recorded."""
    rows = queries.lines_of(handover)
    _still_fit(handover, rows)
    moving = _moving(handover, rows, at)
    moved: dict[str, set[UUID]] = {
        kind.code: set(kind.move(moving)) for kind in kinds() if kind.move is not None
    }
    done = [row for row in rows if row.subject_id in moved.get(row.kind, ())]
    _lines(handover).filter(pk__in=[row.pk for row in done]).update(moved_at=at)
    audit.record_many(
        by,
        "holding.moved",
        [
            audit.Line(
                handover,
                handover.unit_id,
                row.dossier_id,
                _said(kind_of(row.kind), handover.leaver, row.successor),
            )
            for row in done
        ],
    )
    handover.state, handover.done_at = State.DONE, at
    handover.save(update_fields=["state", "done_at"])
    audit.record(
        by,
        "handover.completed",
        handover,
        data={"leaver": handover.leaver.name, "moved": len(done), "digest": handover.digest},
    )


def _said(kind: Kind | None, gone: Staff, successor: Staff | None) -> dict[str, str]:
    return {
        "kind": kind.code if kind is not None else "",
        "from": gone.name,
        "to": successor.name if successor is not None else "",
    }


def _moving(handover: Handover, rows: Sequence[Line], at: datetime) -> Moving:
    """Lines without a successor of their own go along with the leaver as their own: they only
    end, and no statement hands them to anybody."""
    return Moving(
        handover.unit_id,
        handover.leaver_id,
        [(row.kind, row.subject_id, row.successor_id or handover.leaver_id) for row in rows],
        at,
    )


def _draw(handover: Handover) -> int:
    """The list as things are now; choices that still apply stay. Returns how many lines."""
    wanted: dict[tuple[str, UUID], Line] = {}
    for kind in kinds():
        for row in kind.rows([handover.leaver_id]):
            held = kind.say(row)
            wanted[kind.code, held.subject_id] = Line(
                unit_id=handover.unit_id,
                handover=handover,
                leaver_id=handover.leaver_id,
                kind=kind.code,
                subject_id=held.subject_id,
                dossier_id=held.dossier_id,
                title=held.title[:300],
                follows=str(kind.follows)[:80],
            )
    there = {(row.kind, row.subject_id): row.pk for row in _lines(handover)}
    _lines(handover).filter(pk__in=[pk for key, pk in there.items() if key not in wanted]).delete()
    Line.objects.bulk_create(line for key, line in wanted.items() if key not in there)
    return len(wanted)


def _still_fit(handover: Handover, lines: Sequence[Line]) -> None:
    """The successors have their roles, and may take what they are given."""
    moving = _moving(handover, lines, handover.opened_at)
    for kind in kinds():
        heirs = {row.successor for row in lines if row.kind == kind.code and row.successor}
        for heir in heirs:
            _eligible(handover.unit_id, handover.leaver_id, kind, heir)
        if heirs:
            _no_clash(moving, kind)


def _no_clash(moving: Moving, kind: Kind) -> None:
    titles = kind.clash(moving) if kind.clash is not None else []
    if titles:
        said = _("%(why)s：%(titles)s。请为这几项另选接收人。")
        raise Refused(said % {"why": kind.why, "titles": "、".join(titles)})


def _eligible(unit_id: int, leaver_id: UUID, kind: Kind, successor: Staff) -> None:
    fit = queries.successors(unit_id, kind.roles, but=leaver_id)
    if successor.pk not in {row.pk for row in fit}:
        roles = "、".join(str(Role(role).label) for role in kind.roles)
        said = _("%(name)s不能接收“%(kind)s”：须是本单位在岗的%(roles)s，且不是移交人。")
        raise Unfit(said % {"name": successor.name, "kind": kind.label, "roles": roles})


def _lines(handover: Handover) -> ScopedQuerySet:
    rows: ScopedQuerySet = Line.objects.filter(unit=handover.unit_id, handover=handover)
    return rows


def _locked(by: User, handover: Handover, *states: str) -> Handover:
    require(may_hand_over(by, handover.unit_id), _("办理岗位交接的"))
    fresh: Handover = (
        Handover.objects.select_related("leaver", "witness", "unit")
        .select_for_update(of=("self",))
        .get(unit=handover.unit_id, pk=handover.pk)
    )
    if fresh.state not in states:
        raise Refused(_("这份交接现在是“%(state)s”，请刷新页面。") % _standing(fresh))
    return fresh


def _standing(handover: Handover) -> dict[str, str]:
    return {"state": handover.get_state_display()}


def _why(reason: str) -> str:
    why = text.line(reason)
    if not why:
        raise Unfit(_("请写明原因。"))
    if len(why) > REASON_MOST:
        raise Unfit(_("原因最多 %(most)d 个字，请缩短。") % {"most": REASON_MOST})
    return why
