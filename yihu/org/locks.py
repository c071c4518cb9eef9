"""One at a time within a unit: who gives the next number waits for who is giving one."""

from django.db import connection

NUMBERS = 0x0A12


def one_at_a_time(unit_id: int) -> None:
    """Wait until nobody else numbers in this unit; held until the transaction ends.

    A lock of its own and not of the unit's row: that is headquarters' to change, and whoever may
    not change a row may not lock it either.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [NUMBERS, unit_id])
