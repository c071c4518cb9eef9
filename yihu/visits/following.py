"""What came of visits: follow-ups until they are closed with a result, needs until they are done.

Each result is event d of §6.2.1 once more; what is late goes up step by step (§6.4).
"""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require, staff_of
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused, Unfit
from yihu.visits.actions import Promise, Wish, heard, opened, promised, reason_of, words_of
from yihu.visits.choices import OPEN, RUNNING, Entry, FollowupState, NeedState, State
from yihu.visits.models import Followup, Need, Progress, Visit
from yihu.visits.policy import may_move, may_write
from yihu.visits.rules import ESCALATION, due_before

MOST = 2_000
"""Characters of a progress entry or a result."""
SAID_MOST = 500
"""Characters of an answer to a need."""


@transaction.atomic
def add_followup(by: User, visit: Visit, promise: Promise, *, at: datetime) -> Followup:
    """One more thing to follow up of a visit. Raises: Denied, Refused, Unfit."""
    _of_held(by, visit)
    return promised(by, visit, promise, at=at)


@transaction.atomic
def add_need(by: User, visit: Visit, wish: Wish) -> Need:
    """One more thing that the customer asked for. Raises: Denied, Refused, Unfit."""
    _of_held(by, visit)
    return heard(by, visit, wish)


@transaction.atomic
def progress(by: User, followup: Followup, *, text: str, at: datetime) -> Followup:
    """How it goes. Raises: Denied, Refused (closed), Unfit (nothing said)."""
    held = _locked(by, followup)
    if held.state not in RUNNING:
        raise Refused(_("已有结果的事项不再登记进展；如需继续，请重新打开。"))
    words = words_of(text, _("进展"), MOST, needed=True)
    held.state = FollowupState.DOING
    held.save(update_fields=["state"])
    return _noted(by, held, Entry.PROGRESS, words, "followup.progressed", at)


@transaction.atomic
def result(by: User, followup: Followup, *, text: str, at: datetime) -> Followup:
    """What came of it; the file is due again (§6.2.1d). Raises: Denied, Refused, Unfit."""
    held = _locked(by, followup)
    if held.state not in RUNNING:
        raise Refused(_("这一事项已有结果。"))
    held.result = words_of(text, _("结果"), MOST, needed=True)
    held.state, held.resulted_at = FollowupState.RESULTED, at
    held.save(update_fields=["result", "state", "resulted_at"])
    return _noted(by, held, Entry.RESULT, held.result, "followup.resulted", at)


@transaction.atomic
def close(by: User, followup: Followup, *, text: str, confirmed: bool, at: datetime) -> Followup:
    """办结: it has its result, which the customer confirmed or not.

    `text`: the result where none was written yet. Raises: Denied, Refused, Unfit (no result).
    """
    held = _locked(by, followup)
    if held.state not in OPEN:
        raise Refused(_("这一事项已办结。"))
    if held.state in RUNNING:
        held = result(by, held, text=text, at=at)
    held.state, held.closed_at, held.confirmed = FollowupState.CLOSED, at, confirmed
    held.save(update_fields=["state", "closed_at", "confirmed"])
    words = _("客户已确认") if confirmed else _("客户未确认")
    return _noted(by, held, Entry.CLOSE, words, "followup.closed", at)


@transaction.atomic
def reopen(
    by: User, followup: Followup, *, text: str, due_on: date | None, at: datetime, today: date
) -> Followup:
    """It was not over; a new day is set, and what was told of before is told again.

    Raises: Denied, Refused (still running), Unfit (no reason, day in the past).
    """
    require(may_write(by, followup.unit_id), _("登记客户访谈的"))
    held = _locked(by, followup)
    if held.state in RUNNING:
        raise Refused(_("这一事项还在跟进，无需重新打开。"))
    why = reason_of(text, _("请写明重新打开的原因。"))
    before, held.due_on = held.due_on, _ahead(due_on, today)
    held.state, held.escalated, held.result, held.confirmed = FollowupState.DOING, 0, "", False
    held.resulted_at = held.closed_at = None
    held.save()
    return _noted(by, held, Entry.REOPEN, why, "followup.reopened", at, before)


