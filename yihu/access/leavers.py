"""Whoever is no longer employed here can no longer sign in (§6.3.4)."""

from datetime import datetime

from django.db import transaction

from yihu.access.ending import end_all, end_roles
from yihu.access.entering import for_group
from yihu.access.models import User
from yihu.audit import actions as audit
from yihu.audit.models import Event
from yihu.org.rules import EmploymentStatus


@for_group()
def end_posts(event: Event) -> None:
    """On `personnel.applied`: all that those who left hold ends in the same transaction.

    Where only a second post (兼职) is over, the roles at that unit end and the rest stands.
    """
    at = datetime.fromisoformat(event.data["at"])
    gone = User.objects.filter(staff__in=event.data["staff"]).exclude(
        staff__status=EmploymentStatus.ACTIVE
    )
    for user in gone.order_by("pk"):
        _close(user, at)
    for staff, unit_id in event.data["concurrent"]:
        for user in User.objects.filter(staff=staff):
            ended = end_roles([user.pk], at, unit_id=unit_id)
            audit.record(
                None, "roles.ended", user, unit_id=unit_id, data={"staff": staff, "ended": ended}
            )


@transaction.atomic
def reconcile(*, at: datetime) -> list[str]:
    """Close what should have closed: open accounts of people no longer here. Their numbers.

    Nothing to do is what is expected; whatever it finds stands in the log as an account that
    outlived its post.
    """
    left = User.objects.filter(is_active=True, staff__isnull=False).exclude(
        staff__status=EmploymentStatus.ACTIVE
    )
    found = list(left.order_by("pk"))
    for user in found:
        _close(user, at)
    if found:
        numbers = [user.username for user in found]
        audit.record(None, "accounts.reconciled", "access.user", data={"accounts": numbers})
    return [user.username for user in found]


def _close(user: User, at: datetime) -> None:
    ended = {name: count for name, count in end_all([user.pk], at).items() if count}
    if ended:
        assert user.staff is not None
        audit.record(
            None,
            "account.closed",
            user,
            unit_id=user.staff.unit_id,
            data={
                "account": user.username,
                "staff": user.staff_id,
                "status": user.staff.status,
                "ended": ended,
            },
        )
