"""Each minute: the units that were touched; once a day all, as overdue depends on the day."""

from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.boards import actions
from yihu.kit import clock


@app.periodic(cron="* * * * *")
@app.task(name="boards.refresh", queueing_lock="boards.refresh", pass_context=False)
@for_group()
def refresh_touched(timestamp: int) -> None:
    """Whatever was missed, the next minute finds it."""
    actions.refresh(today=clock.today(), at=clock.now())
