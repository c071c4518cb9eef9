"""By the clock: publish, start what waits. A lane's job tries again by the queue's own retries."""

import contextlib
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job

from yihu.access.entering import for_group
from yihu.kit.clock import now
from yihu.outbox import actions, queries
from yihu.outbox.rules import PRUNED_AT_ONCE

LANES = 200
"""So many jobs are started at once; the rest ten seconds later."""
IN_ONE_GO = 50
"""Events of a lane that one job sends before it lets others have their turn."""
STUMBLED = timedelta(seconds=30)


class NotDelivered(Exception):
    """The head of the lane did not arrive; try again after `later`."""

    def __init__(self, later: timedelta) -> None:
        super().__init__(f"again in {later.total_seconds():.1f} s")
        self.later = later


class Backoff(BaseRetryStrategy):
    """After what the failure says: doubled from failure to failure, with jitter (`rules.wait`)."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        """Always again: an event that nobody wants is set aside by its own count of refusals."""
        later = exception.later if isinstance(exception, NotDelivered) else STUMBLED
        return RetryDecision(retry_at=now() + later)


@app.periodic(cron="* * * * * */10")
@app.task(
    name="outbox.publish", queueing_lock="outbox.publish", lock="outbox.publish", pass_context=False
)
@for_group()
def publish(timestamp: int) -> None:
    """Number what was committed, and start a job for each lane whose first event waits."""
    while actions.publish() == actions.BATCH:
        pass
    actions.rest_unkept()
    start_lanes()


def start_lanes() -> int:
    """A job for each lane that has none; how many. The group's own work."""
    found = queries.lanes_due(now(), LANES)
    for endpoint_id, lane in found:
        key = f"outbox:{endpoint_id}:{lane}"
        with contextlib.suppress(AlreadyEnqueued):
            deliver_lane.configure(queueing_lock=key).defer(endpoint_id=str(endpoint_id), lane=lane)
    return len(found)


@app.task(name="outbox.deliver", retry=Backoff())
@for_group()
def deliver_lane(endpoint_id: str, lane: str) -> None:
    """What waits in the lane, one after the other. Raises: NotDelivered, for the queue."""
    for _event in range(IN_ONE_GO):
        done = actions.deliver_head(UUID(endpoint_id), lane, at=now())
        if done.wait is not None:
            raise NotDelivered(done.wait)
        if not done.delivered:
            return


@app.periodic(cron="25 18 * * *")  # cron counts in UTC: 02:25 in Shanghai
@app.task(name="outbox.forget", queueing_lock="outbox.forget", pass_context=False)
@for_group()
def forget(timestamp: int) -> None:
    """Deliveries that arrived long ago are no longer listed, nor events beyond their setting."""
    actions.forget(now())
    if settings.EVENTS_KEPT_DAYS and actions.publish() < actions.BATCH:
        while actions.prune(now(), days=settings.EVENTS_KEPT_DAYS) == PRUNED_AT_ONCE:
            pass
