"""The engine itself: Django's for PostgreSQL, with the scope entered as a transaction begins."""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

import psycopg
from django.db import transaction
from django.db.backends.postgresql import base
from psycopg.pq import ExecStatus, TransactionStatus

secret: ContextVar[str | None] = ContextVar("secret", default=None)
"""Whose transactions begin here; None: nobody's, and no row of any unit is there."""

ENTER = (
    "SELECT pg_catalog.set_config('search_path', 'public, pg_temp', true), public.enter_scope(%s)"
)
"""Temporary tables come last: one left behind on this connection hides no table of ours."""
SEAL = 64
"""So many letters of what was entered are the seal over the rest."""
LEAVE = "SELECT pg_catalog.set_config('yihu.scope', %s, true)"


class DatabaseWrapper(base.DatabaseWrapper):
    """`entered`: what the open transaction may see, as `enter_scope` sealed it; "" for nothing."""

    entered = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self._in_transaction)

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # not in the stubs
        self.entered = ""
        given = secret.get()
        if not autocommit and given is not None:
            self._enter(given)

    def _enter(self, given: str) -> None:
        row = self.bound(ENTER, [given])
        assert row is not None
        self.entered = row[1]

    def bound(self, sql: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
        """Run a statement whose values travel beside it and never stand in it: the first row.

        Whoever has our role reads the statements of all our connections (`pg_stat_activity`), so
        what opens something must not be part of one.
        """
        self.ensure_connection()
        if self.queries_logged:  # it costs like any other, so it counts
            self.queries_log.append({"sql": sql, "time": ""})
        with self.wrap_database_errors, psycopg.Cursor(self.connection) as cursor:
            cursor.execute(sql, values)
            found: tuple[Any, ...] | None = cursor.fetchone() if cursor.description else None
            return found

    def texts(self, sql: str, values: Sequence[str | None]) -> tuple[str | None, ...] | None:
        """Run a statement with texts for `$1` and so on, in an atomic block: the row that it wrote.

        Handed to the protocol as they are: what adapts values of any kind takes longer than the
        server does for a short statement.
        """
        if self.connection is None:
            self.ensure_connection()
        server = self.connection.pgconn
        if server.transaction_status == TransactionStatus.IDLE:
            self.bound("SELECT", [])  # psycopg begins a transaction with its first statement
        if self.queries_logged:
            self.queries_log.append({"sql": sql, "time": ""})
        with self.wrap_database_errors:
            said = [None if value is None else value.encode() for value in values]
            result = server.exec_params(sql.encode(), said)
            if result.status == ExecStatus.COMMAND_OK:
                return None
            if result.status != ExecStatus.TUPLES_OK:
                raise psycopg.errors.error_from_result(result)
            row = (result.get_value(0, place) for place in range(result.nfields))
            return tuple(None if value is None else value.decode() for value in row)

    def change(self, given: str | None) -> str:
        """The open transaction goes over to this secret; returns what it was sealed to."""
        before = self.entered
        if given is None:
            self.resume("")
        else:
            self._enter(given)
        return before

    def resume(self, sealed: str) -> None:
        """The open transaction goes back to what it was; one that failed ends anyway."""
        if self.connection.info.transaction_status == TransactionStatus.INERROR:
            return
        with self.wrap_database_errors, psycopg.Cursor(self.connection) as cursor:
            cursor.execute(LEAVE, [sealed])
        self.entered = sealed

    def _in_transaction(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        """A statement on its own is a transaction too, and is somebody's."""
        if secret.get() is None or self.in_atomic_block:
            return execute(sql, params, many, context)
        with transaction.atomic(using=self.alias):
            return execute(sql, params, many, context)
