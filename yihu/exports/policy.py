"""Who decides on what leaves the house, and who sees what left (§5.5)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.access.scope import scope_of
from yihu.exports.models import Takeout


def may_decide(user: User, takeout: Takeout) -> bool:
    """Never the asker. Of one unit, asked for by its own people: its steward. Of several, or asked
    for by headquarters: a supervisor, who decides as well where a steward asks.
    """
    if takeout.by_id == user.pk:
        return False
    if holds(user, Role.SUPERVISOR):
        return True
    asker = takeout.by.staff.unit_id if takeout.by.staff is not None else None
    return (
        holds(user, Role.STEWARD)
        and len(takeout.concerns) == 1
        and {takeout.concerns[0], asker} <= scope_of(user).own_ids
    )


def decides(user: User) -> bool:
    """Decides on some requests at all."""
    return holds(user, Role.STEWARD, Role.SUPERVISOR)


def may_trace(user: User) -> bool:
    """Finds who took a paper out by its code; the auditor does so in the log."""
    return holds(user, Role.STEWARD, Role.SUPERVISOR)
