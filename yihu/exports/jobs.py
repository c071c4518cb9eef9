"""Long exports are made here, in the scope of whoever asked; hourly, what is over is destroyed."""

import logging
import time
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404
from procrastinate.contrib.django import app

from yihu.access.entering import for_bearer, for_group
from yihu.access.models import User
from yihu.exports import actions
from yihu.exports.kinds import Unanswerable
from yihu.kit import clock

log = logging.getLogger(__name__)
TASK = "exports.make"
LEFT_SECONDS = 3600


@app.task(name=TASK)
def make(takeout_id: str, ticket: str) -> None:
    """Make the file; twice is once, and after the asker's post nothing."""
    with for_bearer(ticket, TASK, takeout_id) as user_id:
        by = User.objects.get(pk=user_id)
        key = UUID(takeout_id)
        try:
            actions.make(by, key, at=clock.now(), today=clock.today())
        except actions.Stopped:
            log.info("takeout %s was stopped", takeout_id)
        except (PermissionDenied, Http404, Unanswerable) as why:
            log.info("takeout %s is not answerable any more: %s", takeout_id, type(why).__name__)
            actions.give_up(by, key, at=clock.now())
        except Exception:
            log.exception("takeout %s could not be made", takeout_id)
            actions.give_up(by, key, at=clock.now())


@app.periodic(cron="25 * * * *")
@app.task(name="exports.expire", queueing_lock="exports.expire", pass_context=False)
@for_group()
def expire(timestamp: int) -> None:
    """Files past their day are destroyed, whoever forgot them."""
    actions.expire(clock.now())
    sweep()


def sweep() -> None:
    """Parts of workbooks that a killed process left; the worker's start makes up for the hour."""
    before = time.time() - LEFT_SECONDS
    for part in settings.EXPORT_TEMP.iterdir():
        if part.is_file() and part.stat().st_mtime < before:
            part.unlink(missing_ok=True)
