"""Destroying originals (鉴定销毁): locked unless headquarters opens it; four people; a certificate.

An original on hold, on loan or with an undecided period is never destroyed; the row stays as a
tombstone, and the certificate cannot be changed (migration 0002 says so to everybody).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import Denied, require, staff_of
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused, Unfit
from yihu.dossiers.rules import digest_of
from yihu.org.models import OrgUnit
from yihu.originals.actions import lock_unit, next_number, text_of
from yihu.originals.models import Custody, Disposal, DisposalLine, Hold, Loan, Move, Original
from yihu.originals.policy import may_decide, may_keep, may_unlock, may_witness
from yihu.originals.rules import (
    OPEN_DISPOSALS,
    PENDING,
    DisposalState,
    State,
    may_be_destroyed,
)

MOST = 200


@transaction.atomic
def unlock(by: User, unit: OrgUnit, *, allowed: bool, basis: str, at: datetime) -> Custody:
    """Headquarters opens or closes disposal for a unit, on a stated basis. Raises: Denied."""
    require(may_unlock(by), _("开通原件销毁的"))
    said = text_of(basis, _("依据"), 200)
    Custody.objects.bulk_create([Custody(unit=unit)], ignore_conflicts=True)
    custody = Custody.objects.select_for_update().get(unit=unit)
    custody.disposal_unlocked, custody.disposal_basis = allowed, said
    custody.save()
    audit.record(
        by, "disposal.unlocked" if allowed else "disposal.locked", custody, data={"basis": said}
    )
    return custody


@transaction.atomic
def propose(
    by: User,
    unit_id: int,
    keys: Sequence[UUID],
    *,
    reason: str,
    method: str,
    at: datetime,
    today: date,
) -> Disposal:
    """A list to be destroyed. Raises: Denied, Refused (names what stands in the way), Unfit."""
    require(may_keep(by, unit_id), _("提出原件销毁的"))
    said, how = text_of(reason, _("鉴定意见"), 500), text_of(method, _("销毁方式"), 100)
    _unlocked(unit_id)
    lock_unit(unit_id)
    rows = _rows(unit_id, keys)
    _free(unit_id, rows, today)
    made = Disposal.objects.create(
        unit_id=unit_id,
        number=f"X{at:%Y}-{next_number(unit_id):06d}",
        state=DisposalState.PROPOSED,
        reason=said,
        method=how,
        proposed_by=staff_of(by),
        proposed_at=at,
    )
    made.refresh_from_db()
    DisposalLine.objects.bulk_create(
        DisposalLine(unit_id=unit_id, disposal=made, original=row) for row in rows
    )
    audit.record(by, "disposal.proposed", made, data={"number": made.number, "rows": len(rows)})
    return made


@transaction.atomic
def approve(by: User, disposal: Disposal, *, at: datetime) -> Disposal:
    """Another person approves. Raises: Denied, Refused."""
    require(may_decide(by, disposal.unit_id), _("审批原件销毁的"))
    fresh = _locked(disposal, DisposalState.PROPOSED)
    me = staff_of(by)
    if me.pk == fresh.proposed_by_id:
        raise Denied(_("本人提出的销毁须由另一人审批。"))
    _unlocked(fresh.unit_id)
    fresh.state, fresh.approved_by, fresh.approved_at = DisposalState.APPROVED, me, at
    fresh.save()
    audit.record(by, "disposal.approved", fresh, data={"number": fresh.number})
    return fresh


@transaction.atomic
def witness(by: User, disposal: Disposal, *, at: datetime, today: date) -> Disposal:
    """One who watched says so; with the second, it is done and its certificate stands for ever.

    Raises: Denied, Refused where anything has come in the way since.
    """
    require(may_witness(by, disposal.unit_id), _("监销原件的"))
    fresh = _locked(disposal, DisposalState.APPROVED)
    me = staff_of(by)
    if me.pk in (fresh.proposed_by_id, fresh.first_witness_id):
        raise Denied(_("监销须由提出人之外的两个人分别确认。"))
    _unlocked(fresh.unit_id)
    keys = list(fresh.lines.filter(standing=True).values_list("original", flat=True))
    rows = _rows(fresh.unit_id, keys)
    _free(fresh.unit_id, rows, today, mine=fresh)
    if fresh.first_witness_id is None:
        fresh.first_witness, fresh.first_at = me, at
        fresh.save()
        audit.record(by, "disposal.witnessed", fresh, data={"number": fresh.number})
        return fresh
    fresh.second_witness, fresh.second_at, fresh.done_at = me, at, at
    fresh.state = DisposalState.DONE
    fresh.certificate = _certificate(fresh, rows)
    fresh.sha256 = digest_of(fresh.certificate)
    fresh.save()
    Original.objects.filter(unit=fresh.unit_id, pk__in=keys).update(
        state=State.DESTROYED, changed_at=at
    )
    Move.objects.bulk_create(
        Move(
            unit_id=fresh.unit_id,
            original=row,
            from_shelf=row.shelf,
            to_shelf="",
            from_custodian=row.custodian.name,
            to_custodian="",
            reason=_("销毁：%(number)s") % {"number": fresh.number},
            by=me,
            at=at,
        )
        for row in rows
    )
    audit.record_many(
        by,
        "original.destroyed",
        [audit.Line(row, fresh.unit_id, row.dossier_id, {"number": fresh.number}) for row in rows],
    )
    return fresh


@transaction.atomic
def cancel(by: User, disposal: Disposal, *, reason: str, at: datetime) -> Disposal:
    """Give the list up; its originals stay. Raises: Denied, Refused, Unfit."""
    require(may_keep(by, disposal.unit_id), _("提出原件销毁的"))
    said = text_of(reason, _("取消原因"), 200)
    fresh = _locked(disposal, *OPEN_DISPOSALS)
    fresh.state, fresh.cancel_reason = DisposalState.CANCELLED, said
    fresh.save()
    fresh.lines.update(standing=False)
    audit.record(by, "disposal.cancelled", fresh, data={"number": fresh.number, "reason": said})
    return fresh


def _unlocked(unit_id: int) -> None:
    if not Custody.objects.filter(unit=unit_id, disposal_unlocked=True).exists():
        text = _("本单位的原件销毁没有开通：须先确定保管期限表，由集团资源与市场部写明依据后开通。")
        raise Refused(text)


def _rows(unit_id: int, keys: Sequence[UUID]) -> list[Original]:
    rows = list(
        Original.objects.filter(unit=unit_id, pk__in=keys)
        .select_related("custodian")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    if not rows or len(rows) != len(set(keys)):
        raise Refused(_("选中的原件有变，请刷新页面后重选。"))
    if len(rows) > MOST:
        raise Unfit(_("一份销毁清单最多 %(most)d 件。") % {"most": MOST})
    return rows


def _free(
    unit_id: int, rows: Sequence[Original], today: date, *, mine: Disposal | None = None
) -> None:
    """Raises: Refused, naming the first original that may not be destroyed, and why."""
    lists = DisposalLine.objects.filter(unit=unit_id, original__in=rows, standing=True)
    if mine is not None:
        lists = lists.exclude(disposal=mine)
    listed = set(lists.values_list("original", flat=True))
    held = set(
        Hold.objects.filter(unit=unit_id, original__in=rows, released_at=None).values_list(
            "original", flat=True
        )
    )
    lent = set(
        Loan.objects.filter(unit=unit_id, original__in=rows, state__in=PENDING).values_list(
            "original", flat=True
        )
    )
    for row in rows:
        why = ""
        if row.state != State.IN_STOCK:
            why = _("不在库")
        elif row.pk in held:
            why = _("已冻结")
        elif row.pk in lent:
            why = _("有人借阅或申请借阅")
        elif row.pk in listed:
            why = _("已在另一份销毁清单上")
        elif not may_be_destroyed(row.retention, row.year, today):
            why = _("保管期限未满或待定")
        if why:
            text = _("“%(title)s”（%(barcode)s）%(why)s，不能销毁。")
            raise Refused(text % {"title": row.title, "barcode": row.barcode, "why": why})


def _locked(disposal: Disposal, *states: DisposalState) -> Disposal:
    fresh: Disposal = (
        Disposal.objects.select_related("proposed_by", "approved_by", "first_witness")
        .select_for_update(of=("self",))
        .get(unit=disposal.unit_id, pk=disposal.pk)
    )
    if fresh.state not in states:
        text = _("这份销毁清单现在是“%(state)s”，不能这样办理；请刷新页面。")
        raise Refused(text % {"state": fresh.get_state_display()})
    return fresh


def _certificate(done: Disposal, rows: Sequence[Original]) -> dict[str, Any]:
    """The 销毁清册 as plain JSON."""
    assert done.approved_by is not None
    assert done.first_witness is not None
    assert done.second_witness is not None
    assert done.done_at is not None
    return {
        "number": done.number,
        "reason": done.reason,
        "method": done.method,
        "proposed_by": done.proposed_by.name,
        "approved_by": done.approved_by.name,
        "witnesses": [done.first_witness.name, done.second_witness.name],
        "done_at": done.done_at.isoformat(),
        "originals": [
            {
                "barcode": row.barcode,
                "title": row.title,
                "year": row.year,
                "pages": row.pages,
                "copies": row.copies,
                "retention": row.retention,
                "dossier": str(row.dossier_id),
            }
            for row in rows
        ],
    }
