"""Lending originals: asked, approved by another, handed out, received, returned (§6.3.3).

Each verb locks the original, then the loan. Who asks or borrows never decides (a constraint says
so too); an original is never out twice: whoever asks while it is claimed waits in line.
"""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import Denied, require, staff_of
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused, Unfit
from yihu.org.models import Staff
from yihu.originals.actions import locked, text_of
from yihu.originals.models import Loan, Move, Original
from yihu.originals.policy import may_borrow, may_decide, may_keep
from yihu.originals.rules import (
    CLAIMS,
    LONGEST_DAYS,
    MOST_RENEWALS,
    Condition,
    LoanState,
    State,
    latest_due,
)


@transaction.atomic
def ask(
    by: User,
    original: Original,
    *,
    purpose: str,
    due_on: date,
    at: datetime,
    today: date,
    outsider: str = "",
    outsider_of: str = "",
    wait: bool = False,
) -> Loan:
    """Ask to borrow, for oneself or (a custodian) for an outsider.

    `wait`: stand in line where somebody else has it. Raises: Denied, Refused, Unfit.
    """
    require(may_borrow(by, original.unit_id), _("借阅原件的"))
    said = text_of(purpose, _("用途"), 200)
    outsider = text_of(outsider, _("外部借阅人"), 60, empty=True)
    outsider_of = text_of(outsider_of, _("外部单位"), 100, empty=bool(not outsider))
    if outsider:
        require(may_keep(by, original.unit_id), _("为外部人员登记借阅的"))
    _due(due_on, today)
    fresh = locked(original)
    if fresh.state not in (State.IN_STOCK, State.LENT):
        text = _("“%(title)s”已%(state)s，不能借阅。")
        raise Refused(text % {"title": fresh.title, "state": fresh.get_state_display()})
    claims = Loan.objects.filter(unit=fresh.unit_id, original=fresh, state__in=CLAIMS)
    claimed = claims.select_related("borrower").first()
    if claimed is not None and not wait:
        text = _("“%(title)s”已由%(who)s借阅或申请，应还日期 %(due)s；可勾选“排队等候”再申请。")
        words = {"title": fresh.title, "who": borrower_of(claimed), "due": claimed.due_on}
        raise Refused(text % words)
    loan = Loan.objects.create(
        unit_id=fresh.unit_id,
        original=fresh,
        state=LoanState.WAITING if claimed is not None else LoanState.ASKED,
        purpose=said,
        borrower=None if outsider else staff_of(by),
        outsider=outsider,
        outsider_of=outsider_of,
        requested_by=staff_of(by),
        requested_at=at,
        due_on=due_on,
    )
    loan.refresh_from_db()
    _record(by, "loan.asked", loan, {"purpose": said, "due_on": due_on})
    return loan


def borrower_of(loan: Loan) -> str:
    """Whoever has it, by name."""
    if loan.borrower is not None:
        return str(loan.borrower.name)
    return f"{loan.outsider}（{loan.outsider_of}）" if loan.outsider_of else loan.outsider


@transaction.atomic
def decide(by: User, loan: Loan, *, approve: bool, note: str, at: datetime, today: date) -> Loan:
    """Approve or refuse. Never by whoever asked or borrows. Raises: Denied, Refused, Unfit."""
    require(may_decide(by, loan.unit_id), _("审批原件借阅的"))
    note = text_of(note, _("审批意见"), 200, empty=approve)
    fresh = _locked(loan, LoanState.ASKED)
    me = staff_of(by)
    if me.pk in (fresh.requested_by_id, fresh.borrower_id):
        raise Denied(_("本人申请的借阅须由另一人审批。"))
    if approve and fresh.due_on < today:
        raise Refused(_("应还日期 %(due)s 已过，请申请人重新申请。") % {"due": fresh.due_on})
    fresh.state = LoanState.APPROVED if approve else LoanState.REFUSED
    fresh.decided_by, fresh.decided_at, fresh.decision_note = me, at, note
    fresh.save()
    _record(by, "loan.approved" if approve else "loan.refused", fresh, {"note": note})
    if not approve:
        _next_in_line(fresh)
    return fresh


@transaction.atomic
def withdraw(by: User, loan: Loan, *, at: datetime) -> Loan:
    """Take one's own request back before it is handed out. Raises: Denied, Refused."""
    require(may_borrow(by, loan.unit_id), _("借阅原件的"))
    fresh = _locked(loan, LoanState.WAITING, LoanState.ASKED, LoanState.APPROVED)
    if staff_of(by).pk not in (fresh.requested_by_id, fresh.borrower_id):
        raise Denied(_("只能撤回本人的借阅申请。"))
    fresh.state = LoanState.WITHDRAWN
    fresh.save(update_fields=["state"])
    _record(by, "loan.withdrawn", fresh, {})
    _next_in_line(fresh)
    return fresh


@transaction.atomic
def hand_out(by: User, loan: Loan, *, at: datetime) -> Loan:
    """The custodian gives the original out. Raises: Denied, Refused."""
    require(may_keep(by, loan.unit_id), _("交出原件的"))
    fresh = _locked(loan, LoanState.APPROVED)
    me = staff_of(by)
    if me.pk == fresh.borrower_id:
        raise Denied(_("本人借阅的原件须由另一名保管人交出。"))
    fresh.state, fresh.handed_by, fresh.handed_at = LoanState.OUT, me, at
    fresh.save()
    original = fresh.original
    original.state, original.changed_at = State.LENT, at
    original.save(update_fields=["state", "changed_at"])
    _move(fresh, original.shelf, "", borrower_of(fresh), _("借出"), me, at)
    _record(by, "loan.handed", fresh, {"to": borrower_of(fresh), "due_on": fresh.due_on})
    return fresh


