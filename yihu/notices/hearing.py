"""The deeds that somebody must be told of, in the transaction of the deed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import reverse

from yihu.access.entering import for_group
from yihu.access.models import RoleRequest
from yihu.access.rules import WAITING, Asked, Role
from yihu.assessment.models import Objection
from yihu.audit.models import Event
from yihu.dossiers.models import Submission
from yihu.duties.models import Closure, Waiver
from yihu.exports.models import Takeout
from yihu.exports.rules import State as TakeoutState
from yihu.grants.models import Grant
from yihu.grants.rules import State
from yihu.handover.models import Handover
from yihu.handover.queries import signers_of
from yihu.helpdesk.models import Report
from yihu.inspections.models import Finding, Order
from yihu.kit.clock import now, today
from yihu.notices.actions import Telling, tell
from yihu.notices.choices import Topic
from yihu.notices.queries import accounts_of, holders
from yihu.originals.models import Loan
from yihu.outbox.models import Endpoint
from yihu.risks.models import Remark
from yihu.visits.models import Followup, Visit
from yihu.visits.queries import ours_of


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom an event reaches: account numbers, the verb that words it, the address to go to.

    `daily`: told once a day, however often it happens; `once`: of each subject one time.
    """

    topic: Topic
    reach: Callable[[Event], tuple[Iterable[int], str, str]]
    daily: bool = False
    once: bool = False

    def key(self, event: Event) -> str:
        """Under which a person is told of the event, the same key once."""
        if self.once:
            return f"{event.verb}:{event.subject_id}"
        return f"{event.verb}:{today()}" if self.daily else f"event:{event.pk}"


def _submitted(event: Event) -> tuple[Iterable[int], str, str]:
    """The file's reviewer, or the unit's reviewers where it has none; never who handed it in."""
    waiting = Submission.objects.select_related("draft__dossier").get(pk=event.subject_id)
    file = waiting.draft.dossier
    people = accounts_of([file.reviewer_id]) or holders(
        Role.REVIEWER, today(), unit_id=file.unit_id
    )
    return people, "draft.submitted", reverse("desk:reviews")


def _returned(event: Event) -> tuple[Iterable[int], str, str]:
    waiting = Submission.objects.select_related("draft").get(pk=event.subject_id)
    address = reverse("desk:fill", kwargs={"pk": waiting.draft.dossier_id})
    return accounts_of([waiting.submitted_by_id]), "draft.returned", address


def _grant(event: Event) -> tuple[Iterable[int], str, str]:
    """To whoever's hand it waits for next; what was decided, to who asked."""
    row = Grant.objects.get(pk=event.subject_id)
    address = reverse("grants:home")
    if row.state == State.ASKED:
        return holders(Role.STEWARD, today(), unit_id=row.unit_id), "grant.asked", address
    if row.state == State.SECOND:
        seconds = {
            *holders(Role.STEWARD, today(), unit_id=row.unit_id),
            *holders(Role.SUPERVISOR, today()),
        }
        return seconds - {row.approved_by_id, row.person_id}, "grant.second", address
    if row.state == State.APPROVED:
        return holders(Role.ITC, today()), "grant.agreed", address
    return [row.person_id], event.verb, address


def _role(event: Event) -> tuple[Iterable[int], str, str]:
    """To whoever's hand it waits for next, never the person; what was decided, to who asked."""
    row = RoleRequest.objects.select_related("staff__account").get(pk=event.subject_id)
    address, own = reverse("role-requests"), set(accounts_of([row.staff_id]))
    if row.state == Asked.ASKED and row.of_group:
        seconds = set(holders(Role.SUPERVISOR, today()))
        return seconds - own - {row.asked_by_id}, "role.second", address
    if row.state in WAITING:
        return set(holders(Role.ITC, today())) - own, event.verb, address
    return [row.asked_by_id], event.verb, address


def _role_ended(event: Event) -> tuple[Iterable[int], str, str]:
    return [int(event.subject_id)], event.verb, reverse("notices:list")


def _loan(event: Event) -> tuple[Iterable[int], str, str]:
    row = Loan.objects.select_related("original").get(pk=event.subject_id)
    address = reverse("originals:show", kwargs={"pk": row.original_id})
    if event.verb == "loan.asked":
        keepers = accounts_of([row.original.custodian_id])
        return (
            keepers or holders(Role.CUSTODIAN, today(), unit_id=row.unit_id),
            event.verb,
            address,
        )
    return accounts_of([row.borrower_id or row.requested_by_id]), event.verb, address


