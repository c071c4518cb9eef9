"""Numbers of the rulebook for visits: pure, each with the clause that it carries out."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from uuid import UUID

from yihu.access.rules import Role
from yihu.customers.rules import Klass

SUMMARY_LEAST = 50
"""Characters of the minutes that have no signed paper with them (FIELDS D)."""
PROMISED_DAYS = 30
"""A promise for which nobody named a day is due so many days after the visit."""
KEPT_HOURS = 24
"""How long a phone keeps what was typed and could not be sent."""


@dataclass(frozen=True, slots=True)
class Step:
    """From so many days late on, a follow-up is listed for this role as well."""

    number: int
    days: int
    role: Role


ESCALATION = (  # §6.2.1d 持续跟踪落实, §6.4 监督: own figures, to be fixed by the group
    Step(1, 1, Role.REVIEWER),
    Step(2, 6, Role.STEWARD),
    Step(3, 16, Role.SUPERVISOR),
)

VISITS_A_YEAR: Mapping[Klass, int] = {  # §5.1: own figures; a unit's steward sets its own
    Klass.STRATEGIC: 4,
    Klass.VIP: 2,
    Klass.INTERNAL: 1,
    Klass.GENERAL: 0,
}
MOST_A_YEAR = 52


def step_of(due_on: date, today: date) -> int:
    """How far a follow-up that is still running has escalated: 0 not at all, 3 to the group."""
    late = (today - due_on).days
    return max((step.number for step in ESCALATION if late >= step.days), default=0)


def due_before(step: Step, today: date) -> date:
    """The last due date that has reached the step by today."""
    return today - timedelta(days=step.days)


@dataclass(frozen=True, slots=True)
class Arranged:
    """When and where a visit is meant to be, and who of ours comes."""

    day: date | None
    moment: time | None
    minutes: int
    place: str
    ours: Set[UUID]


def concerned(before: Arranged, after: Arranged) -> Set[UUID]:
    """Of ours, whom another plan concerns: all if it is elsewhere or at another time, else whoever
    joined or left.
    """
    moved = replace(before, ours=after.ours) != after
    return before.ours | after.ours if moved else before.ours ^ after.ours
