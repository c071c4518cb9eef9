"""By the clock: unused accounts are suspended (GB/T 22239 8.1.4.2 c), what expired is swept."""

from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.access.signing.actions import suspend_dormant, sweep
from yihu.kit.clock import now


@app.periodic(cron="35 * * * *")  # hourly: what a night without a worker missed is soon made up
@app.task(queueing_lock="access.dormant", pass_context=False)
@for_group()
def dormant(timestamp: int) -> None:
    """Suspend accounts that were not used for too long."""
    suspend_dormant(now())


@app.periodic(cron="45 * * * *")
@app.task(queueing_lock="access.sweep", pass_context=False)
@for_group()
def swept(timestamp: int) -> None:
    """Remove sessions, tries and reset codes that nobody can use any more."""
    sweep(now())
