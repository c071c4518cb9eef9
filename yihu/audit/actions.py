"""The one way to record what happened, and to hear of it in a slice above."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, cast
from uuid import UUID

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, models, transaction
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from yihu.audit.models import Event
from yihu.audit.saying import sayable
from yihu.kit.asking import request_id
from yihu.kit.clock import moment_of
from yihu.kit.scoped.base import DatabaseWrapper
from yihu.kit.scoped.replica import by_primary

Handler = Callable[[Event], None]

TYPED = ("q", "customer")
"""Filters that hold what somebody typed; of the others the log veils what is no code."""
COLUMNS = (
    "actor_id", "actor_name", "unit_id", "verb", "subject_type", "subject_id", "dossier_id",
    "data", "request_id",
)  # fmt: skip
ADD = "INSERT INTO audit_event (at, {}) VALUES (statement_timestamp(), {})".format(
    ", ".join(COLUMNS), ", ".join(f"${place}" for place in range(1, len(COLUMNS) + 1))
)
"""By the database's clock: one of many machines whose own is wrong writes no wrong time."""
ADD_HEARD = f"{ADD} RETURNING id, (extract(epoch FROM at) * 1000000)::bigint"
"""With its number and its time in microseconds. What is read back, the policy of reading is asked
of: a third of the cost."""
_handlers: dict[str, list[Handler]] = defaultdict(list)


class NotRecorded(Exception):
    """The log cannot be written, so nothing is done or shown: the answer is 503 (SECURITY D)."""


class Actor(Protocol):
    """Whoever acts; `None` stands for the command line or the clock."""

    pk: Any
    name: str


def subscribe(verb: str, handler: Handler) -> None:
    """Call `handler(event)` whenever `verb` is recorded, in the same transaction."""
    if handler not in _handlers[verb]:
        _handlers[verb].append(handler)


@by_primary
def record(
    by: Actor | None,
    verb: str,
    subject: models.Model | str,
    *,
    unit_id: int | None = None,
    dossier_id: UUID | None = None,
    before: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write one line of the log and tell the subscribers; part of the caller's transaction.

    `data` says which act it was, never what a file holds: `saying.py` has the keys.

    Raises: TransactionManagementError outside a transaction: a fact without its line, or a
    line without its fact, must not be possible. NotRecorded when the database refuses the line.
    Unsayable, under `LOG_STRICT`, for a key that no list knows.
    """
    engine = _in_transaction(verb)
    content = dict(data or {})
    if before is not None:
        content["before"] = dict(before)
    line = {
        "actor_id": by.pk if by is not None else None,
        "actor_name": by.name if by is not None else "系统",
        "unit_id": unit_id if unit_id is not None else getattr(subject, "unit_id", None),
        "verb": verb,
        "subject_type": subject if isinstance(subject, str) else subject._meta.label_lower,
        "subject_id": "" if isinstance(subject, str) else str(subject.pk),
        "dossier_id": dossier_id,
        "data": _plain(verb, content),
        "request_id": request_id.get(),
    }
    handlers = tuple(_handlers[verb])
    try:
        row = _add(engine, line, heard=bool(handlers))
    except DatabaseError as why:
        engine.needs_rollback = True
        raise NotRecorded(verb) from why
    if row is not None:
        number, at = row
        event = Event(pk=number, at=at, **line)
        for handler in handlers:
            handler(event)


def _in_transaction(verb: str) -> DatabaseWrapper:
    """The connection of the open transaction."""
    engine = cast(DatabaseWrapper, connections[DEFAULT_DB_ALIAS])
    if not engine.in_atomic_block:
        raise transaction.TransactionManagementError(f"{verb} recorded outside a transaction")
    return engine


def _add(
    engine: DatabaseWrapper, line: Mapping[str, Any], *, heard: bool
) -> tuple[int, datetime] | None:
    """Into the log; its number there and its time, where somebody will hear of it.

    As texts and without a model: a page waits for its line, and most of the wait would be ours.
    """
    said = {**line, "data": json.dumps(line["data"])}
    texts = [None if said[column] is None else str(said[column]) for column in COLUMNS]
    row = engine.texts(ADD_HEARD if heard else ADD, texts)
    if row is None:
        return None
    number, at = map(int, cast(tuple[str, str], row))
    return number, moment_of(at)


def searched(
    by: Actor, where: str, text: str, *, hits: int, dossier_id: UUID | None = None
) -> None:
    """Record that somebody searched: how many hits, as far as they were counted, and the file
    where it is one.

    Never the words: a keyed hash of them, so that equal searches are known as equal.
    Raises: as `record` does.
    """
    data = {"query": veiled(text), "hits": hits}
    record(by, "searched", where, dossier_id=dossier_id, data=data)


def veiled(text: str) -> str:
    """Words as the log may keep them: equal ones look equal, and nobody reads them out of it."""
    said = " ".join(text.split()).lower()
    return salted_hmac("yihu.audit.searched", said, algorithm="sha256").hexdigest()[:16]


def conditions(given: Mapping[str, Any]) -> dict[str, str]:
    """The filters of a list for the log, its words veiled."""
    said = {name: str(value) for name, value in given.items() if value}
    return {name: veiled(text) if name in TYPED else text for name, text in said.items()}


@dataclass(frozen=True, slots=True)
class Line:
    """One of many acts of the same kind: its row, its unit and file, and what to say of it."""

    subject: models.Model
    unit_id: int
    dossier_id: UUID | None
    data: Mapping[str, Any]


@by_primary
def record_many(by: Actor | None, verb: str, lines: Sequence[Line]) -> None:
    """Write many lines of one verb at once; subscribers hear of them by the caller's summary.

    Raises: TransactionManagementError outside a transaction; NotRecorded.
    """
    _in_transaction(verb)
    events = [
        Event(
            at=Now(),
            actor_id=by.pk if by is not None else None,
            actor_name=by.name if by is not None else "系统",
            unit_id=line.unit_id,
            verb=verb,
            subject_type=line.subject._meta.label_lower,
            subject_id=str(line.subject.pk),
            dossier_id=line.dossier_id,
            data=_plain(verb, dict(line.data)),
            request_id=request_id.get(),
        )
        for line in lines
    ]
    try:
        Event.objects.bulk_create(events)
    except DatabaseError as why:
        raise NotRecorded(verb) from why


def _plain(verb: str, content: dict[str, Any]) -> dict[str, Any]:
    if not content:
        return content
    plain: dict[str, Any] = json.loads(json.dumps(content, cls=DjangoJSONEncoder))
    return sayable(verb, plain, veiled, strict=settings.LOG_STRICT)
