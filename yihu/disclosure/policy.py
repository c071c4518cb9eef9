"""Who reads a file unmasked, who sets its mark, who seals (§5.5)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.access.scope import scope_of
from yihu.disclosure.rules import KEEPERS


def keeps(user: User, unit_id: int) -> bool:
    """Fills, reviews or heads the unit's files."""
    return holds(user, *KEEPERS, unit_id=unit_id)


def kept_units(user: User, *besides: Role) -> list[int]:
    """The units whose files the person keeps; `besides`: or in which one holds such a role."""
    roles = scope_of(user).roles
    wanted = (*KEEPERS, *besides)
    return sorted({unit for role, unit in roles if unit is not None and role in wanted})


def may_mark(user: User, unit_id: int) -> bool:
    """The unit's steward sets level, period and circle, and seals contacts."""
    return holds(user, Role.STEWARD, unit_id=unit_id)


def may_second(user: User, unit_id: int) -> bool:
    """A second person for lowering and unsealing: another steward, a reviewer, headquarters."""
    return holds(user, Role.STEWARD, Role.REVIEWER, unit_id=unit_id) or holds(user, Role.SUPERVISOR)


def may_read_register(user: User) -> bool:
    """Stewards their unit's lines, supervisors all, the auditor only the counts."""
    return holds(user, Role.STEWARD, Role.SUPERVISOR, Role.AUDITOR)
