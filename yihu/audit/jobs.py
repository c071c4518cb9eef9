"""The log's own clock: sealed each minute, sent off each hour, partitions ahead.

None of these reads a unit's rows as the application: the owner's functions do.
"""

import logging

from procrastinate.contrib.django import app

from yihu.audit import chain
from yihu.kit import clock

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="audit.seal", queueing_lock="audit.seal", pass_context=False)
def seal(timestamp: int) -> None:
    """A block, were it an empty one."""
    chain.seal()


@app.periodic(cron="*/5 * * * *")
@app.task(name="audit.send", queueing_lock="audit.send", pass_context=False)
def send(timestamp: int) -> None:
    """The head to whoever has had none for an hour, or did not get the last."""
    for tried in chain.send_head(at=clock.now()):
        if tried.problem:
            log.error(
                "head %s could not be sent to %s: %s", tried.number, tried.sink, tried.problem
            )


@app.periodic(cron="15 * * * *")
@app.task(name="audit.months", queueing_lock="audit.months", pass_context=False)
def months(timestamp: int) -> None:
    """Partitions for the months ahead."""
    chain.keep_months()