def _handover(event: Event) -> tuple[Iterable[int], str, str]:
    row = Handover.objects.select_related("leaver", "witness").get(pk=event.subject_id)
    people = accounts_of(signer.staff.pk for signer in signers_of(row))
    return people, event.verb, reverse("handover:show", kwargs={"pk": row.pk})


def _followup(event: Event) -> tuple[Iterable[int], str, str]:
    """A new one to its owner; an overdue one also to whoever its step reaches."""
    row = Followup.objects.select_related("dossier").get(pk=event.subject_id)
    address = reverse("visits:show", kwargs={"pk": row.visit_id})
    people = accounts_of([row.owner_id])
    if event.verb == "followup.overdue":
        role = Role(event.data["role"])
        if role == Role.REVIEWER and row.dossier.reviewer_id:
            people += accounts_of([row.dossier.reviewer_id])
        else:
            of_unit = None if role == Role.SUPERVISOR else row.unit_id
            people += holders(role, today(), unit_id=of_unit)
    return people, event.verb, address


def _visit(event: Event) -> tuple[Iterable[int], str, str]:
    """Those of ours who come, once they are invited; another plan to whom it concerns."""
    row = Visit.objects.get(pk=event.subject_id)
    address = reverse("visits:show", kwargs={"pk": row.pk})
    if event.verb == "visit.replanned":
        return accounts_of(event.data["staff"]), event.verb, address
    staff = ours_of(row) if row.invited_at is not None else ()
    return accounts_of(staff), event.verb, address


def _risk(event: Event) -> tuple[Iterable[int], str, str]:
    """A check that is overdue to its owner and the stewards; a wish to lift to who may consent."""
    row = Remark.objects.get(pk=event.subject_id)
    people = holders(Role.STEWARD, today(), unit_id=row.unit_id)
    if event.verb == "risk.check_overdue":
        people += accounts_of([row.owner_id])
    else:
        people += holders(Role.REVIEWER, today(), unit_id=row.unit_id)
    return people, event.verb, reverse("risks:show", kwargs={"pk": row.pk})


def _waiver(event: Event) -> tuple[Iterable[int], str, str]:
    address = reverse("duties:waivers")
    if event.verb == "waiver.asked":
        return holders(Role.SUPERVISOR, today()), event.verb, address
    return [Waiver.objects.get(pk=event.subject_id).asked_by_id], event.verb, address


def _closure(event: Event) -> tuple[Iterable[int], str, str]:
    row = Closure.objects.get(pk=event.subject_id)
    address = reverse("duties:close", kwargs={"pk": row.dossier_id})
    if event.verb == "closure.asked":
        return holders(Role.SUPERVISOR, today()), event.verb, address
    return [row.asked_by_id], event.verb, address


def _order(event: Event) -> tuple[Iterable[int], str, str]:
    """A new order to the unit's stewards; a late one to whoever its step reaches."""
    row = Order.objects.get(pk=event.subject_id)
    people = holders(Role.STEWARD, today(), unit_id=row.unit_id)
    if event.data.get("role") == Role.SUPERVISOR:
        people = [*people, *holders(Role.SUPERVISOR, today())]
    return people, event.verb, reverse("inspections:order", kwargs={"pk": row.pk})


def _finding(event: Event) -> tuple[Iterable[int], str, str]:
    """A reply to who found it; one sent back to who replied last."""
    row = Finding.objects.get(pk=event.subject_id)
    address = reverse("inspections:finding", kwargs={"pk": row.pk})
    if event.verb == "finding.replied":
        return [row.found_by_id], event.verb, address
    return [row.replies.latest("at").by_id], event.verb, address


def _takeout(event: Event) -> tuple[Iterable[int], str, str]:
    """What waits to whoever decides (`exports.policy.may_decide`); the decision to its asker."""
    row = Takeout.objects.select_related("by__staff").get(pk=event.subject_id)
    address = reverse("exports:home")
    if event.verb != "takeout.asked":
        return [row.by_id], event.verb, address
    if row.state != TakeoutState.WAITING:
        return [], event.verb, address
    unit_id = row.by.staff.unit_id if row.by.staff is not None else None
    if row.concerns == [unit_id]:
        return holders(Role.STEWARD, today(), unit_id=unit_id), event.verb, address
    return holders(Role.SUPERVISOR, today()), event.verb, address


