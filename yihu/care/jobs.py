"""By night: the group's first segments, what is suggested, this month of every segment."""

from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.care import actions
from yihu.kit import clock


@app.periodic(cron="40 19 * * *")  # cron counts in UTC: 03:40 in Shanghai
@app.task(name="care.reckon", queueing_lock="care.reckon", pass_context=False)
@for_group()
def reckon_by_night(timestamp: int) -> None:
    """Whatever night was missed, suggestions and months are those of today."""
    actions.load_default_segments(at=clock.now())
    actions.propose(today=clock.today())
    actions.reckon_month(today=clock.today())
