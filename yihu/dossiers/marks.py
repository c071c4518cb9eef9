"""The mark of risk beside a customer's name, which a slice above knows how to find (§6.2.2).

A page hands in what it shows, once; `<c-risk :mark="dossier.risk" />` stands where the name stands.
A file that was not handed in, or of whose risks the person may not know, has none.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from django.db.models import QuerySet

from yihu.access.models import User


@dataclass(frozen=True, slots=True)
class Mark:
    """The highest level of a file's remarks, in words, how many stand, and where they are."""

    level: int
    label: str
    number: int
    address: str


class Shown(Protocol):
    """A file, or a row about one, that bears its mark."""

    risk: Any


Reader = Callable[[User, Sequence[UUID]], Mapping[UUID, Mark]]
Rows = Callable[[User], QuerySet[Any]]

_readers: list[Reader] = []
_words: list[Rows] = []


def contribute(reader: Reader, words: Rows) -> None:
    """Name who finds the marks of many files in one query, and those of all files as a query."""
    if reader not in _readers:
        _readers.append(reader)
        _words.append(words)


def put(user: User, rows: Iterable[Shown], *, file: str = "pk") -> None:
    """Set `risk` on each row whose file has one, for this person; one query however many rows.

    `file`: the attribute with the file's key, where the rows are not the files themselves.
    """
    shown = [(row, getattr(row, file)) for row in rows]
    if not shown:
        return
    for reader in _readers:
        found = reader(user, [key for _row, key in shown])
        for row, key in shown:
            row.risk = found.get(key)


def highest(rows: Iterable[Shown]) -> Mark | None:
    """The mark of the highest level among these; None where none has one."""
    found = [row.risk for row in rows if row.risk]
    return max(found, key=lambda mark: mark.level, default=None)


def words(user: User) -> QuerySet[Any]:
    """A query of (file, word, level) for all files of whose risks this person may know: for a
    statement that writes a whole list at once. Of a file's rows the highest level is its mark."""
    first, *rest = (rows(user) for rows in _words)
    return first.union(*rest, all=True) if rest else first
