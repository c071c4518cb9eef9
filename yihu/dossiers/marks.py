"""The mark of risk beside a customer's name, which a slice above knows how to find (§6.2.2).

A page hands in the files that it shows, once; `<c-risk :risk="dossier.risk" />` stands where the
name stands. A file that was not handed in, or of whose risks the person may not know, has none.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest

from yihu.access.models import User


@dataclass(frozen=True, slots=True)
class Mark:
    """The highest level of a file's remarks, in words, how many stand, and where they are."""

    level: int
    label: str
    number: int
    address: str


class Shown(Protocol):
    """A file, or a line of one, that bears its mark."""

    pk: Any
    risk: Any


Reader = Callable[[User, Sequence[Any]], Mapping[UUID, Mark]]
Rows = Callable[[User], QuerySet[Any]]

_readers: list[Reader] = []
_words: list[Rows] = []
_standing: list[Rows] = []


def contribute(reader: Reader, words: Rows, standing: Rows) -> None:
    """Name who finds the marks of many files in one query; those of all files as a query, in words
    and as the rows with `dossier` and `level` that they come from."""
    if reader not in _readers:
        _readers.append(reader)
        _words.append(words)
        _standing.append(standing)


def put(user: User, dossiers: Iterable[Shown]) -> None:
    """Set `risk` on each file that has one, for this person; one query however many files."""
    shown = list(dossiers)
    if not shown:
        return
    for reader in _readers:
        found = reader(user, shown)
        for dossier in shown:
            dossier.risk = found.get(dossier.pk)


def level(user: User) -> Combinable:
    """The level of a file's mark, for this person, as a column of a query over files."""
    found = [
        Subquery(rows(user).filter(dossier=OuterRef("pk")).order_by("-level").values("level")[:1])
        for rows in _standing
    ]
    return Greatest(*found) if len(found) > 1 else found[0]


def words(user: User) -> QuerySet[Any]:
    """A query of (file, word, level) for all files of whose risks this person may know: for a
    statement that writes a whole list at once. Of a file's rows the highest level is its mark."""
    first, *rest = (rows(user) for rows in _words)
    return first.union(*rest, all=True) if rest else first
