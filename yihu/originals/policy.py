"""Who keeps originals, who borrows them, who decides (§6.3.3)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role

KEEPERS = (Role.CUSTODIAN, Role.STEWARD)
PEOPLE = (Role.FILLER, Role.REVIEWER, Role.STEWARD, Role.CUSTODIAN, Role.READER)


def may_see(user: User) -> bool:
    """Those who read customers at all: neither ITC nor the auditor does (§5.5)."""
    return holds(user, *PEOPLE, Role.SUPERVISOR)


def may_keep(user: User, unit_id: int) -> bool:
    """The unit's custodian or steward: registers, places, lends and takes back."""
    return _of(user, unit_id) and holds(user, *KEEPERS, unit_id=unit_id)


def may_borrow(user: User, unit_id: int) -> bool:
    """Anyone of the unit who may read its files."""
    return _of(user, unit_id) and holds(user, *PEOPLE, unit_id=unit_id)


def may_decide(user: User, unit_id: int) -> bool:
    """The steward approves loans and disposals, never those that they asked for themselves."""
    return _of(user, unit_id) and holds(user, Role.STEWARD, unit_id=unit_id)


def may_witness(user: User, unit_id: int) -> bool:
    """One of the unit's people, to watch an original be destroyed (监销)."""
    return may_borrow(user, unit_id)


def may_unlock(user: User) -> bool:
    """Headquarters opens disposal, on a stated basis."""
    return holds(user, Role.SUPERVISOR)


def _of(user: User, unit_id: int) -> bool:
    return user.staff is not None and user.staff.unit_id == unit_id
