"""Jobs of a worker that died are taken up by the next one; every job may run twice."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job, Status
from procrastinate.worker import Worker

from yihu.access.entering import for_group
from yihu.audit import chain
from yihu.intake import actions as intake
from yihu.kit.lost import lost
from yihu.papers import actions as papers

log = logging.getLogger(__name__)

SILENT_SECONDS = 60
ATTEMPTS = 8
"""A job that was left so often may be what kills the worker."""
AGAIN_SECONDS, AGAIN_MOST = 5, 160
"""The wait doubles from loss to loss: a server that restarts again and again is outlasted."""
GIVEN_UP: dict[str, Callable[[Job], None]] = {
    "intake.preview": lambda job: intake.fail(UUID(str(job.task_kwargs["import_id"]))),
    "intake.commit": lambda job: intake.fail(UUID(str(job.task_kwargs["import_id"]))),
    "papers.read": lambda job: papers.give_up_reading(UUID(str(job.task_kwargs["document_id"]))),
}
"""What people see is told that nobody works at it any more."""


class WhenLost(BaseRetryStrategy):
    """A job that lost the database is tried again; one that comes by itself need not be."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """In a moment, then later, a few times; other failures are the job's own."""
        if job.queueing_lock or job.attempts >= ATTEMPTS or not lost(exception):
            return None
        return RetryDecision(retry_in={"seconds": min(AGAIN_SECONDS * 2**job.attempts, AGAIN_MOST)})


def come_again(call_next: Callable[[], Any], context: JobContext, _worker: Worker) -> Any:
    """A middleware of the worker: what lost the database and comes by itself has not failed."""
    try:
        return call_next()
    except Exception as why:
        strategy = app.tasks[context.job.task_name].retry_strategy
        by_itself = context.job.queueing_lock and isinstance(strategy, WhenLost)
        if not (by_itself and lost(why)):
            raise
        log.warning("%s lost the database and comes again by itself", context.job.task_name)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="site.take_up", pass_context=False)
async def take_up_stalled(timestamp: int) -> None:
    """Put back in the queue what a silent worker left unfinished; give up after a few times."""
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        if job.attempts >= ATTEMPTS:
            await manager.finish_job(job, Status.FAILED, delete_job=False)
            await sync_to_async(_give_up)(job)
            continue
        lock = job.queueing_lock
        if lock and await manager.list_jobs_async(queueing_lock=lock, status="todo"):
            # one like it waits already, perhaps for the lock that this one holds
            await manager.finish_job(job, Status.ABORTED, delete_job=True)
        else:
            await manager.retry_job(job)


@for_group()
def _give_up(job: Job) -> None:
    log.error("job %s (%s) was left %s times and is given up", job.id, job.task_name, job.attempts)
    if job.task_name in GIVEN_UP:
        GIVEN_UP[job.task_name](job)


@app.periodic(cron="30 19 * * *")  # cron counts in UTC: 03:30 in Shanghai
@app.task(name="audit.verify", queueing_lock="audit.verify", pass_context=False)
def verify_by_night(timestamp: int) -> None:
    """The log's whole chain against what was sent off."""
    with for_group():
        found = chain.verify(by="worker")
    for fault in found["faults"]:
        log.error("log: %s block %s event %s", fault["kind"], fault["block"], fault["event"])
