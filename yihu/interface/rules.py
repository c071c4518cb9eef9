"""Numbers of the interface."""

from datetime import datetime, timedelta

from yihu.kit.clock import micros_of

LIMIT, MOST = 100, 500
"""Rows of a page: where nothing is asked, and at most."""
KEPT = timedelta(days=30)
"""For how long a batch under the same key gets its first answer."""
SHOWN_PROBLEMS = 500


def row_tag(changed_at: datetime) -> str:
    """Which state of a row was read: another after each change of it, whoever reads."""
    return tag_at(micros_of(changed_at))


def tag_at(changed: int) -> str:
    """The same of a row that was changed at these microseconds of the epoch."""
    return f"{changed:x}"
