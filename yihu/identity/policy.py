"""Only headquarters reads the customer table as such (DESIGN §2)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role


def may_settle(user: User) -> bool:
    """A supervisor: sees all units' statements, settles, joins, renames."""
    return holds(user, Role.SUPERVISOR)
