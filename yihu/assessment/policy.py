"""Who assesses, who reads, who objects, who decides (§6.4.2)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import EVERY_REGION, Role
from yihu.assessment.models import Objection


def may_assess(user: User) -> bool:
    """Headquarters makes schemes, computes, publishes, settles, enters points."""
    return holds(user, Role.SUPERVISOR)


def may_read(user: User) -> bool:
    """Headquarters, and those who keep a unit's files: their own lines, and everybody's places."""
    return holds(user, *EVERY_REGION, Role.SUPERVISOR)


def may_object(user: User, unit_id: int) -> bool:
    """For the unit its steward, who is one of its people."""
    inside = user.staff is not None and user.staff.unit_id == unit_id
    return inside and holds(user, Role.STEWARD, unit_id=unit_id)


def may_judge(user: User, objection: Objection) -> bool:
    """A supervisor, never of the unit that objects and never who wrote it."""
    outside = user.staff is None or user.staff.unit_id != objection.unit_id
    return may_assess(user) and outside and objection.by_id != user.pk
