"""The nightly sweep: finds what was missed, also after days without a worker; and what is long."""

import logging

from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.duties import replanning
from yihu.duties.actions import refresh
from yihu.kit.clock import now, today
from yihu.org.actions import apply_personnel_events

log = logging.getLogger(__name__)


@app.periodic(cron="5 * * * *")  # hourly: cron counts in UTC and skips what it slept through
@app.task(queueing_lock="duties.sweep", pass_context=False)
@for_group()
def sweep(timestamp: int) -> None:
    """People whose day has come leave; then every unit's duties as of today."""
    apply_personnel_events(today=today(), now=now())
    refresh(today())


@app.task(name="duties.replan")
@for_group()
def replan(replan_id: int) -> None:
    """Plan every unit anew after a decision of the group; twice is once."""
    try:
        replanning.carry_out(replan_id, at=now(), today=today())
    except Exception:
        log.exception("replan %s did not come to its end", replan_id)
        replanning.give_up(replan_id, at=now())
