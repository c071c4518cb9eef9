"""Offtake lies by months: a table each, made ahead; older ones and strays lie together."""

from django.db import connection

from yihu.kit.clock import today

BACK, AHEAD = 12, 3
"""So many months before this one, and after it, have a table of their own: each more costs every
look at a contract's whole history."""


def keep_months(*, most: int) -> int:
    """Tables for the months around today; how many were made.

    A month that has rows already moves into its own, one a call. Where very many rows lie outside
    of the months, `most` tables are made: each holds up whoever works there, for seconds.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT keep_offtake_months(%s, %s, %s, %s)", [today(), BACK, AHEAD, most])
        return int(cursor.fetchone()[0])
