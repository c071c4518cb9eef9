"""Rows into PostgreSQL by COPY: the one way for more than a handful."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from psycopg import sql


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY the rows into the table, within the caller's transaction. Returns how many.

    Values are adapted by psycopg; `Jsonb` wraps an object. The rows must not ask the database:
    the connection is busy with the COPY.
    Raises: django.db.IntegrityError and its kin, as any statement does.
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    count = 0
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row(row)
            count += 1
    return count
