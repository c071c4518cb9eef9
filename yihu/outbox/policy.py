"""Who asks for an endpoint, who agrees to it, who keeps it (§6.3.1, 6.3.2, 5.5)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.outbox.models import Endpoint


def may_keep(user: User) -> bool:
    """ITC sets endpoints up and looks after them."""
    return holds(user, Role.ITC)


def may_look(user: User) -> bool:
    """ITC, and those who agree: stewards to their unit's, supervisors to all."""
    return holds(user, Role.ITC, Role.STEWARD, Role.SUPERVISOR)


def may_agree(user: User, endpoint: Endpoint) -> bool:
    """The steward of the unit whose events leave; a supervisor where it is the group's.

    Never who asked: a constraint of the table says so again.
    """
    if user.pk == endpoint.asked_by_id:
        return False
    if endpoint.unit_id is None:
        return holds(user, Role.SUPERVISOR)
    return holds(user, Role.STEWARD, unit_id=endpoint.unit_id)


def may_end(user: User, endpoint: Endpoint) -> bool:
    """Whoever keeps it, and whoever could agree to it: consent may be taken back."""
    return may_keep(user) or may_agree(user, endpoint)
