"""The deeds that duties hear of, in the transaction of the deed."""

from yihu.audit.models import Event
from yihu.duties.actions import refresh, settle
from yihu.duties.occasions import changed_just_now, note_new_requirements
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
OF_SOME_FILES = ("code.changed", "customer.renamed", "customers.joined", "customers.parted")
ADOPTION = "edition.adopted"
APPROVALS = ("version.approved", "versions.approved")

OF_GROUP = ("classes.decided", "rating_round.final")
"""Deeds of headquarters that many units' files change by: a rating made final, classes decided."""


def on_deed(event: Event) -> None:
    """Plan and settle at once what the deed of one unit brought or fulfilled."""
    if event.unit_id is not None:
        refresh(today(), unit_id=event.unit_id)


def on_deed_of_group(event: Event) -> None:
    """Replan every unit at once (§6.2.1c)."""
    refresh(today())


def on_file(event: Event) -> None:
    """The same for one file, and no other file of the unit."""
    if event.unit_id is not None and event.dossier_id is not None:
        refresh(today(), unit_id=event.unit_id, dossier_id=event.dossier_id)


def on_files(event: Event) -> None:
    """Headquarters changed facts in files of several units: those files, no other."""
    for unit_id, dossier_id in changed_just_now():
        refresh(today(), unit_id=unit_id, dossier_id=dossier_id)


def on_approval(event: Event) -> None:
    """An approval fulfils; of many files at once, what their unit had open."""
    if event.unit_id is not None:
        settle(today(), unit_id=event.unit_id, dossier_id=event.dossier_id)


def on_adoption(event: Event) -> None:
    """What the guide newly asks of each file; the sweep plans it, as it does for all units."""
    note_new_requirements(Edition.objects.get(pk=int(event.subject_id)))
    refresh(today())
