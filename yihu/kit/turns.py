"""Taking turns: whoever else wants the same waits until this transaction is over."""

from django.db import connection


def take_turn(what: str, unit_id: int) -> None:
    """One at a time of `what` in a unit. Not by locking the unit's row: nobody but headquarters
    may write units, so their row policy shows others none to lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [what, unit_id])
