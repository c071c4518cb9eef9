"""By night: what is late goes up a step, once (§6.2.1d, 6.4)."""

from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.kit.clock import today
from yihu.visits.following import escalate


@app.periodic(cron="25 18 * * *")  # cron counts in UTC: 02:25 in Shanghai
@app.task(name="visits.escalate", queueing_lock="visits.escalate", pass_context=False)
@for_group()
def escalate_by_night(timestamp: int) -> None:
    """Whatever night was missed, the step is that of today."""
    escalate(today())
