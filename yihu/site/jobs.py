"""Jobs of a worker that died are taken up by the next one; every job may run twice."""

from procrastinate.contrib.django import app

SILENT_SECONDS = 60


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="site.take_up", pass_context=False)
async def take_up_stalled(timestamp: int) -> None:
    """Put back in the queue what a silent worker left unfinished."""
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        await manager.retry_job(job)
