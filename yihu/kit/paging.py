"""Pages by key: each starts after a row, so the thousandth costs what the first does."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

SIZE = 50


class BadCursor(ValueError):
    """The place in the list, as the address gives it, cannot be read."""


@dataclass(frozen=True, slots=True)
class Order:
    """One way to sort: by `field`, equal ones by `id`. `read` takes the key back from text."""

    field: str
    read: Callable[[str], Any] = str
    descending: bool = False

    def reversed(self) -> "Order":
        """The same from the other end."""
        return Order(self.field, self.read, not self.descending)


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the cursors of the pages before and after ("" where there is none)."""

    rows: Sequence[Any]
    before: str
    after: str


def _cursor(row: Any, order: Order) -> str:
    return _packed([_text(getattr(row, order.field)), str(row.pk)])


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _packed(values: Sequence[str]) -> str:
    packed = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _read(cursor: str, order: Order) -> tuple[Any, Any]:
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        value, key = json.loads(packed)
        if not isinstance(value, str) or "\0" in value:
            raise BadCursor(cursor)
        return order.read(value), int(key) if key.isdigit() else UUID(key)
    except (binascii.Error, ValueError, TypeError, AttributeError) as unreadable:
        raise BadCursor(cursor) from unreadable


def _beyond(order: Order, value: Any, key: Any) -> Q:
    sign = "lt" if order.descending else "gt"
    # the first condition says nothing new, but it is what an index can start from
    return Q(**{f"{order.field}__{sign}e": value}) & (
        Q(**{f"{order.field}__{sign}": value}) | Q(**{f"pk__{sign}": key})
    )


def page_of(
    rows: QuerySet[Any], order: Order, *, after: str = "", before: str = "", size: int = SIZE
) -> Page:
    """The page after (or before) a cursor. Raises: BadCursor."""
    backwards = bool(before)
    way = order.reversed() if backwards else order
    if after or before:
        rows = rows.filter(_beyond(way, *_read(after or before, order)))
    sign = "-" if way.descending else ""
    found = list(rows.order_by(f"{sign}{order.field}", f"{sign}pk")[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_before = more if backwards else bool(after)
    has_after = bool(before) if backwards else more
    return Page(
        rows=found,
        before=_cursor(found[0], order) if found and has_before else "",
        after=_cursor(found[-1], order) if found and has_after else "",
    )


def page_by_key(rows: QuerySet[Any], *, after: str = "", size: int = SIZE) -> Page:
    """The page after a cursor in the order of the primary key, which may be of several columns.

    Raises: BadCursor.
    """
    fields = rows.model._meta.pk_fields
    if after:
        rows = rows.filter(pk__gt=_key(after, fields))
    found = list(rows.order_by("pk")[: size + 1])
    more, found = len(found) > size, found[:size]
    last = [_text(getattr(found[-1], field.attname)) for field in fields] if found else []
    return Page(rows=found, before="", after=_packed(last) if more else "")


def _key(cursor: str, fields: Sequence[Any]) -> tuple[Any, ...]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not all(isinstance(value, str) for value in values):
            raise BadCursor(cursor)
        return tuple(
            field.target_field.to_python(value) if field.is_relation else field.to_python(value)
            for field, value in zip(fields, values, strict=True)
        )
    except (binascii.Error, ValueError, TypeError, ValidationError) as unreadable:
        raise BadCursor(cursor) from unreadable
