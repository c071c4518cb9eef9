"""Who issues regulations (§4.1a, 4.3a), and who reads them."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.access.scope import scope_of
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind
from yihu.regulations.rules import READERS


def may_read(user: User) -> bool:
    """All who keep or read customer files; neither ITC nor the auditor."""
    return holds(user, *READERS)


def may_issue(user: User, unit: OrgUnit) -> bool:
    """The group's are issued by supervisors, a unit's own by its steward."""
    if unit.kind == UnitKind.GROUP:
        return holds(user, Role.SUPERVISOR)
    inside = user.staff is not None and user.staff.unit_id == unit.pk
    return inside and holds(user, Role.STEWARD, unit_id=unit.pk)


def sees_work(user: User) -> bool:
    """Steward and supervisor see which rules wait to be renewed."""
    scope = scope_of(user)
    return scope.holds(Role.SUPERVISOR) or scope.holds(Role.STEWARD)
