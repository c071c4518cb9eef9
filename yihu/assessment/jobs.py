"""An assessment is computed in the background."""

import logging
from uuid import UUID

from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.assessment import actions
from yihu.kit import clock

log = logging.getLogger(__name__)


@app.task(name="assessment.compute")
@for_group()
def compute(assessment_id: str) -> None:
    """Compute an assessment that waits for it; twice is once, and broken it can be asked again."""
    try:
        actions.compute(UUID(assessment_id), at=clock.now())
    except Exception:
        log.exception("assessment %s could not be computed", assessment_id)
        actions.give_up(UUID(assessment_id))
