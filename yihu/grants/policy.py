"""Who writes a unit's query policy, who agrees to a request, who opens it (§6.3.1, 6.3.2)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.grants.models import Grant
from yihu.grants.rules import State


def may_rule(user: User, unit_id: int) -> bool:
    """The unit itself says who may read its files."""
    return holds(user, Role.STEWARD, unit_id=unit_id)


def may_ask(user: User) -> bool:
    """Whoever works on customers; ITC and the auditor never read their files."""
    return user.staff is not None and not holds(user, Role.ITC, Role.AUDITOR)


def may_agree(user: User, grant: Grant) -> bool:
    """A steward of the unit agrees; outside the policy a second one, or headquarters."""
    if user.pk in {grant.person_id, grant.approved_by_id}:
        return False
    if grant.state == State.SECOND:
        return may_rule(user, grant.unit_id) or holds(user, Role.SUPERVISOR)
    return grant.state == State.ASKED and may_rule(user, grant.unit_id)


def may_open(user: User, grant: Grant) -> bool:
    """ITC opens what was agreed to, and nobody opens what he asked for."""
    return grant.state == State.APPROVED and holds(user, Role.ITC) and user.pk != grant.person_id


def may_end(user: User, grant: Grant) -> bool:
    """The one who reads, the unit, and ITC may end it at any time."""
    return grant.state == State.OPENED and (
        user.pk == grant.person_id or may_rule(user, grant.unit_id) or holds(user, Role.ITC)
    )
