"""When somebody is reminded, and when a message may leave."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yihu.kit.calendar import WorkingDays
from yihu.kit.clock import SHANGHAI
from yihu.notices.choices import Pace, Step
from yihu.notices.rules import Ladder, Rung, is_quiet, leaves_at, rungs, working_days_between

DAYS = WorkingDays()
LADDER = Ladder()
DUE = date(2026, 11, 13)  # a Friday


@pytest.mark.clause("5.1")
@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 5), []),
        (date(2026, 11, 6), [Rung(Step.AHEAD, 5)]),
        (date(2026, 11, 11), [Rung(Step.AHEAD, 5)]),
        (date(2026, 11, 12), [Rung(Step.AHEAD, 1)]),
        (date(2026, 11, 13), [Rung(Step.TODAY)]),
        (date(2026, 11, 15), []),  # no day was worked since
        (date(2026, 11, 16), [Rung(Step.OVERDUE, 0)]),
        (date(2026, 11, 18), [Rung(Step.OVERDUE, 0), Rung(Step.REVIEWER)]),
        (
            date(2026, 11, 20),
            [Rung(Step.OVERDUE, 0), Rung(Step.REVIEWER), Rung(Step.STEWARD)],
        ),
        (
            date(2026, 11, 27),
            [
                Rung(Step.OVERDUE, 1),
                Rung(Step.REVIEWER),
                Rung(Step.STEWARD),
                Rung(Step.SUPERVISOR),
            ],
        ),
    ],
)
def test_the_ladder(today: date, expected: list[Rung]) -> None:
    assert list(rungs(DUE, today, LADDER, DAYS)) == expected


def test_a_make_up_day_is_worked_and_a_holiday_is_not() -> None:
    # 2026-10-01 to 07 are free, Saturday 10-10 is worked
    assert working_days_between(date(2026, 9, 30), date(2026, 10, 10), DAYS) == 3
    assert working_days_between(date(2026, 9, 30), date(2026, 10, 7), DAYS) == 0


def at(hour: int, minute: int = 0, day: int = 5) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


NIGHT = {"quiet_from": time(20), "quiet_until": time(7, 30)}
NOON = {"quiet_from": time(12), "quiet_until": time(14)}
NEVER = {"quiet_from": None, "quiet_until": None}


@pytest.mark.parametrize(
    ("now", "pace", "quiet", "leaves"),
    [
        (at(9), Pace.SINGLE, NEVER, at(9)),
        (at(9), Pace.SINGLE, NIGHT, at(9)),
        (at(21), Pace.SINGLE, NIGHT, at(7, 30, day=6)),
        (at(3), Pace.SINGLE, NIGHT, at(7, 30)),
        (at(7, 30), Pace.SINGLE, NIGHT, at(7, 30)),
        (at(12), Pace.SINGLE, NOON, at(14)),
        (at(14), Pace.SINGLE, NOON, at(14)),
        (at(8), Pace.DIGEST, NEVER, at(8, 30)),
        (at(8, 31), Pace.DIGEST, NEVER, at(8, 30, day=6)),
    ],
)
def test_when_a_message_leaves(
    now: datetime, pace: str, quiet: dict[str, time | None], leaves: datetime
) -> None:
    assert leaves_at(now, pace, digest_at=time(8, 30), **quiet) == leaves


@given(
    now=st.times().map(lambda t: datetime.combine(date(2026, 11, 5), t, SHANGHAI)),
    quiet_from=st.times(),
    quiet_until=st.times(),
)
def test_nothing_leaves_in_the_quiet_hours(
    now: datetime, quiet_from: time, quiet_until: time
) -> None:
    quiet_from, quiet_until = (
        t.replace(second=0, microsecond=0) for t in (quiet_from, quiet_until)
    )
    leaves = leaves_at(
        now, Pace.SINGLE, digest_at=time(8, 30), quiet_from=quiet_from, quiet_until=quiet_until
    )
    assert leaves >= now
    assert quiet_from == quiet_until or not is_quiet(leaves, quiet_from, quiet_until)
