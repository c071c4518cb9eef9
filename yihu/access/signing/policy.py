"""Who may do what to whose account."""

from yihu.access.models import PasswordReset, User
from yihu.access.policy import holds
from yihu.access.rules import Role


def may_see_accounts(user: User) -> bool:
    """ITC sees how accounts stand; nothing of what they are used for."""
    return holds(user, Role.ITC)


def may_run(user: User, account: User) -> bool:
    """ITC runs every account but its own person's: that one is another ITC person's to run."""
    return may_see_accounts(user) and user.pk != account.pk


def may_hand(user: User, reset: PasswordReset) -> bool:
    """The second half is handed over by who is neither ITC nor the person: a steward of the
    person's unit, or headquarters."""
    staff = reset.user.staff
    near = staff is not None and holds(user, Role.STEWARD, unit_id=staff.unit_id)
    return (near or holds(user, Role.SUPERVISOR)) and user.pk not in {reset.user_id, reset.by_id}


def may_hand_any(user: User) -> bool:
    """Whoever may come to hand over the second half of a code."""
    return holds(user, Role.STEWARD, Role.SUPERVISOR)
