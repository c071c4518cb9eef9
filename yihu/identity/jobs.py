"""By night: what no deed told of."""

from procrastinate.contrib.django import app

from yihu.identity.actions import compare_customers
from yihu.kit import clock


@app.periodic(cron="40 18 * * *")  # cron counts in UTC: 02:40 in Shanghai
@app.task(name="identity.compare", queueing_lock="identity.compare", pass_context=False)
def compare_by_night(timestamp: int) -> None:
    """Compare the statements of every customer that several units keep."""
    compare_customers(None, at=clock.now())
