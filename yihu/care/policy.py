"""Who reads segments, who makes them, and which facts a person may ask at all (§3b, 5.5)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.access.scope import scope_of
from yihu.care.facts import FACTS, Fact
from yihu.care.rules import Condition
from yihu.disclosure.policy import kept_units
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind

WRITERS = (Role.FILLER, Role.REVIEWER, Role.STEWARD)
READERS = (*WRITERS, Role.SUPERVISOR, Role.READER)


def may_read(user: User) -> bool:
    """Those who read a unit's customers as a whole; neither ITC, nor the auditor, nor guests."""
    return holds(user, *READERS)


def may_make(user: User, unit: OrgUnit) -> bool:
    """The group's are made by supervisors, a unit's own by those who keep its files."""
    if unit.kind == UnitKind.GROUP:
        return holds(user, Role.SUPERVISOR)
    return _of(user, unit.pk) and holds(user, *WRITERS, unit_id=unit.pk)


def may_decide(user: User, unit_id: int) -> bool:
    """Takes a suggestion up or not: a filler or the steward of the unit."""
    return _of(user, unit_id) and holds(user, Role.FILLER, Role.STEWARD, unit_id=unit_id)


def may_take_out(user: User) -> bool:
    """May take a segment's customers out of the house; a reader only looks (§5.5)."""
    return holds(user, *WRITERS, Role.SUPERVISOR)


def may_ask(user: User, fact: Fact) -> bool:
    """What is masked for a person may not be asked either: the answer would tell it (§5.5)."""
    if fact.known_to is not None and not fact.known_to(user):
        return False
    return fact.masked is None or bool(kept_units(user))


def askable(user: User) -> list[Fact]:
    """The facts that the person may put into a condition."""
    return [fact for fact in FACTS if may_ask(user, fact)]


def may_evaluate(user: User, conditions: tuple[Condition, ...]) -> bool:
    """Whether every fact that a segment asks may be asked by this person."""
    return all(may_ask(user, condition.of) for condition in conditions)


def bounds(user: User, conditions: tuple[Condition, ...]) -> list[int] | None:
    """The units to which masked facts bound the answer; None: no closer bound than the scope."""
    masked = any(condition.of.masked is not None for condition in conditions)
    return kept_units(user) if masked else None


def sees_group(user: User) -> bool:
    """Sees the customers of more than one unit."""
    scope = scope_of(user)
    return scope.everything or len(scope.own_ids) > 1


def _of(user: User, unit_id: int) -> bool:
    return user.staff is not None and user.staff.unit_id == unit_id
