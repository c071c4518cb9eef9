"""Who may bring spreadsheets in."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.access.scope import scope_of

IMPORTERS = (Role.FILLER, Role.STEWARD)


def may_import(user: User, unit_id: int) -> bool:
    """The unit's filler or steward; headquarters reads, it never fills (§5.2)."""
    return holds(user, *IMPORTERS, unit_id=unit_id)


def units_to_import_for(user: User) -> list[int]:
    """The units that the person may import for, as ids."""
    roles = scope_of(user).roles
    return sorted({unit for role, unit in roles if unit is not None and role in IMPORTERS})
