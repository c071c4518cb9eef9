"""The text of regulations is read in the background, so that they are found by it."""

import logging
from uuid import UUID

from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.regulations import actions
from yihu.regulations.queries import waiting_for_text

log = logging.getLogger(__name__)
A_SWEEP = 20


@app.task(name="regulations.read")
@for_group()
def read(regulation_id: str) -> None:
    """Read the text of a file; twice is harmless."""
    try:
        actions.read(UUID(regulation_id))
    except Exception:
        log.exception("regulation %s could not be read", regulation_id)
        actions.give_up_reading(UUID(regulation_id))


@app.periodic(cron="5-59/10 * * * *")
@app.task(name="regulations.sweep", queueing_lock="regulations.sweep", pass_context=False)
@for_group()
def sweep(timestamp: int) -> None:
    """Those that still wait: the job was lost, or recognition was installed since."""
    for key in waiting_for_text(A_SWEEP):
        read(str(key))
