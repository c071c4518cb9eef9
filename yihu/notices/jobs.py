"""By the clock: who is to be reminded, and what may leave now."""

import contextlib

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from yihu.access.entering import for_group
from yihu.kit.clock import now, today
from yihu.notices.actions import deliver, remind
from yihu.notices.queries import channels_due
from yihu.notices.rules import MORNING


@app.periodic(cron="5 * * * *")  # hourly: a machine that slept through the morning tells later
@app.task(name="notices.remind", queueing_lock="notices.remind", pass_context=False)
@for_group()
def remind_all(timestamp: int) -> None:
    """Everybody whom a step of the ladder reaches; told once however often this runs."""
    at = now()
    if at.time() >= MORNING:
        remind(today(), at=at)


@app.periodic(cron="* * * * *")
@app.task(name="notices.deliver", queueing_lock="notices.deliver", pass_context=False)
@for_group()
def deliver_due(timestamp: int) -> None:
    """A job for each channel on which something is due: one that hangs keeps no other waiting."""
    for channel_id in channels_due(now()):
        key = str(channel_id)
        with contextlib.suppress(AlreadyEnqueued):
            send_one.configure(queueing_lock=f"notices.send:{key}").defer(channel_id=key)


@app.task(name="notices.send")
@for_group()
def send_one(channel_id: str) -> None:
    """What is due on the channel, as one message; what failed waits for its next time."""
    deliver(channel_id, at=now())
