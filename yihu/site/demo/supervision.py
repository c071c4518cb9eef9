"""Supervision reports of the demo group: last month's came by itself, others were asked for."""

from datetime import date, datetime, timedelta

from yihu.access.models import User
from yihu.org.models import OrgUnit
from yihu.supervision import actions, queries
from yihu.supervision.rules import Kind, due_on, last_period

DAY = 5


def report(*, today: date, now: datetime) -> int:
    """Returns how many reports there are."""
    boss, steward = (User.objects.get(username=name) for name in ("RM0001", "GD0005"))
    due = due_on(last_period(Kind.MONTHLY, today), DAY)
    set_at = now - timedelta(days=max(1, (today - due).days + 1))
    actions.arrange(
        boss, Kind.MONTHLY, running=True, day=DAY, roles=["supervisor"], at=set_at,
        today=set_at.date(),
    )  # fmt: skip
    asked = [(boss, Kind.QUARTERLY, None), (steward, Kind.MONTHLY, _unit("GD"))]
    if today < due:
        asked.append((boss, Kind.MONTHLY, None))
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
