"""The engine itself: Django's for PostgreSQL, with the scope entered as a transaction begins."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.db import transaction
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

secret: ContextVar[str | None] = ContextVar("secret", default=None)
"""Whose transactions begin here; None: nobody's, and no row of any unit is there."""

ENTER = "SELECT enter_scope(%s)"
LEAVE = "SELECT set_config('yihu.scope', %s, true)"


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
        with self.connection.cursor() as cursor:
            cursor.execute(ENTER, [given])
            self.entered = cursor.fetchone()[0]
        if self.queries_logged:  # it costs like any other, so it counts
            self.queries_log.append({"sql": ENTER, "time": ""})

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
        with self.connection.cursor() as cursor:
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
