"""By night: what no deed told of."""

from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.identity.actions import compare_customers
from yihu.identity.joining import find_look_alikes
from yihu.kit import clock


@app.periodic(cron="40 18 * * *")  # cron counts in UTC: 02:40 in Shanghai
@app.task(name="identity.compare", queueing_lock="identity.compare", pass_context=False)
@for_group()
def compare_by_night(timestamp: int) -> None:
    """Compare the statements of every customer that several units keep."""
    compare_customers(None, at=clock.now())


@app.periodic(cron="50 18 * * *")  # 02:50 in Shanghai
@app.task(name="identity.alike", queueing_lock="identity.alike", pass_context=False)
@for_group()
def look_by_night(timestamp: int) -> None:
    """Propose customers of similar names."""
    find_look_alikes(at=clock.now())


@app.task(name="identity.alike_now", queueing_lock="identity.alike_now")
@for_group()
def look_now() -> None:
    """The same, because somebody asked."""
    find_look_alikes(at=clock.now())
