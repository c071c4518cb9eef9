"""The deeds that duties hear of, in the transaction of the deed."""

from yihu.access.entering import for_group
from yihu.audit.models import Event
from yihu.duties.actions import EVERYTHING, Touched, refresh, settle
from yihu.duties.occasions import changed_just_now, note_new_requirements, rated_just_now
from yihu.duties.replanning import replan
from yihu.duties.sources import named
from yihu.guide.models import Edition
from yihu.kit.clock import today

OF_A_UNIT = (
    "customers.imported",
    "contracts.imported",
    "offtake.imported",
    "ratings.imported",
    "rectification.ordered",
)
OF_A_FILE = (
    "contract.signed",
    "dossier.recoded",
    "finding.closed",
    "finding.returned",
    "finding.withdrawn",
    "followup.added",
    "followup.postponed",
    "followup.reopened",
    "followup.resulted",
    "offer.taken",
    "risk.checked",
    "risk.corrected",
    "risk.lifted",
    "risk.raised",
    "visit.cancelled",
    "visit.held",
    "visit.written",
    "workbook.imported",
)
FACTS = Touched(sources=named("basic_change"))
RISKS = Touched(sources=named("risk_check"))
SIGNING = Touched(offtake=True, sources=named("new_customer", "new_contract"))
VISITS = Touched(sources=named("visit", "visit_followup", "visit_result"))
TOUCHES = {
    "contract.signed": SIGNING,
    "dossier.recoded": FACTS,
    "followup.added": VISITS,
    "followup.postponed": VISITS,
    "followup.reopened": VISITS,
    "followup.resulted": VISITS,
    "offer.taken": FACTS,
    "risk.checked": RISKS,
    "risk.corrected": RISKS,
    "risk.lifted": RISKS,
    "risk.raised": RISKS,
    "visit.cancelled": VISITS,
    "visit.held": VISITS,
    "visit.written": VISITS,
}
"""What a deed of one file can bring or fulfil; of others anything is looked for."""
OF_SOME_FILES = ("code.changed", "customer.renamed", "customers.joined", "customers.parted")
ADOPTION = "edition.adopted"
RATING_LIST = "ratings.imported"
APPROVALS = ("version.approved", "versions.approved")

OF_GROUP = ("classes.decided", "rating_round.final")
"""Deeds of headquarters that many units' files change by: a rating made final, classes decided."""


def on_deed(event: Event) -> None:
    """Plan and settle at once what the deed of one unit brought or fulfilled."""
    if event.unit_id is not None:
        refresh(today(), unit_id=event.unit_id)


def on_deed_of_group(event: Event) -> None:
    """Replan every unit (§6.2.1c): at once, or by a job where files are many."""
    replan(event.actor_id, event.verb, today=today())


def on_file(event: Event) -> None:
    """The same for one file, and no other file of the unit: what the deed can have touched."""
    if event.unit_id is not None and event.dossier_id is not None:
        refresh(
            today(),
            files=[(event.unit_id, event.dossier_id)],
            touched=TOUCHES.get(event.verb, EVERYTHING),
        )


def on_files(event: Event) -> None:
    """Headquarters changed facts in files of several units: those files, no other."""
    if files := changed_just_now():
        refresh(today(), files=files)


def on_rating_list(event: Event) -> None:
    """One unit's list of results: every file of those customers, of whatever unit (§6.2.1c).

    What the list's unit does not see is the group's to find.
    """
    with for_group():
        files = rated_just_now()
    if files:
        refresh(today(), files=files)


def on_approval(event: Event) -> None:
    """An approval fulfils; of many files at once, what their unit had open."""
    if event.unit_id is not None:
        settle(today(), unit_id=event.unit_id, dossier_id=event.dossier_id)


def on_adoption(event: Event) -> None:
    """What the guide newly asks of each file; the sweep plans it, as it does for all units."""
    note_new_requirements(Edition.objects.get(pk=int(event.subject_id)))
    refresh(today())
