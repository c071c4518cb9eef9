"""How the columns of a ledger are described: one small table a kind (in `kinds/`)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from yihu.intake.cells import Reader
from yihu.intake.rules import MONEY_UNIT_OF, PRICE_UNIT_OF, QUANTITY_UNIT_OF
from yihu.kit import text

Values: TypeAlias = dict[str, Any]
Complain: TypeAlias = Callable[[str, str, str], None]
"""(field, code, message) → the row has this problem."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the file says outside its table: the title's month and year."""

    month: date | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a ledger.

    `names`: how headers call it besides `label`; `missing`: the code of an empty cell that must
    not be; `header`: the file is refused where no column claims it; `money`: a unit of money
    named above the table holds for it; `of_year`: its reader gets the title's year
    in place of a unit; `choices` and `hint` are for the template.
    """

    field: str
    label: str
    read: Reader
    names: str = ""
    missing: str = ""
    header: bool = False
    money: bool = False
    of_year: bool = False
    choices: tuple[str | Promise, ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of ledger.

    `staged`: the columns that the database gets, with their types, in order; `finish` settles
    what takes several cells and fills in the staged values; `one_of`: groups of fields of which
    one must have a column; `ignored`: headers that say nothing (序号); `measured`: the field whose
    header must name a unit where there is no column `unit`.
    """

    name: str
    title: str | Promise
    clause: str
    columns: tuple[Column, ...]
    staged: Mapping[str, str]
    finish: Callable[[Values, Facts, Complain], None]
    one_of: tuple[tuple[str, ...], ...] = ()
    ignored: str = ""
    measured: str = ""
    by_field: Mapping[str, Column] = field(default_factory=dict)
    by_heading: Mapping[str, Column] = field(default_factory=dict)
    ignored_headings: frozenset[str] = frozenset()

    def required_labels(self) -> list[str]:
        """What must have a column, as a clerk reads it; of a group one is enough."""
        needed = [str(column.label) for column in self.columns if column.header]
        either = _(" 或 ")
        groups = [
            either.join(self.by_field[field].label for field in group) for group in self.one_of
        ]
        return [*needed, *groups, *([_("计量单位")] if self.measured else [])]


def kind(**given: Any) -> Kind:
    """A Kind with its look-up tables made."""
    columns: tuple[Column, ...] = given["columns"]
    by_heading: dict[str, Column] = {}
    for column in columns:
        for name in (column.label, *column.names.split()):
            by_heading.setdefault(heading(name)[0], column)
    return Kind(
        **given,
        by_field={column.field: column for column in columns},
        by_heading=by_heading,
        ignored_headings=frozenset(heading(name)[0] for name in given.get("ignored", "").split()),
    )


_IN_BRACKETS = re.compile(r"[(\[【<]([^()\[\]【】<>]*)[)\]】>]")
_DECORATION = re.compile(r"^(?:[*★●]|\d{1,2}[.、])+|[*:：,，.。/]+$")
UNITS = frozenset({*MONEY_UNIT_OF, *QUANTITY_UNIT_OF, *PRICE_UNIT_OF, "%"})
_TAILS = sorted((unit for unit in UNITS if len(unit) > 1), key=len, reverse=True)


def heading(cell: str) -> tuple[str, str]:
    """A header as it is compared, and its unit: 注册资本（万元） → 注册资本, 万元."""
    whole = text.code(cell)
    unit = ""
    for inside in _IN_BRACKETS.findall(whole):
        named = inside.removeprefix("单位").lstrip(":")
        if named in UNITS or (named.endswith(("/日", "/天", "/D")) and named[:-2] in UNITS):
            unit = unit or named
    return _DECORATION.sub("", _IN_BRACKETS.sub("", whole)), unit


def heading_with_tail(cell: str) -> tuple[str, str]:
    """The same, with a unit that stands at the end without brackets: 年合同量ACQ万方."""
    whole, unit = heading(cell)
    for tail in _TAILS:
        if whole.endswith(tail) and whole != tail:
            return whole.removesuffix(tail).rstrip("/-:,"), unit or tail
    return whole, unit
