"""Offtake lies by months: a table each, made ahead; older ones and strays lie together."""

from django.db import connection

from yihu.kit.clock import today

BACK, AHEAD = 12, 3
"""So many months before this one, and after it, have a table of their own: each more costs every
look at a contract's whole history."""


def keep_months() -> int:
    """Tables for the months around today; how many were missing.

    A month that has rows already moves into its own, one a call.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT keep_offtake_months(%s, %s, %s)", [today(), BACK, AHEAD])
        return int(cursor.fetchone()[0])
