"""By night: what the rules find, and checks whose day has passed."""

from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.kit import clock
from yihu.risks.proposing import propose, tell_overdue


@app.periodic(cron="10 19 * * *")  # cron counts in UTC: 03:10 in Shanghai
@app.task(name="risks.look", queueing_lock="risks.look", pass_context=False)
@for_group()
def look_by_night(timestamp: int) -> None:
    """Propose remarks on every unit's files, then tell which checks are overdue."""
    propose(today=clock.today())
    tell_overdue(today=clock.today())
