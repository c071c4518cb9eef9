"""Numbers of the interface."""

from datetime import UTC, datetime, timedelta

LIMIT, MOST = 100, 500
"""Rows of a page: where nothing is asked, and at most."""
KEPT = timedelta(days=30)
"""For how long a batch under the same key gets its first answer."""
SHOWN_PROBLEMS = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def row_tag(changed_at: datetime) -> str:
    """Which state of a row was read: another after each change of it, whoever reads."""
    return tag_at((changed_at - EPOCH) // timedelta(microseconds=1))


def tag_at(changed: int) -> str:
    """The same of a row that was changed at these microseconds of the epoch."""
    return f"{changed:x}"
