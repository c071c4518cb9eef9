"""By the worker: the draw and the checks of an inspection; by night what is late goes up."""

import logging
from uuid import UUID

from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.inspections import checking, rectifying
from yihu.kit import clock

log = logging.getLogger(__name__)


@app.task(name="inspections.check")
@for_group()
def check(inspection_id: str) -> None:
    """Step by step, so that it may be left alone: run again, it goes on where it stopped."""
    key = UUID(inspection_id)
    try:
        checking.run(key, at=clock.now())
    except Exception as why:
        log.exception("inspection %s could not be checked", key)
        checking.give_up(key, type(why).__name__)


@app.periodic(cron="35 18 * * *")  # cron counts in UTC: 02:35 in Shanghai
@app.task(name="inspections.escalate", queueing_lock="inspections.escalate", pass_context=False)
@for_group()
def escalate_by_night(timestamp: int) -> None:
    """Whatever night was missed, the step is that of today."""
    rectifying.escalate(clock.today())
