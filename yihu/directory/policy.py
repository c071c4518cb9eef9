"""Who keeps the directory's tokens and groups, and who agrees to what a group gives (§6.3.2)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.directory.models import Mapping


def may_keep(user: User) -> bool:
    """Tokens, and which group gives which role: ITC."""
    return holds(user, Role.ITC)


def may_look(user: User) -> bool:
    """Has groups to keep or to agree to."""
    return holds(user, Role.ITC, Role.STEWARD, Role.SUPERVISOR)


def may_agree(user: User, row: Mapping) -> bool:
    """The unit's steward; for a steward's and the group's own roles a supervisor, for these two."""
    if row.ended_at is not None or row.in_force or user.pk in {row.made_by_id, row.agreed_by_id}:
        return False
    if row.of_group or row.role == Role.STEWARD:
        return holds(user, Role.SUPERVISOR)
    return holds(user, Role.STEWARD, unit_id=row.unit_id)


def may_end(user: User, row: Mapping) -> bool:
    """ITC, the unit's steward, headquarters."""
    if row.ended_at is not None:
        return False
    near = row.unit_id is not None and holds(user, Role.STEWARD, unit_id=row.unit_id)
    return near or holds(user, Role.ITC, Role.SUPERVISOR)