@transaction.atomic
def postpone(
    by: User, followup: Followup, *, text: str, due_on: date | None, at: datetime, today: date
) -> Followup:
    """Another day, with a reason: by who writes for the unit, not by the owner alone.

    Raises: Denied, Refused, Unfit.
    """
    require(may_write(by, followup.unit_id), _("登记客户访谈的"))
    held = _locked(by, followup)
    if held.state not in RUNNING:
        raise Refused(_("已有结果的事项不能调整期限。"))
    why = reason_of(text, _("请写明调整期限的原因。"))
    before, held.due_on = held.due_on, _ahead(due_on, today)
    held.escalated = 0
    held.save(update_fields=["due_on", "escalated"])
    words = _("%(before)s → %(after)s：%(why)s") % {
        "before": before, "after": held.due_on, "why": why,
    }  # fmt: skip
    return _noted(by, held, Entry.DUE, words, "followup.postponed", at, before)


@transaction.atomic
def answer(by: User, need: Need, *, text: str, on: date) -> Need:
    """已答复: what the customer was told. Raises: Denied, Refused (answered), Unfit."""
    held = _need(by, need)
    if held.state != NeedState.HEARD:
        raise Refused(_("这条诉求已答复。"))
    held.answer = words_of(text, _("答复"), SAID_MOST, needed=True)
    held.state, held.answered_on = NeedState.ANSWERED, on
    held.save(update_fields=["answer", "state", "answered_on"])
    audit.record(by, "need.answered", held, dossier_id=held.dossier_id)
    return held


@transaction.atomic
def finish(by: User, need: Need, *, text: str, on: date) -> Need:
    """已落实: what was promised was done. Raises: Denied, Refused (not answered, done), Unfit."""
    held = _need(by, need)
    if held.state != NeedState.ANSWERED:
        raise Refused(_("先答复客户，再登记落实情况。"))
    held.outcome = words_of(text, _("落实情况"), SAID_MOST, needed=True)
    held.state, held.done_on = NeedState.DONE, on
    held.save(update_fields=["outcome", "state", "done_on"])
    audit.record(by, "need.done", held, dossier_id=held.dossier_id)
    return held


@transaction.atomic
def escalate(today: date) -> int:
    """Raise what is late to its step, one statement a step; each is told of once a step.

    Returns how many were raised. The work of the group: call it `with for_group()`.
    """
    raised = 0
    for step in reversed(ESCALATION):
        late = Followup.objects.filter(
            state__in=RUNNING, due_on__lte=due_before(step, today), escalated__lt=step.number
        )
        keys = list(late.select_for_update().values_list("pk", flat=True))
        Followup.objects.filter(pk__in=keys).update(escalated=step.number)
        for row in Followup.objects.filter(pk__in=keys).order_by("due_on", "id"):
            audit.record(  # one by one: slices above hear each of them
                None, "followup.overdue", row, dossier_id=row.dossier_id,
                data={
                    "step": step.number, "role": step.role.value, "due_on": row.due_on,
                    "late_days": row.late_days(today),
                },
            )  # fmt: skip
        raised += len(keys)
    return raised


def _of_held(by: User, visit: Visit) -> None:
    require(may_write(by, visit.unit_id), _("登记客户访谈的"))
    opened(visit.dossier)
    if visit.state not in (State.HELD, State.WRITTEN):
        raise Refused(_("访谈进行之后才能登记跟进事项和诉求。"))


def _locked(by: User, followup: Followup) -> Followup:
    held: Followup = (
        Followup.objects.select_for_update(of=("self",))
        .select_related("dossier", "visit")
        .get(unit=followup.unit_id, pk=followup.pk)
    )
    require(may_move(by, held), _("办理跟进事项的"))
    opened(held.dossier)
    return held


def _need(by: User, need: Need) -> Need:
    held: Need = (
        Need.objects.select_for_update(of=("self",))
        .select_related("dossier")
        .get(unit=need.unit_id, pk=need.pk)
    )
    require(may_move(by, held), _("办理客户诉求的"))
    opened(held.dossier)
    return held


def _ahead(due_on: date | None, today: date) -> date:
    if due_on is None or due_on < today:
        raise Unfit(_("请填写今天或以后的期限。"))
    return due_on


def _noted(
    by: User,
    followup: Followup,
    entry: Entry,
    words: str,
    verb: str,
    at: datetime,
    before: date | None = None,
) -> Followup:
    """A line of its history; `before`: by when it was due until now, where that changes."""
    Progress.objects.create(
        unit_id=followup.unit_id, dossier_id=followup.dossier_id, followup=followup, entry=entry,
        text=words, due_on=before, by=staff_of(by), at=at,
    )  # fmt: skip
    audit.record(
        by, verb, followup, dossier_id=followup.dossier_id,
        data={"number": followup.visit.number, "due_on": followup.due_on},
    )  # fmt: skip
    return followup
