"""Now and today, read in doors only; below them a date is an argument."""

import os
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def now() -> datetime:
    """The moment, aware, in Asia/Shanghai."""
    return datetime.now(SHANGHAI)


def today() -> date:
    """The day in Shanghai; `YIHU_TODAY=2026-11-05` pins it for rehearsals and tests."""
    pinned = os.environ.get("YIHU_TODAY")
    return date.fromisoformat(pinned) if pinned else now().date()


def micros_of(moment: datetime) -> int:
    """Microseconds of the epoch: what a column keeps of a moment, to the last digit."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(micros: int) -> datetime:
    """The moment at these microseconds of the epoch, aware."""
    return EPOCH + micros * MICROSECOND
