"""Who looks after the installation (§4.2)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role


def may_look(user: User) -> bool:
    """ITC keeps the data safe and whole; nothing of a customer stands on its pages."""
    return holds(user, Role.ITC)
