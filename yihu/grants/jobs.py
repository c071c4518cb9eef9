"""Grants end with their day, whoever forgets."""

from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.grants.actions import close_lapsed
from yihu.kit.clock import now, today


@app.periodic(cron="15 * * * *")  # hourly: cron counts in UTC and skips what it slept through
@app.task(name="grants.close_lapsed", queueing_lock="grants.close_lapsed", pass_context=False)
@for_group()
def close(timestamp: int) -> None:
    """Say of those that are over that they are; the policies stopped them by themselves."""
    close_lapsed(at=now(), today=today())
