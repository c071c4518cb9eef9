"""Rows into PostgreSQL by COPY: the one way for more than a handful."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from psycopg import sql

STAGE = "CREATE TEMP TABLE copied_rows ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA"
COPY = "COPY copied_rows ({columns}) FROM STDIN"
TAKE_OVER = "INSERT INTO {table} ({columns}) SELECT {columns} FROM copied_rows"


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY the rows, and take them into the table by one statement, within the caller's
    transaction: a table under row security takes no COPY itself. Returns how many.

    Values are adapted by psycopg; `Jsonb` wraps an object. The rows must not ask the database:
    the connection is busy with the COPY.
    Raises: django.db.IntegrityError and its kin, as any statement does.
    """
    names = {
        "table": sql.Identifier(table),
        "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
    }
    stage, copying, take_over = (sql.SQL(text).format(**names) for text in (STAGE, COPY, TAKE_OVER))
    count = 0
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.execute(stage)
        with cursor.copy(copying) as copy:
            for row in rows:
                copy.write_row(row)
                count += 1
        cursor.execute(take_over)
        cursor.execute("DROP TABLE copied_rows")
    return count
