"""Who keeps the list of people, and who hands over their work (§6.3.2, 6.3.4)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import EVERY_REGION, Role
from yihu.access.scope import scope_of

EVERYWHERE = (Role.SUPERVISOR, Role.ITC)


def people_units(user: User) -> frozenset[int] | None:
    """The units whose people the person keeps; None: all of them."""
    if holds(user, *EVERYWHERE):
        return None
    scope = scope_of(user)
    return frozenset(
        unit for role, unit in scope.roles if role == Role.STEWARD and unit is not None
    )


def keeps_people(user: User) -> bool:
    """Keeps the people of some unit at all."""
    units = people_units(user)
    return units is None or bool(units)


def may_keep_people(user: User, unit_id: int) -> bool:
    """The unit's steward; supervisors and ITC everywhere."""
    units = people_units(user)
    return units is None or unit_id in units


def may_hand_over(user: User, unit_id: int) -> bool:
    """The unit's steward or a supervisor. ITC reads no business data (§6.3.2)."""
    return holds(user, Role.SUPERVISOR) or holds(user, Role.STEWARD, unit_id=unit_id)


def hands_over(user: User) -> bool:
    """Hands over somewhere."""
    return holds(user, Role.SUPERVISOR, Role.STEWARD)


def may_stand_in(user: User) -> bool:
    """Confirms in the place of a leaver who has gone: the stewards' superior."""
    return holds(user, Role.SUPERVISOR)


WITNESSES = frozenset({*EVERY_REGION, Role.SUPERVISOR})
"""Roles whose holders may witness: they see the whole unit."""
