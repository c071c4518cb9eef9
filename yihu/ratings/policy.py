"""Who makes schemes, rates, judges, and decides classes (§6.1.3, annex 2.5 to 2.8)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.ratings.models import RatingRound, RoundState
from yihu.ratings.rules import Definition, Indicator, Judge

READERS = (
    Role.SUPERVISOR, Role.STEWARD, Role.REVIEWER, Role.FILLER, Role.CUSTODIAN, Role.READER,
)  # fmt: skip
JUDGED = (RoundState.OPEN, RoundState.COMPUTED)
"""While a round stands so, judges may enter theirs."""


def may_rate(user: User) -> bool:
    """Headquarters makes schemes, runs rounds and decides classes."""
    return holds(user, Role.SUPERVISOR)


def may_read(user: User) -> bool:
    """Those who read customers at all: neither ITC nor the auditor does (§5.5)."""
    return holds(user, *READERS)


def may_judge(user: User, indicator: Indicator, unit_id: int | None = None) -> bool:
    """Headquarters judges its indicators, a unit's steward those of the unit's own files."""
    if indicator.judge == Judge.GROUP:
        return may_rate(user)
    if indicator.judge != Judge.UNIT or not holds(user, Role.STEWARD, unit_id=unit_id):
        return False
    return unit_id is None or (user.staff is not None and user.staff.unit_id == unit_id)


def judges(user: User, definition: Definition) -> list[Indicator]:
    """The indicators that the person judges anywhere."""
    return [line for line in definition.judged if may_judge(user, line)]


def may_review(user: User, rating: RatingRound) -> bool:
    """A second supervisor, never who handed it in."""
    return may_rate(user) and rating.handed_by_id != user.pk
