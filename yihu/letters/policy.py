"""Who keeps the register of letters, and who may take it out of the house (§4.3c, 5.5)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role

WRITERS = (Role.FILLER, Role.CUSTODIAN)
TAKERS = (*WRITERS, Role.REVIEWER, Role.STEWARD, Role.SUPERVISOR)
READERS = (*TAKERS, Role.READER)


def may_write(user: User, unit_id: int) -> bool:
    """A filler or custodian of the unit, who is one of its people."""
    inside = user.staff is not None and user.staff.unit_id == unit_id
    return inside and holds(user, *WRITERS, unit_id=unit_id)


def may_begin(user: User) -> bool:
    """Writes letters at all, at the own unit."""
    return user.staff is not None and may_write(user, user.staff.unit_id)


def may_read(user: User) -> bool:
    """Those who read customers at all: neither ITC nor the auditor does (§5.5)."""
    return holds(user, *READERS)


def may_take_out(user: User) -> bool:
    """May export and print the register; a reader only looks."""
    return holds(user, *TAKERS)
