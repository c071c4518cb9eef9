"""休眠 and 关闭: asked for by the unit's steward, decided by headquarters (§6.1.2, 6.2.1).

A customer whose contracts all ended keeps its file and its clock until headquarters says otherwise.
What a person still owes for the past is done first; what is yet to fall due is dropped.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Least
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.contracts.models import Contract
from yihu.dossiers.models import NEVER, Dossier
from yihu.dossiers.problems import Refused
from yihu.dossiers.queries import pending_draft
from yihu.dossiers.rules import State
from yihu.duties.choices import DutyKind, Verdict
from yihu.duties.deciding import decide, note_of, sentence_of, undecided
from yihu.duties.models import Closure, Duty
from yihu.duties.policy import may_ask, may_consent, may_reopen
from yihu.originals.models import Loan
from yihu.originals.rules import PENDING as LENT

NAMED = 3
"""So many of each kind are named in what stands in the way."""
VERBS = {State.DORMANT: "dossier.rested", State.CLOSED: "dossier.closed"}


def in_the_way(dossier: Dossier, state: str, today: date) -> list[str]:
    """What has to be done before the file is dormant or closed, each with its way out; [] if none.

    Either way no contract runs or is to begin. To be closed, nothing is being filled, lent or owed
    but updates that have not fallen due yet.
    """
    found = [*_running(dossier, today)]
    if state == State.CLOSED:
        found += [*_filled(dossier), *_lent(dossier), *_owed(dossier, today)]
    return found


def _running(dossier: Dossier, today: date) -> Iterable[str]:
    rows = Contract.objects.filter(unit=dossier.unit_id, dossier=dossier.pk)
    rows = rows.annotate(last=Least("ends_on", "terminated_on")).filter(last__gte=today)
    if numbers := list(rows.order_by("number").values_list("number", flat=True)):
        message = ngettext(
            "有 %(n)d 份合同在执行或尚未开始：%(which)s。合同到期或录入终止后再申请。",
            "有 %(n)d 份合同在执行或尚未开始：%(which)s。合同到期或录入终止后再申请。",
            len(numbers),
        )
        yield message % {"n": len(numbers), "which": _named(numbers)}


def _filled(dossier: Dossier) -> Iterable[str]:
    if pending_draft(dossier) is not None:
        yield _("有一份没有审核完的草稿：请先提交并审核通过，或放弃草稿。")


def _lent(dossier: Dossier) -> Iterable[str]:
    rows = Loan.objects.filter(
        unit=dossier.unit_id, original__dossier=dossier.pk, state__in=LENT
    ).values_list("original__barcode", flat=True)
    if lent := sorted(set(rows)):
        message = ngettext(
            "有 %(n)d 件原件在借阅中：%(which)s。请先归还。",
            "有 %(n)d 件原件在借阅中：%(which)s。请先归还。",
            len(lent),
        )
        yield message % {"n": len(lent), "which": _named(lent)}


def _owed(dossier: Dossier, today: date) -> Iterable[str]:
    """Duties that closing would not drop: late ones, months of contracts, promises, risks."""
    asks_for_update = Q(kind=DutyKind.REVIEW) | Q(counts_from__isnull=False) & ~Q(
        kind__in=[DutyKind.NEW_CUSTOMER, DutyKind.NEW_CONTRACT]
    )
    rows = (
        Duty.objects.filter(
            unit=dossier.unit_id, dossier=dossier.pk, done_at=None, dropped_at=None, waived_at=None
        )
        .exclude(asks_for_update, due_on__gte=today)
        .order_by("due_on", "pk")
    )
    if owed := [
        _("%(kind)s（%(on)s 截止）")
        % {"kind": row.get_kind_display(), "on": f"{row.due_on:%Y-%m-%d}"}
        for row in rows
    ]:
        message = ngettext(
            "有 %(n)d 项更新任务没有完成：%(which)s。请先完成，确实不必做的申请豁免。",
            "有 %(n)d 项更新任务没有完成：%(which)s。请先完成，确实不必做的申请豁免。",
            len(owed),
        )
        yield message % {"n": len(owed), "which": _named(owed)}


def _named(found: list[str]) -> str:
    rest = len(found) - NAMED
    named = "、".join(found[:NAMED])
    return named if rest <= 0 else _("%(some)s 等") % {"some": named}


@transaction.atomic
def ask(
    by: User, dossier: Dossier, *, state: str, ground: str, reason: str, at: datetime, today: date
) -> Closure:
    """Ask that a file be dormant or closed. Raises: Denied, Refused, Unfit without a reason."""
    require(may_ask(by, dossier.unit_id), _("申请档案休眠或关闭的"))
    why = sentence_of(
        reason, _("请写明理由，例如“2026 年 9 月合同到期后不再续签，客户已改用他气”。")
    )
    held = _held(dossier)
    if held.state == state:
        raise Refused(_("档案已经是“%(state)s”。") % {"state": held.get_state_display()})
    if held.state == State.CLOSED:
        raise Refused(_("档案已经关闭；要休眠，请先恢复在用。"))
    if Closure.objects.filter(unit=held.unit_id, dossier=held.pk, verdict=Verdict.ASKED).exists():
        raise Refused(_("这份档案已经提过申请，请等待集团审批，或先撤回。"))
    _refuse_while(held, state, today)
    made = Closure.objects.create(
        unit_id=held.unit_id,
        dossier_id=held.pk,
        state=state,
        ground=ground,
        reason=why,
        asked_by=by,
        asked_at=at,
    )
    made.refresh_from_db()
    audit.record(by, "closure.asked", made, dossier_id=held.pk, data=_said(made))
    return made


@transaction.atomic
def consent(by: User, closure: Closure, *, note: str, at: datetime, today: date) -> Closure:
    """The file is dormant or closed from today. Raises: Denied, Refused, Unfit."""
    require(may_consent(by), _("审批休眠和关闭的"))
    dossier = _held(closure.dossier)
    held = undecided(closure)
    _refuse_while(dossier, held.state, today)
    _end(dossier, by=by, why=_("改为关闭"), at=at, today=today)
    held.since = today
    decide(held, Verdict.CONSENTED, by, note=note_of(note), at=at)
    dossier.state = held.state
    dossier.save(update_fields=["state"])
    verb = VERBS[State(held.state)]
    audit.record(by, verb, held, dossier_id=held.dossier_id, data=_said(held))
    return held


@transaction.atomic
def refuse(by: User, closure: Closure, *, note: str, at: datetime) -> Closure:
    """The file stays as it is. Raises: Denied, Refused, Unfit without a reason."""
    require(may_consent(by), _("审批休眠和关闭的"))
    held = undecided(closure)
    why = sentence_of(note, _("请写明不同意的理由，申请单位会看到。"))
    decide(held, Verdict.REFUSED, by, note=why, at=at)
    audit.record(by, "closure.refused", held, dossier_id=held.dossier_id, data=_said(held))
    return held


@transaction.atomic
def withdraw(by: User, closure: Closure, *, at: datetime) -> Closure:
    """The unit takes its request back. Raises: Denied, Refused (decided)."""
    require(may_ask(by, closure.unit_id), _("撤回休眠或关闭申请的"))
    held = undecided(closure)
    decide(held, Verdict.WITHDRAWN, by, note="", at=at)
    audit.record(by, "closure.withdrawn", held, dossier_id=held.dossier_id, data=_said(held))
    return held


@transaction.atomic
def reopen(by: User, dossier: Dossier, *, reason: str, at: datetime, today: date) -> Dossier:
    """恢复在用: its clock runs again from today. Raises: Denied, Refused (in use), Unfit."""
    require(may_reopen(by, dossier.unit_id), _("恢复档案在用的"))
    why = sentence_of(reason, _("请写明恢复在用的理由，例如“客户重新洽谈供气”。"))
    held = _held(dossier)
    if held.state == State.ACTIVE:
        raise Refused(_("档案已经在用，不需要恢复。"))
    ended = _end(held, by=by, why=why, at=at, today=today)
    held.state = State.ACTIVE
    held.save(update_fields=["state"])
    subject = ended if ended is not None else held
    audit.record(by, "dossier.reopened", subject, dossier_id=held.pk, data={"why": why})
    return held


def _held(dossier: Dossier) -> Dossier:
    held: Dossier = Dossier.objects.select_for_update(of=("self",)).get(
        unit=dossier.unit_id, pk=dossier.pk
    )
    return held


def _refuse_while(dossier: Dossier, state: str, today: date) -> None:
    if problems := in_the_way(dossier, state, today):
        raise Refused(" ".join(problems))


def _end(dossier: Dossier, *, by: User, why: str, at: datetime, today: date) -> Closure | None:
    """What the file rests by ends today, from which its state is another."""
    standing: Closure | None = (
        Closure.objects.select_for_update(of=("self",))
        .filter(unit=dossier.unit_id, dossier=dossier.pk, verdict=Verdict.CONSENTED, until=NEVER)
        .first()
    )
    if standing is not None:
        standing.until, standing.ended_by, standing.ended_at = today, by, at
        standing.ended_why = why
        standing.save(update_fields=["until", "ended_by", "ended_at", "ended_why"])
    return standing


def _said(held: Closure) -> dict[str, str]:
    return {"kind": held.state, "cause": held.ground}
