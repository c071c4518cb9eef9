"""Who answers (§4.2a)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.helpdesk.models import Report


def may_answer(user: User) -> bool:
    """ITC."""
    return holds(user, Role.ITC)


def may_write(user: User, report: Report) -> bool:
    """ITC, and whoever reported it."""
    return report.reporter_id == user.pk or may_answer(user)
