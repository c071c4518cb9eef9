"""The deeds that duties hear of, in the transaction of the deed."""

from yihu.audit.models import Event
from yihu.duties.actions import refresh
from yihu.kit.clock import today

VERBS = (
    "customers.imported",
    "contracts.imported",
    "offtake.imported",
    "ratings.imported",
    "version.approved",
    "versions.approved",
)


def on_deed(event: Event) -> None:
    """Plan and settle at once what the deed of one unit brought or fulfilled."""
    if event.unit_id is not None:
        refresh(today(), unit_id=event.unit_id)
