"""By the clock: accounts that nobody uses are suspended (GB/T 22239 8.1.4.2 c)."""

from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.access.signing.actions import forget_tries, suspend_dormant
from yihu.kit.clock import now


@app.periodic(cron="35 * * * *")  # hourly: what a night without a worker missed is soon made up
@app.task(queueing_lock="access.dormant", pass_context=False)
@for_group()
def dormant(timestamp: int) -> None:
    """Suspend accounts that were not used for too long."""
    suspend_dormant(now())


@app.periodic(cron="45 * * * *")
@app.task(queueing_lock="access.tries", pass_context=False)
@for_group()
def tries(timestamp: int) -> None:
    """Forget failed tries of more than a day ago."""
    forget_tries(now())
