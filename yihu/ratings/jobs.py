"""A round is computed, made final, its classes carried out in the background."""

import logging
from datetime import date
from uuid import UUID

from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.kit import clock
from yihu.ratings import actions

log = logging.getLogger(__name__)


@app.task(name="ratings.compute")
@for_group()
def compute(round_id: str) -> None:
    """Compute a round that waits for it; twice is harmless, and broken it can be asked again."""
    try:
        actions.compute(UUID(round_id), at=clock.now())
    except Exception:
        log.exception("rating round %s could not be computed", round_id)
        actions.give_up(UUID(round_id))


@app.task(name="ratings.finalise")
@for_group()
def finalise(round_id: str, day: str) -> None:
    """Carry out the decision that a round is final; twice is once."""
    try:
        actions.finalise_asked(UUID(round_id), today=date.fromisoformat(day))
    except Exception:
        log.exception("rating round %s could not be made final", round_id)
        actions.give_up(UUID(round_id))


@app.task(name="ratings.carry_out")
@for_group()
def carry_out(round_id: str, day: str) -> None:
    """Let accepted classes reach customers and files; twice is once."""
    try:
        actions.carry_out(UUID(round_id), today=date.fromisoformat(day))
    except Exception:
        log.exception("classes of rating round %s could not be carried out", round_id)
        actions.give_up_classes(UUID(round_id))
