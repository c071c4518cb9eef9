"""Waivers: asked for by the unit's steward with a reason, consented to by a supervisor (§6.4.2)."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused
from yihu.duties.actions import settle
from yihu.duties.choices import Verdict
from yihu.duties.deciding import decide, note_of, sentence_of, undecided
from yihu.duties.models import Duty, Waiver
from yihu.duties.policy import may_ask, may_consent
from yihu.duties.queries import standing_waiver


@transaction.atomic
def ask(by: User, duty: Duty, *, reason: str, at: datetime) -> Waiver:
    """Ask that an open duty be waived. Raises: Denied, Refused (done, asked before), Unfit."""
    require(may_ask(by, duty.unit_id), _("申请豁免更新任务的"))
    why = sentence_of(reason, _("请写明豁免的理由，例如“客户停产检修，本季度无资料可更新”。"))
    held = _open(duty)
    if standing_waiver(held) is not None:
        raise Refused(_("这项任务已经申请过豁免，请等待集团审批。"))
    made = Waiver.objects.create(
        unit_id=held.unit_id,
        dossier_id=held.dossier_id,
        duty=held,
        reason=why,
        asked_by=by,
        asked_at=at,
    )
    made.refresh_from_db()
    audit.record(by, "waiver.asked", made, dossier_id=made.dossier_id, data=_said(held))
    return made


@transaction.atomic
def consent(by: User, waiver: Waiver, *, note: str, at: datetime, today: date) -> Waiver:
    """The duty is waived: it is owed no more and counts apart. Raises: Denied, Refused, Unfit."""
    require(may_consent(by), _("审批豁免的"))
    held = undecided(waiver)
    duty = _open(held.duty)
    decide(held, Verdict.CONSENTED, by, note=note_of(note), at=at)
    duty.waived_at = at
    duty.save(update_fields=["waived_at"])
    settle(today, unit_id=duty.unit_id, dossier_id=duty.dossier_id)
    audit.record(by, "waiver.consented", held, dossier_id=held.dossier_id, data=_said(duty))
    return held


@transaction.atomic
def refuse(by: User, waiver: Waiver, *, note: str, at: datetime) -> Waiver:
    """The duty stays owed. Raises: Denied, Refused, Unfit without a reason."""
    require(may_consent(by), _("审批豁免的"))
    held = undecided(waiver)
    why = sentence_of(note, _("请写明不同意的理由，申请单位会看到。"))
    decide(held, Verdict.REFUSED, by, note=why, at=at)
    audit.record(by, "waiver.refused", held, dossier_id=held.dossier_id, data=_said(held.duty))
    return held


@transaction.atomic
def withdraw(by: User, waiver: Waiver, *, at: datetime) -> Waiver:
    """The unit takes its request back. Raises: Denied, Refused (decided)."""
    require(may_ask(by, waiver.unit_id), _("撤回豁免申请的"))
    held = undecided(waiver)
    decide(held, Verdict.WITHDRAWN, by, note="", at=at)
    audit.record(by, "waiver.withdrawn", held, dossier_id=held.dossier_id, data=_said(held.duty))
    return held


def _open(duty: Duty) -> Duty:
    held: Duty = Duty.objects.select_for_update().get(unit=duty.unit_id, pk=duty.pk)
    if held.done_at is not None:
        raise Refused(_("这项任务已经完成，不需要豁免。"))
    if held.dropped_at is not None or held.waived_at is not None:
        raise Refused(_("这项任务已经取消或豁免。"))
    return held


def _said(duty: Duty) -> dict[str, str]:
    return {"duty": str(duty.pk), "kind": duty.kind, "due_on": str(duty.due_on)}
