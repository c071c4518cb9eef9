"""The tables that slices above add to a dossier's versions: contracts, offtake, ratings, papers.

A version holds the whole file (§3c, 6.1.1), but a dossier stands below the slices that own these
rows; each registers its table in `AppConfig.ready`, as it subscribes to verbs.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from yihu.access.models import User

MOMENT = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d\+08:00$")
"""How a version keeps a moment (`content.plain`); people read the day and the minute."""
Row = dict[str, Any]
Reader = Callable[[Sequence[UUID]], Mapping[UUID, list[Row]]]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the file.

    `section` is the guide's section that it stands in; `key` the columns that identify a row;
    `columns` (code, label) in the order of the page; `read` gives the rows of many dossiers in
    one query, in a fixed order, as plain JSON: decimals and dates as texts. `words` says codes:
    column → code → label; `figures` are the columns that stand right-aligned; `core` those that are
    core secrets (prices, amounts): masked for whoever does not keep the unit's files (§5.5).
    `secret(row, core_file)` says whether a row is of a paper that is a core secret or personal, and
    `named` which of its columns then tell of it: masked for the same people.
    `known_to(user, unit_id, region_code)` says who may know of the rows at all, where not every
    reader may.
    """

    code: str
    label: Any
    section: str
    key: tuple[str, ...]
    columns: tuple[tuple[str, Any], ...]
    read: Reader
    words: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    figures: frozenset[str] = frozenset()
    known_to: Callable[[User, int, str], bool] | None = None
    core: frozenset[str] = frozenset()
    secret: Callable[[Mapping[str, Any], bool], bool] | None = None
    named: frozenset[str] = frozenset()

    def say(self, column: str, value: Any) -> str:
        """A cell for people; "" for nothing."""
        if value is None or value == "":
            return ""
        if column in self.figures:
            return figure(value)
        said = str(self.words.get(column, {}).get(value, value))
        return MOMENT.sub(r"\1 \2", said)


def figure(value: Any) -> str:
    """A decimal as a version keeps it, for people: 10382398.9700 → 10,382,398.97."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_tables: dict[str, Table] = {}


def contribute(table: Table) -> None:
    """Add a table to every version from now on. Raises: ValueError where the code is taken."""
    if _tables.get(table.code, table) is not table:
        raise ValueError(f"two tables are called {table.code}")
    _tables[table.code] = table


def tables() -> list[Table]:
    """Every table that was contributed, in the order of their codes."""
    return [_tables[code] for code in sorted(_tables)]


def table(code: str) -> Table | None:
    """The table of that code; None for one that a version holds and this installation lacks."""
    return _tables.get(code)


def shown_to(user: User, content: Row, *, unit_id: int, region_code: str) -> Row:
    """A version's content without the tables of which the person may not even know."""
    kept = {
        code: rows
        for code, rows in content["tables"].items()
        if (known := _tables.get(code)) is None
        or known.known_to is None
        or known.known_to(user, unit_id, region_code)
    }
    return {**content, "tables": kept}
