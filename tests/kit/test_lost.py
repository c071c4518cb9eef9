"""A connection that breaks is another time's work, whoever tells of it."""

import psycopg
import pytest
from django.db import OperationalError, ProgrammingError, connection

from yihu.kit.lost import lost

pytestmark = pytest.mark.usefixtures("own_database")


def broken_while_copying() -> Exception:
    """What is told where rows are copied as the server ends the connection."""
    again = {**connection.get_connection_params(), "cursor_factory": None}
    with psycopg.connect(**again) as other, connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE taken (n int)")
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone()
        try:
            with cursor.copy("COPY taken FROM STDIN") as copy:
                copy.write_row([1])
                other.execute("SELECT pg_terminate_backend(%s)", [number])
        except psycopg.Error as why:
            return why
    raise AssertionError("nothing broke")


def test_a_connection_that_breaks_while_rows_are_copied_is_lost() -> None:
    why = broken_while_copying()
    assert not isinstance(why, OperationalError)
    assert lost(why)
    connection.close()


def test_what_the_database_refuses_is_not() -> None:
    assert not lost(ProgrammingError("relation does not exist"))
    assert not lost(psycopg.errors.UndefinedTable("relation does not exist"))
    assert not lost(ValueError())


def test_what_it_came_from_counts() -> None:
    why = ValueError("while it was dealt with")
    why.__context__ = OperationalError("the connection is lost")
    assert lost(why)
