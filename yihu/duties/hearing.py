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

OF_GROUP = ("classes.decided", "rating_round.final")
"""Deeds of headquarters that many units' files change by: a rating made final, classes decided."""


def on_deed(event: Event) -> None:
    """Plan and settle at once what the deed of one unit brought or fulfilled."""
    if event.unit_id is not None:
        refresh(today(), unit_id=event.unit_id)


def on_deed_of_group(event: Event) -> None:
    """Replan every unit at once (§6.2.1c)."""
    refresh(today())
