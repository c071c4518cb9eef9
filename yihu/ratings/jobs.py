"""A round is computed in the background."""

import logging
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
        actions.give_up_computing(UUID(round_id))
