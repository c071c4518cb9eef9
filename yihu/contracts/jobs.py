"""By night: tables for the months of offtake ahead."""

from procrastinate.contrib.django import app

from yihu.contracts import months


@app.periodic(cron="40 19 * * *")  # cron counts in UTC: 03:40 in Shanghai
@app.task(name="contracts.months", queueing_lock="contracts.months", pass_context=False)
def keep_months(timestamp: int) -> None:
    """What the database itself does: no row is read as the application."""
    months.keep_months(most=1)
