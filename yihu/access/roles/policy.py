"""Who asks for a role, who agrees, who opens it, who ends it: never the person (§6.3.2)."""

from yihu.access.models import RoleAssignment, RoleRequest, User
from yihu.access.policy import holds
from yihu.access.rules import GROUP_ROLES, WAITING, Asked, Role
from yihu.org.models import Staff


def may_keep_roles(user: User) -> bool:
    """Asks for roles at all: a steward for the unit, a supervisor for the group. ITC never does."""
    return holds(user, Role.STEWARD, Role.SUPERVISOR)


def may_see_requests(user: User) -> bool:
    """Has requests to make, to agree to or to open."""
    return holds(user, Role.STEWARD, Role.SUPERVISOR, Role.ITC)


def may_ask(user: User, staff: Staff, role: Role) -> bool:
    """The unit's steward; for the group's roles, and for a unit's first steward, a supervisor."""
    if user.staff_id == staff.pk:
        return False
    if role in GROUP_ROLES:
        return holds(user, Role.SUPERVISOR)
    near = holds(user, Role.STEWARD, unit_id=staff.unit_id)
    return near or (role == Role.STEWARD and holds(user, Role.SUPERVISOR))


def _hands(user: User, row: RoleRequest) -> bool:
    """Whether the person had a hand in it already, or it is about them."""
    return user.staff_id == row.staff_id or user.pk in {row.asked_by_id, row.agreed_by_id}


def may_agree(user: User, row: RoleRequest) -> bool:
    """A second supervisor, for the group's roles."""
    return (
        row.of_group
        and row.state == Asked.ASKED
        and holds(user, Role.SUPERVISOR)
        and not _hands(user, row)
    )


def may_open(user: User, row: RoleRequest) -> bool:
    """ITC, what the unit asked for or two supervisors wanted."""
    due = Asked.AGREED if row.of_group else Asked.ASKED
    return row.state == due and holds(user, Role.ITC) and not _hands(user, row)


def may_withdraw(user: User, row: RoleRequest) -> bool:
    """Who asked, as long as it waits."""
    return row.state in WAITING and user.pk == row.asked_by_id


def may_end(user: User, held: RoleAssignment) -> bool:
    """The unit's steward, headquarters and ITC; nobody ends their own."""
    if user.pk == held.user_id:
        return False
    near = held.unit_id is not None and holds(user, Role.STEWARD, unit_id=held.unit_id)
    return near or holds(user, Role.SUPERVISOR, Role.ITC)