def _round(event: Event) -> tuple[Iterable[int], str, str]:
    address = reverse("ratings:round", kwargs={"rating": event.subject_id})
    return holders(Role.SUPERVISOR, today()), event.verb, address


def _askers(event: Event) -> list[int]:
    """Whoever pressed the button of what a job has ended."""
    return [user_id for user_id in event.data["asked_by"] if user_id is not None]


def _round_ended(event: Event) -> tuple[Iterable[int], str, str]:
    address = reverse("ratings:round", kwargs={"rating": event.subject_id})
    return _askers(event), event.verb, address


def _classes_ended(event: Event) -> tuple[Iterable[int], str, str]:
    address = reverse("ratings:classes", kwargs={"rating": event.subject_id})
    return _askers(event), event.verb, address


def _replanned(event: Event) -> tuple[Iterable[int], str, str]:
    return _askers(event), event.verb, reverse("duties:policy")


def _assessment(event: Event) -> tuple[Iterable[int], str, str]:
    """Published or final, to the stewards of every unit; the end of a job to who asked for it."""
    address = reverse("assessment:show", kwargs={"assessment": event.subject_id})
    asked = "asked_by" in event.data
    people = _askers(event) if asked else holders(Role.STEWARD, today())
    return people, event.verb, address


def _objection(event: Event) -> tuple[Iterable[int], str, str]:
    """A new one to headquarters; what was decided to who wrote it."""
    row = Objection.objects.get(pk=event.subject_id)
    address = reverse("assessment:line", kwargs={"pk": row.line_id})
    if event.verb == "objection.made":
        return holders(Role.SUPERVISOR, today()), event.verb, address
    return [row.by_id], event.verb, address


def _of_unit(event: Event) -> tuple[Iterable[int], str, str]:
    """A second steward agrees to a lower mark and to a contact that comes back."""
    people = holders(Role.STEWARD, today(), unit_id=event.unit_id)
    return people, event.verb, reverse("disclosure:seals")


def _report(event: Event) -> tuple[Iterable[int], str, str]:
    """A report that came by itself: to the roles that its schedule names, of the unit's."""
    people = [
        user_id
        for role in event.data["roles"]
        for user_id in holders(Role(role), today(), unit_id=event.unit_id)
    ]
    return people, event.verb, reverse("supervision:show", kwargs={"pk": event.subject_id})


def _help(event: Event) -> tuple[Iterable[int], str, str]:
    """A new one to ITC; an answer to who reported it."""
    if event.verb in ("help.reported", "help.added"):
        return holders(Role.ITC, today()), "help.reported", reverse("help:desk")
    row = Report.objects.get(pk=event.subject_id)
    return [row.reporter_id], event.verb, reverse("help:report", kwargs={"pk": row.pk})


def _endpoint(event: Event) -> tuple[Iterable[int], str, str]:
    """To who may agree; what became of it to who keeps it, what is stuck to ITC."""
    row = Endpoint.objects.get(pk=event.subject_id)
    address = reverse("outbox:endpoint", kwargs={"pk": row.pk})
    if event.verb == "endpoint.asked":
        if row.unit_id is None:
            return holders(Role.SUPERVISOR, today()), event.verb, address
        return holders(Role.STEWARD, today(), unit_id=row.unit_id), event.verb, address
    if event.verb in ("endpoint.agreed", "endpoint.refused"):
        return [row.owner_id], event.verb, address
    if event.verb == "delivery.died":
        address = reverse("outbox:dead")
    return holders(Role.ITC, today()), event.verb, address


