"""Numbers of the interface."""

from datetime import timedelta

LIMIT, MOST = 100, 500
"""Rows of a page: where nothing is asked, and at most."""
KEPT = timedelta(days=30)
"""For how long a batch under the same key gets its first answer."""
SHOWN_PROBLEMS = 500
