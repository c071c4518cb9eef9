"""Whose transaction it is: a database engine that says so as each transaction begins.

Row-level policies of PostgreSQL read a scope that lasts as long as the transaction
(`access/migrations/0002`). It is entered by a function that takes a secret. So that no door can
forget it, the engine calls that function whenever a transaction begins, and gives a statement
outside any transaction one of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.db import connection

from yihu.kit.scoped.base import DatabaseWrapper, secret


@contextmanager
def acting(given: str | None) -> Iterator[None]:
    """Every transaction inside is of the one whose secret this is; an open one changes over."""
    engine = cast(DatabaseWrapper, connection)
    before = engine.change(given) if engine.in_atomic_block else None
    token = secret.set(given)
    try:
        yield
    finally:
        secret.reset(token)
        if before is not None and engine.in_atomic_block and not engine.needs_rollback:
            engine.resume(before)
