"""Who plans, inspects, answers and verifies (§4.1c, 4.3b, 6.2.1, 6.4); 三员分立."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import EVERY_REGION, Role
from yihu.inspections.models import Finding, Inspection, Subject
from yihu.org.models import OrgUnit

ANSWERERS = (Role.STEWARD, Role.FILLER)


def may_read(user: User) -> bool:
    """Headquarters, and those who keep a unit's files; of a unit only its own part."""
    return holds(user, *EVERY_REGION, Role.SUPERVISOR)


def may_plan(user: User) -> bool:
    """Headquarters inspects the group (§4.1c)."""
    return holds(user, Role.SUPERVISOR)


def own_unit(user: User) -> OrgUnit | None:
    """The unit whose self-checks the person leads as its steward; None for nobody (§6.2.1)."""
    if user.staff is None or not holds(user, Role.STEWARD, unit_id=user.staff.unit_id):
        return None
    return user.staff.unit


def leads(user: User, inspection: Inspection) -> bool:
    """Plans it, sends out orders and ends it: supervisors, of a self-check the unit's steward."""
    if inspection.owner_id is None:
        return may_plan(user)
    unit = own_unit(user)
    return unit is not None and unit.pk == inspection.owner_id


def inspects(user: User, inspection: Inspection) -> bool:
    """One of its named inspectors, still in the role that makes one."""
    return leads(user, inspection) and inspection.inspectors.filter(pk=user.pk).exists()


def own_hands(user: User, subject: Subject) -> bool:
    """Filled or approved the file, so does not inspect it."""
    return user.staff_id is not None and user.staff_id in subject.hands


def may_inspect(user: User, subject: Subject) -> bool:
    return inspects(user, subject.inspection) and not own_hands(user, subject)


def may_answer(user: User, unit_id: int) -> bool:
    """Says for the unit how a finding was put right: its steward or a filler (§4.3b)."""
    inside = user.staff is not None and user.staff.unit_id == unit_id
    return inside and holds(user, *ANSWERERS, unit_id=unit_id)


def may_verify(user: User, finding: Finding) -> bool:
    """Accepts or returns what the unit says: whoever leads, but nobody whose hands were on it."""
    return leads(user, finding.inspection) and not own_hands(user, finding.subject)