RULES = {
    "draft.submitted": Rule(Topic.REVIEW, _submitted, daily=True),
    "draft.returned": Rule(Topic.REVIEW, _returned),
    "grant.asked": Rule(Topic.GRANT, _grant),
    "grant.agreed": Rule(Topic.GRANT, _grant),
    "grant.opened": Rule(Topic.GRANT, _grant),
    "grant.refused": Rule(Topic.GRANT, _grant),
    "role.asked": Rule(Topic.GRANT, _role),
    "role.agreed": Rule(Topic.GRANT, _role),
    "role.opened": Rule(Topic.GRANT, _role),
    "role.refused": Rule(Topic.GRANT, _role),
    "role.ended": Rule(Topic.GRANT, _role_ended),
    "loan.asked": Rule(Topic.LOAN, _loan),
    "loan.approved": Rule(Topic.LOAN, _loan),
    "loan.refused": Rule(Topic.LOAN, _loan),
    "loan.reminded": Rule(Topic.LOAN, _loan),
    "handover.frozen": Rule(Topic.HANDOVER, _handover),
    "visit.invited": Rule(Topic.VISIT, _visit, once=True),
    "visit.replanned": Rule(Topic.VISIT, _visit),
    "visit.cancelled": Rule(Topic.VISIT, _visit),
    "followup.added": Rule(Topic.VISIT, _followup),
    "followup.overdue": Rule(Topic.VISIT, _followup),
    "risk.check_overdue": Rule(Topic.RISK, _risk),
    "risk.lift_asked": Rule(Topic.RISK, _risk),
    "waiver.asked": Rule(Topic.DUTY, _waiver),
    "waiver.consented": Rule(Topic.DUTY, _waiver),
    "waiver.refused": Rule(Topic.DUTY, _waiver),
    "closure.asked": Rule(Topic.DUTY, _closure),
    "closure.refused": Rule(Topic.DUTY, _closure),
    "dossier.rested": Rule(Topic.DUTY, _closure),
    "dossier.closed": Rule(Topic.DUTY, _closure),
    "rectification.ordered": Rule(Topic.INSPECTION, _order),
    "rectification.overdue": Rule(Topic.INSPECTION, _order),
    "finding.replied": Rule(Topic.INSPECTION, _finding, daily=True),
    "finding.returned": Rule(Topic.INSPECTION, _finding),
    "supervision.delivered": Rule(Topic.INSPECTION, _report),
    "takeout.asked": Rule(Topic.EXPORT, _takeout),
    "takeout.made": Rule(Topic.EXPORT, _takeout),
    "takeout.refused": Rule(Topic.EXPORT, _takeout),
    "takeout.failed": Rule(Topic.EXPORT, _takeout),
    "assessment.computed": Rule(Topic.INSPECTION, _assessment),
    "assessment.failed": Rule(Topic.INSPECTION, _assessment),
    "assessment.published": Rule(Topic.INSPECTION, _assessment),
    "assessment.final": Rule(Topic.INSPECTION, _assessment),
    "objection.made": Rule(Topic.INSPECTION, _objection),
    "objection.decided": Rule(Topic.INSPECTION, _objection),
    "rating_round.handed_in": Rule(Topic.RATING, _round),
    "rating_round.computed": Rule(Topic.RATING, _round_ended),
    "rating_round.failed": Rule(Topic.RATING, _round_ended),
    "rating_round.settled": Rule(Topic.RATING, _round_ended),
    "classes.carried_out": Rule(Topic.RATING, _classes_ended),
    "classes.failed": Rule(Topic.RATING, _classes_ended),
    "duties.replanned": Rule(Topic.DUTY, _replanned),
    "duties.replan_failed": Rule(Topic.DUTY, _replanned),
    "help.reported": Rule(Topic.HELP, _help, daily=True),
    "help.added": Rule(Topic.HELP, _help, daily=True),
    "help.answered": Rule(Topic.HELP, _help),
    "help.closed": Rule(Topic.HELP, _help),
    "endpoint.asked": Rule(Topic.OUTBOX, _endpoint),
    "endpoint.agreed": Rule(Topic.OUTBOX, _endpoint),
    "endpoint.refused": Rule(Topic.OUTBOX, _endpoint),
    "endpoint.paused": Rule(Topic.OUTBOX, _endpoint),
    "delivery.died": Rule(Topic.OUTBOX, _endpoint, daily=True),
    "mark.proposed": Rule(Topic.ALERT, _of_unit),
    "contact.unseal_asked": Rule(Topic.ALERT, _of_unit),
}


def on_event(event: Event) -> None:
    """Tell the people whom the event reaches; whoever did it knows already.

    They may be of other units than who did it, so looking for them is the group's own work.
    """
    rule = RULES[event.verb]
    with for_group():
        people, verb, address = rule.reach(event)
        tell(
            [
                Telling(user_id, rule.topic, verb, rule.key(event), address)
                for user_id in sorted(set(people))
                if user_id != event.actor_id
            ],
            at=now(),
        )
