"""How many single files a person may open: a pace that is held, a day that is told (SECURITY B1).

One statement a reading, counted in the database, so that several workers count as one.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.timezone import localtime

from yihu.access.models import User
from yihu.audit import actions as audit
from yihu.exports.models import Alert
from yihu.exports.rules import RETRY_SECONDS
from yihu.kit.clock import now

View = Callable[..., HttpResponseBase]
COUNT = """
INSERT INTO exports_reading AS r (user_id, day, minute, in_day, in_minute)
VALUES (%s, %s, %s, 1, 1)
ON CONFLICT (user_id) DO UPDATE SET
    in_day = CASE WHEN r.day = EXCLUDED.day THEN r.in_day + 1 ELSE 1 END,
    in_minute = CASE WHEN r.minute = EXCLUDED.minute THEN r.in_minute + 1 ELSE 1 END,
    day = EXCLUDED.day, minute = EXCLUDED.minute
RETURNING in_day, in_minute
"""


def count_reading(user: User, at: datetime) -> tuple[int, int]:
    """One more single file opened: how many today, how many this minute."""
    here = localtime(at)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [user.pk, here.date(), here.replace(second=0, microsecond=0)])
        in_day, in_minute = cursor.fetchone()
    return in_day, in_minute


def raise_alert(user: User, what: str, *, limit: int, at: datetime) -> None:
    """Told once a day to the unit's steward, to the supervisor and in the log."""
    if user.staff is None:
        return
    _alert, first = Alert.objects.get_or_create(
        user=user,
        what=what,
        on=localtime(at).date(),
        defaults={"unit_id": user.staff.unit_id, "limit": limit, "at": at},
    )
    if first:
        audit.record(
            user,
            "quota.passed",
            "access.user",
            unit_id=user.staff.unit_id,
            data={"what": what, "limit": limit},
        )


def may_read_on(user: User, at: datetime) -> bool:
    """Count one more single file, tell of too many, and say whether the pace is kept."""
    in_day, in_minute = count_reading(user, at)
    if in_day == settings.READS_A_DAY + 1:
        raise_alert(user, Alert.What.READS, limit=settings.READS_A_DAY, at=at)
    if in_minute == settings.READS_A_MINUTE + 1:
        raise_alert(user, Alert.What.PACE, limit=settings.READS_A_MINUTE, at=at)
    return in_minute <= int(settings.READS_A_MINUTE)


def counted_read(view: View) -> View:
    """A page that shows one file, document or letter: too many in a minute are answered 429."""

    @wraps(view)
    def counting(request: HttpRequest, **args: object) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User):
            return view(request, **args)
        if not may_read_on(user, now()):
            answer = render(request, "exports/too_fast.html", status=429)
            answer["Retry-After"] = str(RETRY_SECONDS)
            return answer
        return view(request, **args)

    return counting