@transaction.atomic
def receive(by: User, loan: Loan, *, at: datetime) -> Loan:
    """The borrower says that they have it: the second of two confirmations."""
    require(may_borrow(by, loan.unit_id), _("借阅原件的"))
    fresh = _locked(loan, LoanState.OUT)
    me = staff_of(by)
    if me.pk != fresh.borrower_id:
        raise Denied(_("只能由借阅人本人确认收到。"))
    if fresh.received_at is not None:
        raise Refused(_("已经确认收到。"))
    fresh.received_by, fresh.received_at = me, at
    fresh.save(update_fields=["received_by", "received_at"])
    _record(by, "loan.received", fresh, {})
    return fresh


@transaction.atomic
def renew(by: User, loan: Loan, *, due_on: date, today: date) -> Loan:
    """A later due date, given by whoever approves. Raises: Denied, Refused, Unfit."""
    require(may_decide(by, loan.unit_id), _("审批原件借阅的"))
    _due(due_on, today)
    fresh = _locked(loan, LoanState.OUT)
    if staff_of(by).pk in (fresh.requested_by_id, fresh.borrower_id):
        raise Denied(_("本人申请的借阅须由另一人审批。"))
    if fresh.renewals >= MOST_RENEWALS:
        text = _("已续借 %(most)d 次，请先归还再重新申请。")
        raise Refused(text % {"most": MOST_RENEWALS})
    if due_on <= fresh.due_on:
        raise Unfit(_("续借日期应晚于现在的应还日期 %(due)s。") % {"due": fresh.due_on})
    if Loan.objects.filter(
        unit=fresh.unit_id, original=fresh.original_id, state=LoanState.WAITING
    ).exists():
        raise Refused(_("还有人排队等候这份原件，不能续借。"))
    before, fresh.due_on = fresh.due_on, due_on
    fresh.renewals += 1
    fresh.save(update_fields=["due_on", "renewals"])
    _record(by, "loan.renewed", fresh, {"from": before, "to": due_on})
    return fresh


@transaction.atomic
def remind(by: User, loan: Loan, *, at: datetime) -> Loan:
    """Press for the return; it stands on the borrower's page. Raises: Denied, Refused."""
    require(may_keep(by, loan.unit_id), _("催还原件的"))
    fresh = _locked(loan, LoanState.OUT)
    fresh.reminders += 1
    fresh.reminded_at = at
    fresh.save(update_fields=["reminders", "reminded_at"])
    _record(by, "loan.reminded", fresh, {"times": fresh.reminders})
    return fresh


@transaction.atomic
def take_back(by: User, loan: Loan, *, condition: str, note: str, at: datetime) -> Loan:
    """The original is back in its place, in the condition that is said. Raises: as above."""
    require(may_keep(by, loan.unit_id), _("收回原件的"))
    if condition not in Condition.values:
        raise Unfit(_("请选择归还时的状况。"))
    said = text_of(note, _("状况说明"), 200, empty=condition == Condition.INTACT)
    fresh = _locked(loan, LoanState.OUT)
    me = staff_of(by)
    if me.pk == fresh.borrower_id:
        raise Denied(_("本人借阅的原件须由另一名保管人收回。"))
    fresh.state, fresh.taken_by, fresh.returned_at = LoanState.RETURNED, me, at
    fresh.condition, fresh.condition_note = condition, said
    fresh.save()
    original = fresh.original
    original.state, original.custodian, original.changed_at = State.IN_STOCK, me, at
    original.placed_by, original.placed_at = me, at
    original.save()
    _move(fresh, "", original.shelf, me.name, _("归还入库"), me, at)
    _record(by, "loan.returned", fresh, {"condition": condition, "note": said})
    _next_in_line(fresh)
    return fresh


def _locked(loan: Loan, *states: LoanState) -> Loan:
    locked(loan.original)
    fresh: Loan = (
        Loan.objects.select_related("original__dossier", "borrower")
        .select_for_update(of=("self",))
        .get(unit=loan.unit_id, pk=loan.pk)
    )
    if fresh.state not in states:
        text = _("这笔借阅现在是“%(state)s”，不能这样办理；请刷新页面。")
        raise Refused(text % {"state": fresh.get_state_display()})
    return fresh


def _next_in_line(loan: Loan) -> None:
    """Whoever has waited longest asks now."""
    rows = Loan.objects.filter(unit=loan.unit_id, original=loan.original_id)
    if rows.filter(state__in=CLAIMS).exists():
        return
    first = rows.filter(state=LoanState.WAITING).order_by("requested_at", "pk").first()
    if first is not None:
        first.state = LoanState.ASKED
        first.save(update_fields=["state"])


def _due(due_on: date, today: date) -> None:
    if due_on < today:
        raise Unfit(_("应还日期不能早于今天。"))
    if due_on > latest_due(today):
        raise Unfit(_("一次最多借 %(days)d 天，请把应还日期提前。") % {"days": LONGEST_DAYS})


def _move(
    loan: Loan, before: str, after: str, holder: str, reason: str, by: Staff, at: datetime
) -> None:
    Move.objects.create(
        unit_id=loan.unit_id,
        original_id=loan.original_id,
        from_shelf=before,
        to_shelf=after,
        from_custodian=by.name if before else borrower_of(loan)[:80],
        to_custodian=holder[:80],
        reason=reason,
        by=by,
        at=at,
    )


def _record(by: User, verb: str, loan: Loan, data: dict[str, object]) -> None:
    audit.record(
        by,
        verb,
        loan,
        dossier_id=loan.original.dossier_id,
        data={"original": loan.original.barcode, **data},
    )
