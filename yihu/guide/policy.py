"""Who may read the guide, and who makes it (§4.1b)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import UNIT_ROLES, Role


def may_read_guide(user: User) -> bool:
    """All who keep or read customer files; neither ITC nor the auditor."""
    return holds(user, Role.SUPERVISOR, *UNIT_ROLES)


def may_edit_guide(user: User) -> bool:
    """The market department of headquarters makes and publishes it."""
    return holds(user, Role.SUPERVISOR)
