"""When somebody is reminded of a duty, and when a message may leave (§5.1, 6.2.1)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from yihu.kit.calendar import ONE_DAY, WorkingDays
from yihu.notices.choices import Pace, Step

OLDEST = timedelta(days=200)
"""A duty that is overdue for longer is no news: it stands on the page and in the scores."""
MORNING = time(8)
"""Nobody is reminded before."""
TRIES = (1, 2, 5, 15, 60, 240)
"""Minutes between one try to send and the next; after the last it is given up."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """The published numbers: all in working days, before and after the due date.

    `again`: an overdue duty is told again each so many days.
    """

    ahead: Sequence[int] = (5, 1)
    again: int = 5
    reviewer: int = 3
    steward: int = 5
    supervisor: int = 10


@dataclass(frozen=True, slots=True)
class Rung:
    """A step and which time it is; a rung is told to a person once."""

    step: Step
    turn: int = 0


def rungs(due_on: date, today: date, ladder: Ladder, days: WorkingDays) -> Iterator[Rung]:
    """Every rung that a duty due that day has reached and not left, as of today.

    What a machine that was off missed is told as soon as it is on again, the nearest rung only.
    """
    if due_on == today:
        yield Rung(Step.TODAY)
    elif due_on > today:
        left = working_days_between(today, due_on, days, most=max(ladder.ahead, default=0))
        near = [ahead for ahead in ladder.ahead if left <= ahead]
        if near:
            yield Rung(Step.AHEAD, min(near))
    elif (late := working_days_between(due_on, today, days)) > 0:
        yield Rung(Step.OVERDUE, (late - 1) // ladder.again)
        for step, after in (
            (Step.REVIEWER, ladder.reviewer),
            (Step.STEWARD, ladder.steward),
            (Step.SUPERVISOR, ladder.supervisor),
        ):
            if late >= after:
                yield Rung(step)


def working_days_between(first: date, last: date, days: WorkingDays, *, most: int = 200) -> int:
    """How many days are worked after `first` through `last`; it stops counting above `most`."""
    counted = 0
    while first < last and counted <= most:
        first += ONE_DAY
        counted += days.is_working(first)
    return counted


def leaves_at(
    now: datetime, pace: str, *, digest_at: time, quiet_from: time | None, quiet_until: time | None
) -> datetime:
    """When a message of this moment may leave: at once, after the quiet hours, or in the digest."""
    if pace == Pace.DIGEST:
        today = now.replace(hour=digest_at.hour, minute=digest_at.minute, second=0, microsecond=0)
        return today if today >= now else today + ONE_DAY
    if quiet_from is None or quiet_until is None or not is_quiet(now, quiet_from, quiet_until):
        return now
    end = now.replace(hour=quiet_until.hour, minute=quiet_until.minute, second=0, microsecond=0)
    return end if end > now else end + ONE_DAY


def is_quiet(now: datetime, quiet_from: time, quiet_until: time) -> bool:
    """Whether the moment lies in the quiet hours, which may reach over midnight."""
    moment = now.time()
    if quiet_from <= quiet_until:
        return quiet_from <= moment < quiet_until
    return moment >= quiet_from or moment < quiet_until
