"""What changes figures marks its file (or unit), in the transaction of the change."""

from yihu.audit.models import Event
from yihu.boards.models import Touched

TOUCHING = (
    "class.decided", "contracts.imported", "customers.imported",
    "dossier.closed", "dossier.opened", "dossier.recoded", "dossier.reopened", "followup.added",
    "followup.closed",
    "followup.postponed", "followup.reopened", "followup.resulted", "offtake.imported",
    "risk.corrected", "risk.lifted", "risk.raised", "version.approved", "visit.written",
    "waiver.consented", "workbook.imported",
)  # fmt: skip
"""What is heard of nowhere else (many at once, the turn of the day) the sweep finds."""


def touched(event: Event) -> None:
    """One row a change: nobody waits for another's."""
    if event.unit_id is not None:
        Touched.objects.create(unit_id=event.unit_id, file=event.dossier_id, at=event.at)
