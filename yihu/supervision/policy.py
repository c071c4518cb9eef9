"""Who makes supervision reports, who reads them, who sets when they come (§6.4.1, 6.4.2)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.org.models import OrgUnit
from yihu.supervision.rules import TO_GROUP, TO_UNITS


def may_read(user: User) -> bool:
    """Headquarters, and those who keep a unit's files; of a unit only its own."""
    return holds(user, *TO_GROUP, *TO_UNITS)


def may_make(user: User, unit_id: int | None) -> bool:
    """Headquarters of the group and of any unit; a steward of the own unit."""
    if holds(user, Role.SUPERVISOR):
        return True
    own = own_unit(user)
    return own is not None and own.pk == unit_id


def may_arrange(user: User) -> bool:
    """Says which reports are made by themselves."""
    return holds(user, Role.SUPERVISOR)


def own_unit(user: User) -> OrgUnit | None:
    """The unit whose reports the person makes as its steward; None for nobody."""
    if user.staff is None or not holds(user, Role.STEWARD, unit_id=user.staff.unit_id):
        return None
    return user.staff.unit
