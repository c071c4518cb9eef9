"""Reading from a replica, where there is one: in the same scope, and never older than is said.

A replica follows the primary by some moments. So it is asked only while it is within a bound, and
whoever reads there is told until when everything is in. What a person may see is reckoned on the
primary, as ever: the replica, which only reads, enters the same scope by the same secret and is
left alone where it would say anything else, as in the moment after a right was given or ended.
Whatever goes wrong there is read again on the primary.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar, cast

import psycopg
from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError, connections, transaction

from yihu.kit.scoped.base import SEAL, DatabaseWrapper

P = ParamSpec("P")
T = TypeVar("T")
ALIAS = "replica"
REST_SECONDS = 10
"""So long a replica that failed is not asked again: to find out takes as long as its timeout."""
MARGIN = timedelta(seconds=1)
"""Of two commits, the one with the later time may be replayed first by so much at most."""
PRIMARY = "SELECT pg_current_wal_flush_lsn()::text, clock_timestamp(), current_user"
FOLLOWS = """
SELECT pg_is_in_recovery(), current_user, pg_last_wal_replay_lsn() >= %s::pg_lsn,
    pg_last_xact_replay_timestamp()
"""

log = logging.getLogger(__name__)
_aside: ContextVar[DatabaseWrapper | None] = ContextVar("aside", default=None)
_rests_until = 0.0


def read(work: Callable[[datetime | None], T]) -> T:
    """What `work` answers, read from the replica if that will do, else from the primary.

    `work` is given until when everything is in what it reads, None: it is the primary. It may be
    called twice, returns finished values (no lazy rows), and writes only within `primary()`.
    """
    engine = cast(DatabaseWrapper, connections["default"])
    if ALIAS in connections.settings and engine.in_atomic_block and _aside.get() is None:
        try:
            with transaction.atomic(), _in_place_of(engine) as until:
                if until is not None:
                    return work(until)
        except (OperationalError, InterfaceError) as why:
            _rest(why)
        except InternalError as why:
            if not isinstance(why.__cause__, psycopg.errors.ReadOnlySqlTransaction):
                raise
            log.warning("something that was to be read from the replica writes")
    return work(None)


@contextmanager
def primary() -> Iterator[None]:
    """What stands inside goes to the primary, whoever reads from the replica around it."""
    aside = _aside.get()
    if aside is None:
        yield
        return
    replica = connections["default"]
    connections["default"] = aside
    token = _aside.set(None)
    try:
        yield
    finally:
        _aside.reset(token)
        connections["default"] = replica


def by_primary(work: Callable[P, T]) -> Callable[P, T]:
    """`work` within `primary()`, which it enters only where somebody reads from the replica."""

    @wraps(work)
    def working(*args: P.args, **kwargs: P.kwargs) -> T:
        if _aside.get() is None:
            return work(*args, **kwargs)
        with primary():
            return work(*args, **kwargs)

    return working


def standing() -> tuple[bool, float]:
    """Whether the replica follows, and by how many seconds at most. Raises: OperationalError."""
    engine = cast(DatabaseWrapper, connections["default"])
    with transaction.atomic(), transaction.atomic(using=ALIAS):
        until, now = _until(engine, cast(DatabaseWrapper, connections[ALIAS]))
        return until is not None, (now - until).total_seconds() if until else 0


@contextmanager
def _in_place_of(engine: DatabaseWrapper) -> Iterator[datetime | None]:
    """The replica stands where the primary did; yields until when it holds, None: it does not."""
    if time.monotonic() < _rests_until:
        yield None
        return
    with transaction.atomic(using=ALIAS):
        replica = cast(DatabaseWrapper, connections[ALIAS])
        until, now = _until(engine, replica)
        bound = timedelta(seconds=settings.REPLICA_SECONDS)
        if until is None or now - until > bound or replica.entered[SEAL:] != engine.entered[SEAL:]:
            yield None
            return
        connections["default"] = replica
        token = _aside.set(engine)
        try:
            yield until
        finally:
            _aside.reset(token)
            connections["default"] = engine


def _until(engine: DatabaseWrapper, replica: DatabaseWrapper) -> tuple[datetime | None, datetime]:
    """Until when everything is there, and the primary's time; None where it is no replica of ours,
    or one that may do more than the application."""
    written, now, user = engine.bound(PRIMARY, []) or ("", None, "")
    follows, same, caught_up, replayed = replica.bound(FOLLOWS, [written]) or (
        False,
        "",
        False,
        None,
    )
    if not follows or same != user:
        log.error("the replica is none, or is entered by another role: %s", same)
        return None, now
    if caught_up:
        return now, now
    return replayed and replayed - MARGIN, now


def _rest(why: Exception) -> None:
    global _rests_until
    connections[ALIAS].close()
    _rests_until = time.monotonic() + REST_SECONDS
    log.warning("the replica is not there: %s", type(why).__name__)
