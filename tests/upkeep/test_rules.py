"""Slots and retention, by tables."""

from datetime import UTC, datetime, timedelta

import pytest

from yihu.kit.clock import SHANGHAI
from yihu.upkeep.rules import COPIES_FROM, TRIAL_EVERY, TRIALS_FROM, due, kept, moment_of, name_of

DAY = timedelta(days=1)


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("since", "now", "every", "wanted"),
    [
        (at(4, 2, 31), at(5, 2, 29), DAY, False),
        (at(4, 2, 31), at(5, 2, 30), DAY, True),
        (at(5, 2, 30), at(5, 23), DAY, False),
        (at(1, 2, 31), at(5, 1), DAY, True),  # days without a worker
        (at(5, 2, 30), at(5, 3, 29), timedelta(hours=1), False),
        (at(5, 2, 31), at(5, 3, 30), timedelta(hours=1), True),
    ],
)
def test_a_copy_is_due_once_a_slot(
    since: datetime, now: datetime, every: timedelta, wanted: bool
) -> None:
    assert due(since, now, first=COPIES_FROM, every=every) is wanted


def test_a_trial_is_due_on_sundays() -> None:
    due_on = [
        day
        for day in range(1, 30)
        if due(at(day, 3, 29), at(day, 3, 30), first=TRIALS_FROM, every=TRIAL_EVERY)
    ]
    assert due_on == [1, 8, 15, 22, 29]


def test_the_newest_of_each_last_day_week_and_month_stay() -> None:
    daily = [at(1, 3, month=9) + DAY * n for n in range(65)]  # to Wednesday 4 November
    assert [f"{one:%m%d}" for one in sorted(kept(daily, [3, 3, 2]))] == [
        "1025", "1031", "1101", "1102", "1103", "1104",
    ]  # fmt: skip


def test_all_of_the_last_day_stay_and_the_newest_whatever_is_set() -> None:
    hourly = [at(5, 0) + timedelta(hours=n) for n in range(48)]
    assert kept(hourly, [0, 0, 0]) == set(hourly[24:])
    assert kept([at(1, 3)], [0, 0, 0]) == {at(1, 3)}
    assert kept([], [7, 4, 12]) == set()


def test_a_name_says_the_moment() -> None:
    assert name_of(at(5, 2, 30), "0a1b") == "20261104T183000Z-0a1b"
    assert moment_of("20261104T183000Z-0a1b") == datetime(2026, 11, 4, 18, 30, tzinfo=UTC)
    assert moment_of("lost+found") is None
