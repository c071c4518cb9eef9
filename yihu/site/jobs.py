"""Jobs of a worker that died are taken up by the next one; every job may run twice."""

import logging

from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from yihu.access.entering import for_group
from yihu.audit import chain

log = logging.getLogger(__name__)

SILENT_SECONDS = 60
ATTEMPTS = 3
"""A job that was left so often may be what kills the worker."""


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="site.take_up", pass_context=False)
async def take_up_stalled(timestamp: int) -> None:
    """Put back in the queue what a silent worker left unfinished; give up after a few times."""
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        if job.attempts < ATTEMPTS:
            await manager.retry_job(job)
        else:
            await manager.finish_job(job, Status.FAILED, delete_job=False)


@app.periodic(cron="30 19 * * *")  # cron counts in UTC: 03:30 in Shanghai
@app.task(name="audit.verify", queueing_lock="audit.verify", pass_context=False)
def verify_by_night(timestamp: int) -> None:
    """The log's whole chain against what was sent off."""
    with for_group():
        found = chain.verify(by="worker")
    for fault in found["faults"]:
        log.error("log: %s block %s event %s", fault["kind"], fault["block"], fault["event"])
