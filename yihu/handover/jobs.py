"""By the clock: events on their day, and by night whether anybody was forgotten (§6.3.4)."""

from pathlib import Path

from django.conf import settings
from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.access.leavers import reconcile
from yihu.handover import folder
from yihu.kit import clock
from yihu.org.actions import apply_personnel_events


@app.periodic(cron="* * * * *")
@app.task(name="personnel.apply", queueing_lock="personnel.apply", pass_context=False)
@for_group()
def apply_by_the_minute(timestamp: int) -> None:
    """From 00:00 in Shanghai on, within a minute."""
    apply_personnel_events(today=clock.today(), now=clock.now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="personnel.folder", queueing_lock="personnel.folder", pass_context=False)
@for_group()
def look_into_folder(timestamp: int) -> None:
    """What the HR system dropped since, where a folder is set; one bad file keeps no other."""
    if settings.HR_FOLDER:
        for path in folder.waiting(Path(settings.HR_FOLDER), clock.now()):
            folder.take(path, today=clock.today(), at=clock.now())


@app.periodic(cron="20 18 * * *")  # cron counts in UTC: 02:20 in Shanghai
@app.task(name="personnel.reconcile", queueing_lock="personnel.reconcile", pass_context=False)
@for_group()
def reconcile_by_night(timestamp: int) -> None:
    """Accounts of people no longer here: none, or closed and reported."""
    reconcile(at=clock.now())
