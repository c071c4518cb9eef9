"""What can leave the house. A slice registers its kinds in `AppConfig.ready`; one way out for all.

A kind can say how much it would be (`measure`) and make it (`produce`). Both are asked in the
scope of whoever asks, in the request or in a job, so both may refuse: `Denied`, `Http404`, or
`Unanswerable` with sentences.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from django.http import QueryDict

from yihu.access.models import User
from yihu.exports.rules import Level, Mark, Stamp

T = TypeVar("T")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
PDF = "application/pdf"
CHUNK = 500
"""Rows after which a running export asks whether it still may."""


class Unanswerable(Exception):
    """Not to be made as asked for; the sentences say why, and what would do."""

    def __init__(self, *problems: str, status: int = 400, back: str = "") -> None:
        super().__init__("；".join(problems))
        self.problems = list(problems)
        self.status = status
        self.back = back


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: the arguments of the address and its query."""

    args: Mapping[str, str]
    query: str = ""

    @property
    def chosen(self) -> QueryDict:
        """The filters, as the list itself reads them."""
        return QueryDict(self.query)


@dataclass(frozen=True, slots=True)
class Size:
    """How much it would be, of whom, and the strictest mark among the files that are on it."""

    title: str
    rows: int
    level: Level
    unit_ids: Sequence[int]
    columns: Sequence[str] = ()
    dossier_id: Any = None
    mark: Mark | None = None

    @property
    def strictest(self) -> Level:
        """What bears the mark of a core secret is one, whatever its kind is."""
        return Level.CORE if self.mark is not None and self.mark.core else self.level


@dataclass(frozen=True, slots=True)
class Made:
    """The finished file."""

    content: bytes
    name: str
    media_type: str
    rows: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Work:
    """One export under way: who asks for what, and what the file must say of itself."""

    by: User
    asked: Asked
    stamp: Stamp
    at: datetime
    today: date
    still: Callable[[], None]
    """Raises `Stopped` where the person may no longer have it; called between chunks."""

    def watched(self, rows: Iterable[T], *, each: int = CHUNK) -> Iterator[T]:
        """The rows, with the question asked anew after `each` of them (§6.3.4)."""
        for number, row in enumerate(rows):
            if number % each == 0:
                self.still()
            yield row


@dataclass(frozen=True, slots=True)
class Kind:
    """A list or a paper. `free`: what its askers need for the work itself, or what says nothing
    of customers: it never waits for anybody and does not count as one of the day's exports.
    `work`: a paper of the work that does not count either, but waits where it is a core secret.
    `lines`: tells a line of each file and nothing that its mark protects: it bears the strictest
    mark, but waits by its own level and its rows. Nearly every list holds a strategic customer.
    `outside`: meant for the customer, so it bears the trace code and not who took it.
    """

    code: str
    label: Any
    measure: Callable[[User, Asked], Size]
    produce: Callable[[Work], Made]
    free: bool = False
    work: bool = False
    lines: bool = False
    purpose: str = ""
    outside: bool = False


_kinds: dict[str, Kind] = {}


def contribute(kind: Kind) -> None:
    """Make a kind known; again replaces it."""
    _kinds[kind.code] = kind


def kind_of(code: str) -> Kind:
    """Raises: KeyError for a kind that nobody registered."""
    return _kinds[code]


def registered() -> list[Kind]:
    """Every kind, by its code."""
    return [_kinds[code] for code in sorted(_kinds)]
