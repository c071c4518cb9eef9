"""Which desk a person sits at: what the roles open, decided once for pages and menu."""

from dataclasses import dataclass

from yihu.access.models import User
from yihu.access.roles.policy import may_keep_roles
from yihu.access.rules import Role
from yihu.access.scope import Scope, scope_of
from yihu.handover.policy import keeps_people


@dataclass(frozen=True, slots=True)
class Desk:
    """What the menu and the home page show to a person."""

    scope: Scope
    fills: bool
    checks: bool
    supervises: bool
    looks: bool
    runs: bool
    audits: bool
    keeps_people: bool
    keeps_roles: bool

    @property
    def reads_customers(self) -> bool:
        """Sees customers at all: neither ITC nor the auditor does."""
        return self.fills or self.checks or self.supervises or self.looks

    @property
    def owes(self) -> bool:
        """Has duties to do, to check or to supervise."""
        return self.fills or self.checks or self.supervises

    @property
    def exports(self) -> bool:
        """May take a list out of the house (§5.5)."""
        return self.owes

    @property
    def many_units(self) -> bool:
        """Sees more than one unit, so a unit column tells something."""
        return self.scope.everything or len(self.scope.unit_ids) > 1


def desk_of(user: User) -> Desk:
    """The desk of a person, from the roles of this request."""
    scope = scope_of(user)
    return Desk(
        scope=scope,
        fills=scope.holds(Role.FILLER),
        checks=scope.holds(Role.REVIEWER) or scope.holds(Role.STEWARD),
        supervises=scope.holds(Role.SUPERVISOR),
        looks=scope.holds(Role.READER) or scope.holds(Role.CUSTODIAN) or bool(scope.grants),
        runs=scope.holds(Role.ITC),
        audits=scope.holds(Role.AUDITOR),
        keeps_people=keeps_people(user),
        keeps_roles=may_keep_roles(user),
    )
