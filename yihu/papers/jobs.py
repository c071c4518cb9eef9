"""What happens to documents in the background: their text is read, their content hashed again."""

import logging
from uuid import UUID

from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.kit import clock
from yihu.kit.lost import lost
from yihu.papers import actions
from yihu.papers.queries import waiting_for_text
from yihu.papers.verify import verify_sample

log = logging.getLogger(__name__)
A_SWEEP = 50


@app.task(name="papers.read")
@for_group()
def read(document_id: str) -> None:
    """Read the text of a document; twice is harmless."""
    try:
        actions.read(UUID(document_id))
    except Exception as why:
        if lost(why):
            raise  # the queue tries again
        log.exception("document %s could not be read", document_id)
        actions.give_up_reading(UUID(document_id))


@app.periodic(cron="*/10 * * * *")
@app.task(name="papers.sweep", queueing_lock="papers.sweep", pass_context=False)
@for_group()
def sweep(timestamp: int) -> None:
    """Those that still wait: brought in by a door that queued no job, or by one that was lost."""
    for key in waiting_for_text(A_SWEEP):
        read(str(key))


@app.periodic(cron="20 2 * * *")
@app.task(name="papers.verify", queueing_lock="papers.verify", pass_context=False)
@for_group()
def verify_by_night(timestamp: int) -> None:
    """Hash a sample of the stored contents again; what is amiss stands on its documents."""
    found = verify_sample(at=clock.now())
    for line in found.faults:
        log.error("stored content %s: %s", line.sha256, line.fault.value)
