"""Statements over many rows at once, of tables that may have no statistics yet."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import DateTimeField
from django.db.models.expressions import RawSQL

THIS_TRANSACTION = RawSQL("now()", [], output_field=DateTimeField())
"""The moment that statements and triggers write: one for the whole transaction."""
BY_SETS = """
SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off; SET LOCAL work_mem = '192MB'
"""
AS_EVER = """
SET LOCAL enable_nestloop TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT;
SET LOCAL work_mem TO DEFAULT
"""


@contextmanager
def by_sets() -> Iterator[None]:
    """Inside, tables are joined by hashing all that they are joined by.

    Tables that were filled a moment ago have no statistics, and under row security the planner
    then expects next to nothing: it would walk one for each row of another, or merge them by their
    unit alone and compare every file of a unit with every other. For the rest of a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(BY_SETS)
        yield
        cursor.execute(AS_EVER)
