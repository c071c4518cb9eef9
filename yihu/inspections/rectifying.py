"""What was found is ordered to be put right, answered, verified, closed or returned (§6.4.2)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused, Unfit
from yihu.inspections import queries
from yihu.inspections.choices import OWING, FindingState, Judgement, Root, State
from yihu.inspections.inspecting import keep_evidence, words_of
from yihu.inspections.models import Finding, Inspection, Order, Reply
from yihu.inspections.policy import leads, may_answer, may_verify
from yihu.inspections.rules import ESCALATION, due_before
from yihu.kit.turns import take_turn
from yihu.org.models import OrgUnit

TEXT_MOST, ORDER_MOST, NOTE_MOST, REASON_MOST = 2_000, 500, 300, 200


@transaction.atomic
def order(
    by: User,
    inspection: Inspection,
    unit: OrgUnit,
    *,
    due_on: date,
    text: str,
    at: datetime,
    today: date,
) -> Order:
    """整改通知书: all findings of the unit that were not sent yet, in one order with one day.

    The duties stand in the same transaction (`rectification.ordered`). Raises: Denied, Refused
    (nothing to send, not open), Unfit (day, text).
    """
    require(leads(by, inspection), _("下发整改的"))
    if inspection.state != State.OPEN:
        raise Refused(_("只有检查中的检查可以下发整改。"))
    if due_on <= today:
        raise Unfit(_("整改期限应在今天以后。"))
    words = words_of(text, _("要求"), ORDER_MOST)
    rows = Finding.objects.filter(unit=unit, inspection=inspection, state=FindingState.OPEN)
    keys = list(rows.select_for_update().values_list("pk", flat=True))
    if not keys:
        raise Refused(_("%(unit)s没有待下发的问题。") % {"unit": unit.short_name})
    take_turn("orders", unit.pk)
    made = Order.objects.create(
        unit=unit,
        inspection=inspection,
        number=queries.next_order_number(unit, today.year),
        due_on=due_on,
        text=words,
        issued_by=by,
        issued_at=at,
    )
    made.refresh_from_db()
    Finding.objects.filter(pk__in=keys).update(
        order=made, due_on=due_on, state=FindingState.ORDERED
    )
    audit.record(
        by, "rectification.ordered", made,
        data={"number": made.number, "findings": len(keys), "due_on": due_on},
    )  # fmt: skip
    return made


@transaction.atomic
def reply(
    by: User,
    finding: Finding,
    *,
    text: str,
    root: str,
    files: Sequence[tuple[BinaryIO, str]] = (),
    at: datetime,
) -> Reply:
    """How it was put right, why it came to it, and what shows it (§4.3b).

    Raises: Denied, Refused (not owed), Unfit, a file's problems.
    """
    held = _locked(finding)
    require(may_answer(by, held.unit_id), _("回复整改的"))
    if held.state not in OWING:
        raise Refused(_("这个问题现在不需要回复。"))
    if root not in Root.values:
        raise Unfit(_("请选择问题的原因。"))
    made = Reply.objects.create(
        unit_id=held.unit_id,
        finding=held,
        text=words_of(text, _("整改情况"), TEXT_MOST, needed=True),
        root=root,
        by=by,
        at=at,
    )
    made.refresh_from_db()
    keep_evidence(by, held, files, at=at, reply=made)
    held.state = FindingState.REPLIED
    held.save(update_fields=["state"])
    audit.record(by, "finding.replied", held, dossier_id=held.dossier_id, data={"root": root})
    return made


@transaction.atomic
def verify(
    by: User,
    finding: Finding,
    *,
    judgement: str,
    note: str,
    due_on: date | None = None,
    at: datetime,
    today: date,
) -> Finding:
    """Accept the reply and close the finding, or return it with a reason and a day.

    Closed, it counts as put right when the reply came. Raises: Denied, Refused, Unfit.
    """
    held = _locked(finding)
    require(may_verify(by, held), _("复核整改的"))
    if held.state != FindingState.REPLIED:
        raise Refused(_("这个问题没有待复核的回复。"))
    waiting: Reply = held.replies.select_for_update().get(judgement="")
    if waiting.by_id == by.pk:
        raise Refused(_("回复人不能复核自己的回复，请由他人复核。"))
    if judgement not in Judgement.values:
        raise Unfit(_("请选择同意销号或退回。"))
    back = judgement == Judgement.RETURNED
    words = words_of(note, _("退回的理由") if back else _("复核意见"), NOTE_MOST, needed=back)
    if back and due_on is not None and due_on <= today:
        raise Unfit(_("整改期限应在今天以后。"))
    waiting.judgement, waiting.note, waiting.judged_by, waiting.judged_at = (
        judgement, words, by, at,
    )  # fmt: skip
    waiting.save(update_fields=["judgement", "note", "judged_by", "judged_at"])
    if back:
        held.state = FindingState.RETURNED
        held.due_on = due_on or held.due_on
        held.save(update_fields=["state", "due_on"])
        audit.record(by, "finding.returned", held, dossier_id=held.dossier_id)
        return held
    held.state, held.righted_at = FindingState.CLOSED, waiting.at
    held.closed_by, held.closed_at = by, at
    held.save(update_fields=["state", "righted_at", "closed_by", "closed_at"])
    audit.record(by, "finding.closed", held, dossier_id=held.dossier_id)
    return held


@transaction.atomic
def withdraw(by: User, finding: Finding, *, reason: str) -> Finding:
    """It was none after all, and why; it stays in the books. Raises: Denied, Refused, Unfit."""
    held = _locked(finding)
    require(leads(by, held.inspection), _("撤销问题的"))
    if held.state in (FindingState.CLOSED, FindingState.WITHDRAWN):
        raise Refused(_("已销号或已撤销的问题不能再撤销。"))
    why = words_of(reason, _("撤销的理由"), REASON_MOST, needed=True)
    held.state, held.withdrawn_why = FindingState.WITHDRAWN, why
    held.save(update_fields=["state", "withdrawn_why"])
    audit.record(by, "finding.withdrawn", held, dossier_id=held.dossier_id)
    return held


@transaction.atomic
def escalate(today: date) -> int:
    """Raise orders of which something is late to their step; each is told of once a step.

    Returns how many. The work of the group: call it `with for_group()`.
    """
    raised = 0
    for step in reversed(ESCALATION):
        late = Order.objects.filter(
            pk__in=queries.late_orders(due_before(step, today)), escalated__lt=step.number
        )
        for row in list(late.select_for_update(of=("self",)).order_by("due_on", "id")):
            row.escalated = step.number
            row.save(update_fields=["escalated"])
            audit.record(
                None, "rectification.overdue", row,
                data={"step": step.number, "role": step.role.value, "number": row.number},
            )  # fmt: skip
            raised += 1
    return raised


def _locked(finding: Finding) -> Finding:
    found: Finding = (
        Finding.objects.select_for_update(of=("self",))
        .select_related("inspection", "subject")
        .get(unit=finding.unit_id, pk=finding.pk)
    )
    return found
