"""When a copy is due and which copies are kept: pure arithmetic over moments (§4.2b)."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

from yihu.kit.clock import SHANGHAI

COPIES_FROM = datetime(2024, 1, 7, 2, 30, tzinfo=SHANGHAI)
"""A Sunday; from here on a slot for a copy begins each time the interval has passed."""
TRIALS_FROM = datetime(2024, 1, 7, 3, 30, tzinfo=SHANGHAI)
TRIAL_EVERY = timedelta(days=7)
RECENT = timedelta(days=1)
LATE = timedelta(hours=2)
"""So long a copy or a trial may take beyond its slot before somebody should look."""

Period = Callable[[datetime], tuple[int, ...]]
PERIODS: tuple[Period, ...] = (
    lambda at: (at.year, at.month, at.day),
    lambda at: tuple(at.isocalendar()[:2]),
    lambda at: (at.year, at.month),
)
"""Days, weeks and months of Shanghai, as `kept` counts them."""


def due(since: datetime, at: datetime, *, first: datetime, every: timedelta) -> bool:
    """Whether a slot has begun since: `first` is the start of one, each lasts `every`."""
    return since < at - (at - first) % every


def kept(taken: Collection[datetime], counts: Collection[int]) -> set[datetime]:
    """Of these moments, those of the newest one's last day, and the newest of each of the last
    days, weeks and months.

    `counts`: how many of each, as `PERIODS` has them; periods without a copy are not counted.
    """
    newest_first = sorted(taken, reverse=True)
    keep = {at for at in taken if newest_first[0] - at < RECENT}
    for period, count in zip(PERIODS, counts, strict=True):
        last: dict[tuple[int, ...], datetime] = {}
        for at in newest_first:
            last.setdefault(period(at.astimezone(SHANGHAI)), at)
        keep.update(list(last.values())[:count])
    return keep


def name_of(at: datetime, tail: str) -> str:
    """The name of a copy: its moment, and a tail so that two of one second differ."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{tail}"


def moment_of(name: str) -> datetime | None:
    """When the copy of that name was begun; None for what is no copy."""
    try:
        return datetime.strptime(name.split("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
