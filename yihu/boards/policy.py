"""Who reads boards, and whose money they tell (§5.5)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.access.scope import scope_of
from yihu.disclosure.policy import kept_units

READERS = (Role.FILLER, Role.REVIEWER, Role.STEWARD, Role.SUPERVISOR)
FEWEST = 3
"""An amount of fewer customers would tell what one of them pays."""


def may_read(user: User) -> bool:
    """The keepers of a unit's files that one, supervisors all."""
    return holds(user, *READERS)


def reads_money(user: User) -> bool:
    """Keeps every unit in scope, so that prices and amounts are not masked for them."""
    scope = scope_of(user)
    return not scope.everything and scope.own_ids & scope.whole_units <= set(kept_units(user))


def tells(user: User, files: int) -> bool:
    """Whether a sum of money over so many customers is told."""
    return files == 0 or files >= FEWEST or reads_money(user)
