"""Who may know of a risk, who writes it down, who consents (§6.2.2, 5.5)."""

from yihu.access.lens import lens_of
from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import EVERY_REGION, Role
from yihu.access.scope import CORE, PRICED, scope_of

WRITERS = (Role.FILLER, Role.STEWARD)
CONSENTERS = (Role.REVIEWER, Role.STEWARD)
SIGNERS = (Role.FILLER, Role.REVIEWER, Role.STEWARD, Role.READER, Role.SUPERVISOR)


def knows(user: User, unit_id: int, region_code: str) -> bool:
    """May know of risks on a file: the unit's keepers, supervisors, guests at the core level.

    A unit's reader does not: to them a remark is as if it were not there.
    """
    scope = scope_of(user)
    if scope.everything or unit_id in scope.whole_units:
        return True
    return unit_id not in scope.own_ids and lens_of(user, unit_id, region_code).reads(PRICED, CORE)


def may_look(user: User) -> bool:
    """Has a register of risks at all."""
    return holds(user, *EVERY_REGION, Role.SUPERVISOR)


def may_write(user: User, unit_id: int) -> bool:
    """A filler or the steward of the unit, who is one of its people."""
    return _of(user, unit_id) and holds(user, *WRITERS, unit_id=unit_id)


def may_consent(user: User, unit_id: int) -> bool:
    """Reviewer or steward, to what somebody else asked for (§5.2)."""
    return _of(user, unit_id) and holds(user, *CONSENTERS, unit_id=unit_id)


def may_publish(user: User) -> bool:
    """Headquarters decides what all units are warned of, and by which numbers rules look."""
    return holds(user, Role.SUPERVISOR)


def may_check(user: User) -> bool:
    """Those who prepare or approve a contract: level and kind, never the text."""
    return holds(user, *SIGNERS)


def may_take_out(user: User) -> bool:
    """May export the register."""
    return may_look(user)


def _of(user: User, unit_id: int) -> bool:
    return user.staff is not None and user.staff.unit_id == unit_id
