"""Who sets the cadence, who asks for exceptions from it and who consents (§4.1c, 4.3a, 6.2.1)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role

READERS = (Role.FILLER, Role.REVIEWER, Role.STEWARD, Role.SUPERVISOR)


def may_read(user: User) -> bool:
    """Those who owe, check or supervise updates."""
    return holds(user, *READERS)


def may_set_policy(user: User) -> bool:
    """The cadence of the group and its calendar: supervisors, whose clock it is."""
    return holds(user, Role.SUPERVISOR)


def may_tighten(user: User, unit_id: int) -> bool:
    """A unit's steward, for that unit and only to be stricter."""
    return holds(user, Role.STEWARD, unit_id=unit_id)


def may_ask(user: User, unit_id: int) -> bool:
    """A waiver, 休眠 or 关闭 of a file is asked for by the unit's steward."""
    return holds(user, Role.STEWARD, unit_id=unit_id)


def may_consent(user: User) -> bool:
    """And consented to by a supervisor of the group."""
    return holds(user, Role.SUPERVISOR)


def may_reopen(user: User, unit_id: int) -> bool:
    """Either of the two: to be owed something again harms nobody."""
    return may_ask(user, unit_id) or may_consent(user)
