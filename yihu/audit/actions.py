"""The one way to record what happened, and to hear of it in a slice above."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from yihu.audit.models import Event

Handler = Callable[[Event], None]

request_id: ContextVar[str] = ContextVar("request_id", default="")
_handlers: dict[str, list[Handler]] = defaultdict(list)


class Actor(Protocol):
    """Whoever acts; `None` stands for the command line or the clock."""

    pk: Any
    name: str


def subscribe(verb: str, handler: Handler) -> None:
    """Call `handler(event)` whenever `verb` is recorded, in the same transaction."""
    if handler not in _handlers[verb]:
        _handlers[verb].append(handler)


def record(
    by: Actor | None,
    verb: str,
    subject: models.Model | str,
    *,
    unit_id: int | None = None,
    dossier_id: UUID | None = None,
    before: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Write one line of the log and tell the subscribers; part of the caller's transaction.

    Raises: TransactionManagementError outside a transaction: a fact without its line, or a
    line without its fact, must not be possible.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(f"{verb} recorded outside a transaction")
    content = dict(data or {})
    if before is not None:
        content["before"] = dict(before)
    event = Event.objects.create(
        at=timezone.now(),
        actor_id=by.pk if by is not None else None,
        actor_name=by.name if by is not None else "系统",
        unit_id=unit_id if unit_id is not None else getattr(subject, "unit_id", None),
        verb=verb,
        subject_type=subject if isinstance(subject, str) else subject._meta.label_lower,
        subject_id="" if isinstance(subject, str) else str(subject.pk),
        dossier_id=dossier_id,
        data=_plain(content),
        request_id=request_id.get(),
    )
    for handler in tuple(_handlers[verb]):
        handler(event)
    return event


@dataclass(frozen=True, slots=True)
class Line:
    """One of many acts of the same kind: its row, its unit and file, and what to say of it."""

    subject: models.Model
    unit_id: int
    dossier_id: UUID | None
    data: Mapping[str, Any]


def record_many(by: Actor | None, verb: str, lines: Sequence[Line]) -> None:
    """Write many lines of one verb at once; subscribers hear of them by the caller's summary.

    Raises: TransactionManagementError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(f"{verb} recorded outside a transaction")
    at = timezone.now()
    Event.objects.bulk_create(
        Event(
            at=at,
            actor_id=by.pk if by is not None else None,
            actor_name=by.name if by is not None else "系统",
            unit_id=line.unit_id,
            verb=verb,
            subject_type=line.subject._meta.label_lower,
            subject_id=str(line.subject.pk),
            dossier_id=line.dossier_id,
            data=_plain(dict(line.data)),
            request_id=request_id.get(),
        )
        for line in lines
    )


def _plain(content: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(content, cls=DjangoJSONEncoder))
    return plain
