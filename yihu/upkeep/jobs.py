"""By the clock: copies in their slots, one restored weekly, broken-off files swept (§4.2b)."""

import logging

from django.conf import settings
from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.kit import clock
from yihu.upkeep import queries, trying
from yihu.upkeep.chest import key, made_key
from yihu.upkeep.copies import shelf
from yihu.upkeep.rules import COPIES_FROM, TRIAL_EVERY, TRIALS_FROM, due
from yihu.upkeep.taking import take
from yihu.upkeep.tidying import tidy

log = logging.getLogger(__name__)


@app.periodic(cron="*/5 * * * *")
@app.task(name="upkeep.copy", queueing_lock="upkeep.copy", lock="upkeep", pass_context=False)
@for_group()
def copy(timestamp: int) -> None:
    """A copy, where a slot has begun since the last; what fails is tried at the next tick."""
    at, last = clock.now(), queries.newest_copy()
    since = last.at if last is not None else queries.born()
    every = settings.BACKUP_EVERY
    if not settings.BACKUP or since is None or not due(since, at, first=COPIES_FROM, every=every):
        return
    made_key()
    taken = take(shelf(), key(), at=at, by="worker")
    for sha256 in taken.missing:
        log.error("stored content %s could not be copied", sha256)


@app.periodic(cron="10 * * * *")
@app.task(name="upkeep.trial", queueing_lock="upkeep.trial", lock="upkeep", pass_context=False)
@for_group()
def trial(timestamp: int) -> None:
    """Restore the newest copy beside the live database, once a week."""
    at, last = clock.now(), queries.newest_trial()
    since = last.at if last is not None else queries.born()
    if since is None or queries.newest_copy() is None:
        return
    if due(since, at, first=TRIALS_FROM, every=TRIAL_EVERY):
        tried = trying.try_newest(shelf(), key(), by="worker")
        if tried.problem:
            log.error("the copy %s could not be restored", tried.name)


@app.periodic(cron="50 18 * * *")  # cron counts in UTC: 02:50 in Shanghai
@app.task(name="upkeep.tidy", queueing_lock="upkeep.tidy", pass_context=False)
def tidy_by_night(timestamp: int) -> None:
    """Take away what killed writers left of files."""
    gone = tidy(clock.now())
    if gone:
        log.warning("%s parts of files that nobody finished were taken away", gone)
