"""Supervision reports of the demo group: last month's came by itself, others were asked for."""

from datetime import date, datetime, timedelta

from yihu.access.models import User
from yihu.org.models import OrgUnit
from yihu.supervision import actions, queries
from yihu.supervision.rules import FIRST_DAY, Kind, last_period

SET_BEFORE = timedelta(days=40)
"""So at least one month's report has come by itself since."""


def report(*, today: date, now: datetime) -> int:
    """Returns how many reports there are."""
    boss, steward = (User.objects.get(username=name) for name in ("RM0001", "GD0005"))
    set_at = now - SET_BEFORE
    actions.arrange(
        boss, Kind.MONTHLY, running=True, day=FIRST_DAY, roles=["supervisor"], at=set_at,
        today=today - SET_BEFORE,
    )  # fmt: skip
    asked = (
        (boss, Kind.QUARTERLY, None),
        (steward, Kind.MONTHLY, _unit("GD")),
    )
    for by, kind, unit in asked:
        row = actions.ask(by, kind, last_period(kind, today).start, unit, at=now, today=today)
        actions.make(by, row.pk, at=now)
    actions.queue_due(today=today, at=now)
    waiting = queries.to_be_made()
    for key in waiting:
        actions.make(None, key, at=now)
    return len(asked) + len(waiting)


def _unit(code: str) -> OrgUnit:
    return OrgUnit.objects.get(code=code)
