"""Whether what failed is the database that went away: then another time is as good as this one."""

from collections.abc import Iterator

import psycopg
from django.db import InterfaceError, OperationalError

LOST = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
"""Django's, and those of the driver itself, by which rows are copied."""


def causes(why: BaseException | None) -> Iterator[BaseException]:
    """The failure, what it came from, and so on."""
    while why is not None:
        yield why
        why = why.__cause__ or why.__context__


def lost(why: BaseException) -> bool:
    """A connection that broke, here or while another failure was dealt with; a lock not given."""
    return any(isinstance(one, LOST) for one in causes(why))
