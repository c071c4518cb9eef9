"""Who may do what to whose account."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role


def may_see_accounts(user: User) -> bool:
    """ITC sees how accounts stand; nothing of what they are used for."""
    return holds(user, Role.ITC)


def may_run(user: User, account: User) -> bool:
    """ITC runs every account but its own person's: that one is another ITC person's to run."""
    return may_see_accounts(user) and user.pk != account.pk
