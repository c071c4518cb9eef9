"""By night: the figures of the month that runs; those of a month that is over, once."""

from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.clauses import actions
from yihu.kit import clock


@app.periodic(cron="50 19 * * *")  # cron counts in UTC: 03:50 in Shanghai
@app.task(name="clauses.reckon", queueing_lock="clauses.reckon", pass_context=False)
@for_group()
def reckon_by_night(timestamp: int) -> None:
    """Whatever night was missed, months that are over are closed as they stood."""
    actions.reckon(today=clock.today(), at=clock.now())
