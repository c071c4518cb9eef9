"""What differs between two contents of a file, field by field and row by row. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yihu.dossiers.content import Content
from yihu.dossiers.tables import Table
from yihu.guide.rules import Definition, Field, FieldType, is_empty


@dataclass(frozen=True, slots=True)
class RowChange:
    """A table's row: `old` None where it is new, `new` None where it is gone."""

    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None

    @property
    def columns(self) -> list[str]:
        """The columns whose values differ, in the row's order."""
        old, new = self.old or {}, self.new or {}
        return [code for code in {**new, **old} if old.get(code) != new.get(code)]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of the guide: its old and new value; `rows` where it is a table."""

    field: Field
    old: Any
    new: Any
    rows: tuple[RowChange, ...] = ()


@dataclass(frozen=True, slots=True)
class TableChange:
    """A table that another slice contributed."""

    table: Table
    rows: tuple[RowChange, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """By section code what changed; `head` the columns of the dossier itself: (code, old, new)."""

    head: tuple[tuple[str, Any, Any], ...]
    fields: Mapping[str, tuple[FieldChange, ...]]
    tables: Mapping[str, tuple[TableChange, ...]]

    def __bool__(self) -> bool:
        return bool(self.head or self.fields or self.tables)

    @property
    def sections(self) -> set[str]:
        """The sections in which anything differs."""
        return set(self.fields) | set(self.tables)


def differ(
    old: Content | None,
    new: Content,
    definition: Definition,
    known: Sequence[Table],
    *,
    before: Definition | None = None,
) -> Difference:
    """From the old content (None: there was none) to the new one.

    `definition` is the guide of the new content, `before` that of the old one where it was
    another: a field that only the old guide knows is shown by it.
    """
    was = old or {"dossier": {}, "facts": {}, "tables": {}}
    fields: dict[str, list[FieldChange]] = {}
    for field in _fields(definition, before):
        here, there = was["facts"].get(field.code), new["facts"].get(field.code)
        if here == there or (is_empty(here) and is_empty(there)):
            continue
        rows = tuple(_rows_by_place(here, there)) if field.type == FieldType.TABLE else ()
        fields.setdefault(field.section, []).append(FieldChange(field, here, there, rows))
    found: dict[str, list[TableChange]] = {}
    for table in known:
        changed = tuple(
            _rows_by_key(
                was["tables"].get(table.code, []), new["tables"].get(table.code, []), table.key
            )
        )
        if changed:
            found.setdefault(table.section, []).append(TableChange(table, changed))
    head = tuple(
        (code, was["dossier"].get(code), value)
        for code, value in new["dossier"].items()
        if old is not None and was["dossier"].get(code) != value
    )
    return Difference(
        head,
        {section: tuple(changes) for section, changes in fields.items()},
        {section: tuple(changes) for section, changes in found.items()},
    )


def _fields(definition: Definition, before: Definition | None) -> Iterator[Field]:
    yield from definition
    if before is not None:
        yield from (field for field in before if field.code not in definition.by_code)


def _rows_by_key(
    old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], key: tuple[str, ...]
) -> Iterator[RowChange]:
    def name(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(row.get(code) for code in key)

    was = {name(row): row for row in old}
    for row in new:
        before = was.pop(name(row), None)
        if before != row:
            yield RowChange(before, row)
    for row in was.values():
        yield RowChange(row, None)


def _rows_by_place(old: Any, new: Any) -> Iterator[RowChange]:
    """Rows that stand unchanged in both are paired off; the rest are compared in their order."""
    left = list(old) if isinstance(old, list) else []
    right = list(new) if isinstance(new, list) else []
    gone = _without(left, right)
    come = _without(right, left)
    for place in range(max(len(gone), len(come))):
        yield RowChange(
            gone[place] if place < len(gone) else None,
            come[place] if place < len(come) else None,
        )


def _without(rows: list[Any], others: list[Any]) -> list[Any]:
    spare = list(others)
    left = []
    for row in rows:
        if row in spare:
            spare.remove(row)
        else:
            left.append(row)
    return left
