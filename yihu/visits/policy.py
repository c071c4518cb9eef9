"""Who plans and writes up visits, follows them up, and takes the lists out (§5.2, 5.5, 6.2.1d)."""

from yihu.access.lens import Lens
from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.visits.models import SECTION, Followup, Need

WRITERS = (Role.FILLER, Role.STEWARD)
TAKERS = (*WRITERS, Role.REVIEWER, Role.SUPERVISOR)
READERS = (*TAKERS, Role.READER, Role.CUSTODIAN)
PERSONAL = 4
"""The sensitivity of who took part (π)."""
SECRET = 2
"""The sensitivity of minutes, needs and follow-ups (S)."""


def may_write(user: User, unit_id: int) -> bool:
    """A filler or steward of the unit, who is one of its people."""
    inside = user.staff is not None and user.staff.unit_id == unit_id
    return inside and holds(user, *WRITERS, unit_id=unit_id)


def may_begin(user: User) -> bool:
    """Plans and writes up visits at all, at the own unit."""
    return user.staff is not None and may_write(user, user.staff.unit_id)


def may_move(user: User, row: Followup | Need) -> bool:
    """Whoever writes for the unit, and the person who answers for the row."""
    owns = user.staff_id is not None and user.staff_id == row.owner_id
    return owns or may_write(user, row.unit_id)


def may_read(user: User) -> bool:
    """Those who read customers at all: neither ITC nor the auditor does (§5.5)."""
    return holds(user, *READERS)


def may_take_out(user: User) -> bool:
    """May export the lists and print minutes; a reader only looks."""
    return holds(user, *TAKERS)


def may_plan(user: User, unit_id: int) -> bool:
    """Sets how often a unit's customers are visited: its steward."""
    inside = user.staff is not None and user.staff.unit_id == unit_id
    return inside and holds(user, Role.STEWARD, unit_id=unit_id)


def reads_minutes(lens: Lens) -> bool:
    """Whether a grant opens what was said."""
    return lens.reads(SECTION, SECRET)


def reads_people(lens: Lens) -> bool:
    """Whether a grant opens who took part."""
    return lens.reads(SECTION, PERSONAL)
