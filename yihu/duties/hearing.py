"""The deeds that duties hear of, in the transaction of the deed."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from yihu.access.entering import for_group
from yihu.audit.models import Event
from yihu.contracts.queries import files_written_just_now
from yihu.dossiers.queries import written_just_now
from yihu.duties.actions import EVERYTHING, Touched, refresh, settle
from yihu.duties.occasions import (
    changed_just_now,
    classed_just_now,
    note_new_requirements,
    rated_just_now,
)
from yihu.duties.replanning import replan
from yihu.duties.sources import named
from yihu.guide.models import Edition
from yihu.kit.clock import today

OF_A_UNIT = ("rectification.ordered",)
OF_A_FILE = (
    "dossier.closed",
    "dossier.recoded",
    "dossier.reopened",
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
FACT = Touched(sources=named("basic_change"), adds=True)
LEDGER = Touched(contracts=True, sources=named("new_customer", "new_contract"))
MONTHS = Touched(months=True)
PROMISE = Touched(sources=named("visit_followup"), adds=True)
RESULT = Touched(sources=named("visit_followup", "visit_result"), adds=True)
RISK = Touched(sources=named("risk_check"), adds=True)
TOUCHES = {
    "code.changed": FACT,
    "contracts.imported": LEDGER,
    "customer.renamed": FACT,
    "dossier.closed": Touched(rests=True),
    "dossier.recoded": FACT,
    "followup.added": PROMISE,
    "followup.postponed": PROMISE,
    "followup.reopened": RESULT,
    "followup.resulted": RESULT,
    "offer.taken": FACT,
    "offtake.imported": MONTHS,
    "risk.checked": RISK,
    "risk.corrected": replace(RISK, adds=False),
    "risk.lifted": replace(RISK, adds=False),
    "risk.raised": RISK,
    "visit.cancelled": Touched(sources=named("visit")),
    "visit.held": Touched(sources=named("visit"), adds=True),
    "visit.written": Touched(sources=named("visit", "visit_followup"), adds=True),
    "workbook.imported": replace(LEDGER, months=True, sources=(*LEDGER.occasions, *FACT.occasions)),
}
"""What a deed can bring or fulfil; of others anything is looked for."""
OF_SOME_FILES = ("code.changed", "customer.renamed", "customers.joined", "customers.parted")
ADOPTION = "edition.adopted"
CONTRACT_LEDGER = "contracts.imported"
CUSTOMER_LEDGER = "customers.imported"
MANY = 1000
"""Of so many files on, a ledger's unit is looked at as a whole: sooner than file by file."""
RATING_LIST = "ratings.imported"
MONTHLY_LEDGER = "offtake.imported"
APPROVALS = ("version.approved", "versions.approved")

OF_GROUP = ("classes.decided", "rating_round.final")
"""Deeds of headquarters that many units' files change by: a rating made final, classes decided."""


def by_list(*, rated: bool, classed: bool) -> Touched:
    """What a list of ratings can have changed, by whether it rated anybody or gave a class."""
    return Touched(review=classed, sources=named("rating") if rated else ())


def on_deed(event: Event) -> None:
    """Plan and settle at once what the deed of one unit brought or fulfilled."""
    if event.unit_id is not None:
        refresh(today(), unit_id=event.unit_id, touched=TOUCHES.get(event.verb, EVERYTHING))


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


def on_customers(event: Event) -> None:
    """A ledger of customers: the files that it opened or amended, and no other of the unit."""
    if event.unit_id is None:
        return
    _on_written(event, written_just_now(event.unit_id).values_list("unit_id", "pk"))


def on_contracts(event: Event) -> None:
    """A ledger of contracts: the files whose contracts it wrote; the unit as a whole where one
    left a file, which no row of it names any more.
    """
    if event.unit_id is None:
        return
    if event.data.get("moved"):
        on_deed(event)
    else:
        _on_written(event, files_written_just_now(event.unit_id))


def _on_written(event: Event, rows: QuerySet[Any, tuple[int, UUID]]) -> None:
    files = list(rows[: MANY + 1])
    if len(files) > MANY:
        on_deed(event)
    elif files:
        refresh(today(), files=files, touched=TOUCHES.get(event.verb, EVERYTHING))


def on_months(event: Event) -> None:
    """A ledger of one file's months is that file's deed; any other is its unit's."""
    if event.dossier_id is not None:
        on_file(event)
    else:
        on_deed(event)


def on_files(event: Event) -> None:
    """Headquarters changed facts in files of several units: those files, no other."""
    if files := changed_just_now():
        refresh(today(), files=files, touched=TOUCHES.get(event.verb, EVERYTHING))


def on_rating_list(event: Event) -> None:
    """One unit's list of results: every file of those customers, of whatever unit (§6.2.1c).

    What the list's unit does not see is the group's to find. A list that gave nobody another class
    changed no cycle, and one that rated nobody brought no update.
    """
    with for_group():
        rated, classed = rated_just_now(), classed_just_now()
    if files := sorted({*rated, *classed}):
        refresh(today(), files=files, touched=by_list(rated=bool(rated), classed=bool(classed)))


def on_approval(event: Event) -> None:
    """An approval fulfils; of many files at once, what their unit had open."""
    if event.unit_id is not None:
        settle(today(), unit_id=event.unit_id, dossier_id=event.dossier_id)


def on_adoption(event: Event) -> None:
    """What the guide newly asks of each file; the sweep plans it, as it does for all units."""
    note_new_requirements(Edition.objects.get(pk=int(event.subject_id)))
    refresh(today())
