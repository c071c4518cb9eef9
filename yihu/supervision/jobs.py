"""By the worker: a report that somebody asked for, and those that come by themselves."""

import contextlib
import logging
from uuid import UUID

from django.core.exceptions import PermissionDenied
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from yihu.access.entering import for_bearer, for_group, ticket
from yihu.access.models import User
from yihu.kit import clock
from yihu.supervision import actions, queries
from yihu.supervision.models import Report

log = logging.getLogger(__name__)
TASK = "supervision.make"


def begin(report: Report) -> None:
    """Its job, in the scope of the asker and for this report only."""
    assert report.asked_by_id is not None
    key = str(report.pk)
    make.defer(report_id=key, ticket=ticket(report.asked_by_id, TASK, key))


@app.task(name=TASK)
def make(report_id: str, ticket: str) -> None:
    """What somebody asked for; twice is once, and after the asker's post nothing."""
    with for_bearer(ticket, TASK, report_id) as user_id:
        _make(User.objects.get(pk=user_id), UUID(report_id))


@app.task(name="supervision.make_due")
@for_group()
def make_due(report_id: str) -> None:
    """What a schedule asked for; what fails is tried again in the next hour."""
    _make(None, UUID(report_id))


@app.periodic(cron="10 * * * *")
@app.task(name="supervision.come_due", queueing_lock="supervision.come_due", pass_context=False)
@for_group()
def come_due(timestamp: int) -> None:
    """Whatever hours were missed, the next finds what is due; what went away is given up."""
    now = clock.now()
    actions.give_up_stuck(now)
    actions.queue_due(today=clock.today(), at=now)
    for key in queries.to_be_made():
        with contextlib.suppress(AlreadyEnqueued):
            lock = f"supervision.make_due:{key}"
            make_due.configure(queueing_lock=lock).defer(report_id=str(key))


def _make(by: User | None, key: UUID) -> None:
    try:
        actions.make(by, key, at=clock.now())
    except actions.Stopped:
        log.info("report %s was stopped", key)
    except PermissionDenied:
        log.info("report %s is no longer the asker's", key)
        actions.give_up(by, key)
    except Exception:
        log.exception("report %s could not be made", key)
        actions.give_up(by, key)
