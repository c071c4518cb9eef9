"""Now and today, read in doors only; below them a date is an argument."""

import os
from datetime import date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The moment, aware, in Asia/Shanghai."""
    return datetime.now(SHANGHAI)


def today() -> date:
    """The day in Shanghai; `YIHU_TODAY=2026-11-05` pins it for rehearsals and tests."""
    pinned = os.environ.get("YIHU_TODAY")
    return date.fromisoformat(pinned) if pinned else now().date()
