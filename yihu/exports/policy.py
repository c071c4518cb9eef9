"""Who decides on what leaves the house, and who sees what left (§5.5)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.exports.models import Takeout


def may_decide(user: User, takeout: Takeout) -> bool:
    """Never the asker. Of one unit: its steward. Of several: a supervisor.

    Where the asker is that steward, a supervisor decides as well; otherwise nobody could.
    """
    if takeout.by_id == user.pk:
        return False
    if holds(user, Role.SUPERVISOR):
        return True
    (first, *others) = takeout.concerns or [0]
    return not others and holds(user, Role.STEWARD, unit_id=first)


def decides(user: User) -> bool:
    """Decides on some requests at all."""
    return holds(user, Role.STEWARD, Role.SUPERVISOR)


def may_trace(user: User) -> bool:
    """Finds who took a paper out by its code; the auditor does so in the log."""
    return holds(user, Role.STEWARD, Role.SUPERVISOR)
