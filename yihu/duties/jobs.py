"""The nightly sweep: finds what was missed, also after days without a worker."""

from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.duties.actions import refresh
from yihu.kit.clock import now, today
from yihu.org.actions import apply_personnel_events


@app.periodic(cron="5 * * * *")  # hourly: cron counts in UTC and skips what it slept through
@app.task(queueing_lock="duties.sweep", pass_context=False)
@for_group()
def sweep(timestamp: int) -> None:
    """People whose day has come leave; then every unit's duties as of today."""
    apply_personnel_events(today=today(), now=now())
    refresh(today())
