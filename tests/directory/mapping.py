"""A group of the directory that gives a role, agreed to by all who must."""

from tests import plant
from yihu.access.rules import GROUP_ROLES, Role
from yihu.directory.actions import agree, map_group
from yihu.directory.models import Mapping
from yihu.kit.clock import now
from yihu.org.models import OrgUnit


def asked_for(group: str, role: Role, unit: OrgUnit | None) -> Mapping:
    """Written by ITC, agreed to by nobody."""
    itc = plant.person(Role.ITC)
    return map_group(itc, group=group, role=role, unit=unit, reason="申请单 1", at=now())


def mapped(group: str, role: Role, unit: OrgUnit | None) -> Mapping:
    """The same, agreed to."""
    made = asked_for(group, role, unit)
    if role in GROUP_ROLES:
        made = agree(plant.person(Role.SUPERVISOR), made, at=now())
    steward = role in GROUP_ROLES or role == Role.STEWARD
    by = plant.person(Role.SUPERVISOR) if steward else plant.person(Role.STEWARD, unit)
    return agree(by, made, at=now())
