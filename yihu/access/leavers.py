"""Whoever is no longer employed here can no longer sign in (§6.3.4)."""

from yihu.access.models import User
from yihu.audit.models import Event
from yihu.org.rules import EmploymentStatus


def close_accounts(event: Event) -> None:
    """On `personnel.applied`: accounts of those who left close, in the same transaction.

    The account is read anew on each request, so an open session ends with its next one.
    """
    User.objects.filter(staff_id__in=event.data["staff"]).exclude(
        staff__status=EmploymentStatus.ACTIVE
    ).update(is_active=False)
