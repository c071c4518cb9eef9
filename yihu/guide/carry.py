"""Values from one edition of the guide to the next, by an explicit mapping (§4.1b, 6.1.4).

Pure. Nothing typed is lost: each value comes out among the facts of the new edition, or among
the retired under its old code: {"label", "value", "edition", "shown"}.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from yihu.guide.reading import Unstorable, read_value
from yihu.guide.rules import (
    CHECKS,
    OPEN_END,
    REGION_LIST,
    Cell,
    Definition,
    Field,
    FieldType,
    as_number,
    as_text,
    display_plain,
    is_empty,
)
from yihu.org.regions import COUNTIES, REGIONS

T = FieldType


class How(StrEnum):
    RENAME = "rename"
    RETYPE = "retype"
    REMOVE = "remove"
    ADD = "add"
    RECODE = "recode"


class Rest(StrEnum):
    """What becomes of values that the table `values` does not name."""

    READ = "read"
    RETIRE = "retire"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the mapping; a column of a table is written `table.column`.

    `values`: old value → new value, "" for none (it is retired). `factor`: what numbers are
    multiplied with when their unit changes. `form`: type and unit that a RETYPE was answered
    for; where the draft's field becomes something else again, it is asked anew.
    """

    how: How
    source: str = ""
    target: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    rest: Rest = Rest.READ
    factor: str = "1"
    form: str = ""

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> Self:
        """Reads what `as_json` wrote."""
        return cls(
            how=How(line["how"]),
            source=line.get("from", ""),
            target=line.get("to", ""),
            values=dict(line.get("values", {})),
            rest=Rest(line.get("rest", "read")),
            factor=line.get("factor", "1"),
            form=line.get("as", ""),
        )

    def as_json(self) -> dict[str, Any]:
        """{"how", "from", "to", "values", "rest", "factor", "as"}, without what says nothing."""
        line: dict[str, Any] = {"how": self.how.value}
        if self.source:
            line["from"] = self.source
        if self.target:
            line["to"] = self.target
        if self.values:
            line["values"] = dict(self.values)
        if self.how == How.RETYPE:
            line["rest"] = self.rest.value
            line["as"] = self.form
        if self.factor != "1":
            line["factor"] = self.factor
        return line


def read_changes(lines: Iterable[Mapping[str, Any]]) -> tuple[Change, ...]:
    """`Edition.changes` as changes."""
    return tuple(Change.from_json(line) for line in lines)


@dataclass(frozen=True, slots=True)
class Route:
    """Where one old field's values go: "" for nowhere."""

    target: str
    values: Mapping[str, str] = field(default_factory=dict)
    rest: Rest = Rest.READ
    factor: Decimal = Decimal(1)


def routes(changes: Sequence[Change], codes: Iterable[str]) -> dict[str, Route]:
    """The route of each old code; a code that no change names keeps its name."""
    found = {code: Route(code) for code in codes}
    for change in changes:
        route = found.get(change.source)
        if route is None:
            continue
        if change.how == How.REMOVE:
            found[change.source] = replace(route, target="")
        elif change.how == How.RENAME:
            found[change.source] = replace(route, target=change.target)
        elif change.how == How.RECODE:
            found[change.source] = replace(route, values={**route.values, **change.values})
        elif change.how == How.RETYPE:
            found[change.source] = replace(
                route,
                values={**route.values, **change.values},
                rest=change.rest,
                factor=Decimal(change.factor),
            )
    return found


@dataclass(frozen=True, slots=True)
class Carried:
    """The facts for the new edition, and what could not go along, by old code."""

    facts: dict[str, Any]
    retired: dict[str, dict[str, Any]]


def carry(
    facts: Mapping[str, Any],
    changes: Sequence[Change],
    old: Definition,
    new: Definition,
    *,
    edition: int,
) -> Carried:
    """What a file said under `old`, said under `new`. `edition`: the number of the old one.

    Values of other tables' rows are not facts; those of the dossier's own row go through.
    """
    ways = routes(changes, _codes(old))
    kept: dict[str, Any] = {}
    retired: dict[str, dict[str, Any]] = {}
    known = [code for code in facts if code in old.by_code]
    for code in known:
        cell = old[code]
        value, way = facts[code], ways[code]
        target = new.by_code.get(way.target)
        if target is None or target.code in kept or target.in_document != cell.in_document:
            if not is_empty(value):
                retired[code] = _line(cell.label, value, display(cell, value), edition)
            continue
        if cell.type == target.type == T.TABLE and _is_table(value):
            rows, left = _carry_rows(value, cell, target, ways)
            if rows or not left:
                kept[target.code] = rows
            for column, lost in left.items():
                label = f"{cell.label} · {_column_label(cell, column)}"
                shown = "；".join(f"第 {number} 行：{_said(part)}" for number, part in lost)
                retired[f"{code}.{column}"] = _line(
                    label, [{"row": number, "value": part} for number, part in lost], shown, edition
                )
            continue
        stays, lost = convert(value, cell, target, way)
        if not is_empty(stays) or is_empty(lost):
            kept[target.code] = stays
        if not is_empty(lost):
            retired[code] = _line(cell.label, lost, display(cell, lost), edition)
    for code in facts.keys() - set(known):  # of no edition: typed under an older one still
        if code in new.by_code and code not in kept:
            kept[code] = facts[code]
        elif not is_empty(facts[code]):
            retired[code] = _line(code, facts[code], _said(facts[code]), edition)
    return Carried(kept, retired)


def keep(
    retired: Mapping[str, Mapping[str, Any]], more: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Both together: where a code was retired before, the later line stands as code@edition."""
    both: dict[str, Any] = {code: dict(line) for code, line in retired.items()}
    for code, line in more.items():
        name = code
        if code in both and both[code] != dict(line):
            name = f"{code}@{line['edition']}"
        both[name] = dict(line)
    return both


def _codes(definition: Definition) -> list[str]:
    columns = [f"{part.code}.{column.code}" for part in definition for column in part.columns]
    return [*definition.by_code, *columns]


def _line(label: str, value: Any, shown: str, edition: int) -> dict[str, Any]:
    return {"label": label, "value": value, "edition": edition, "shown": shown}


def _column_label(table: Field, code: str) -> str:
    return next((column.label for column in table.columns if column.code == code), code)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, Mapping) for row in value)


def _carry_rows(
    rows: list[Mapping[str, Any]], old: Field, new: Field, ways: Mapping[str, Route]
) -> tuple[list[dict[str, Any]], dict[str, list[tuple[int, Any]]]]:
    """The rows under the new columns, and per old column (row number, value) of what was left."""
    before = {column.code: column for column in old.columns}
    after = {column.code: column for column in new.columns}
    found: list[dict[str, Any]] = []
    left: dict[str, list[tuple[int, Any]]] = {}
    for number, row in enumerate(rows, 1):
        carried: dict[str, Any] = {}
        strays = [code for code in row if code not in before]
        for code in (*(code for code in row if code in before), *strays):
            value = row[code]
            if is_empty(value):
                continue
            way = ways.get(f"{old.code}.{code}", Route(code))
            aim = way.target.removeprefix(f"{old.code}.").removeprefix(f"{new.code}.")
            column = after.get(aim)
            if column is None or column.code in carried:
                stays, lost = None, value
            elif code in before:
                stays, lost = convert(value, before[code], column, way)
            else:
                stays, lost = value, None
            if not is_empty(stays) and column is not None:
                carried[column.code] = stays
            if not is_empty(lost):
                left.setdefault(code, []).append((number, lost))
        if carried:
            found.append(carried)
    return found, left


# One value ---------------------------------------------------------------------------------------


def convert(value: Any, old: Cell, new: Cell, way: Route) -> tuple[Any, Any]:
    """(what the new field holds, what could not go along); None for nothing.

    Both, where the new type says less than the old: of a time its day, of several choices some.
    """
    if is_empty(value):
        return value, None
    if old.type == T.TABLE or new.type == T.TABLE:
        return (value, None) if old.type == new.type else (None, value)
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return _convert_parts(value, old, new, way)
    token = (
        value
        if isinstance(value, str)
        else {True: "true", False: "false"}.get(value, "")
        if isinstance(value, bool)
        else ""
    )
    if token and token in way.values:
        mapped = way.values[token]
        return (_mapped(new, mapped), None) if mapped else (None, value)
    if old.type == new.type and old.unit == new.unit:
        return _same_type(value, old, new)
    if way.rest == Rest.RETIRE:
        return None, value
    if old.type == new.type:  # another unit
        number = as_number(value)
        return (value if number is None else as_text(number * way.factor), None)
    return _read_as(value, old, new)


def _convert_parts(parts: list[str], old: Cell, new: Cell, way: Route) -> tuple[Any, Any]:
    if new.type in (T.TEXTS, T.CHOICES):
        found: list[str] = []
        left: list[str] = []
        for part in parts:
            stays, lost = convert(part, _single(old), _single(new), way)
            if not is_empty(stays) and stays not in found:
                found.append(str(stays))
            if not is_empty(lost):
                left.append(part)
        return found or None, left or None
    if old.type == new.type:  # a list where none belongs: as it was
        return parts, None
    if len(parts) == 1:
        stays, lost = convert(parts[0], _single(old), new, way)
        return stays, parts if not is_empty(lost) else None
    if new.type in (T.TEXT, T.REF) and way.rest == Rest.READ and not set(parts) & set(way.values):
        return "、".join(text_of(_single(old), part, new) for part in parts), None
    return None, parts


_ONE = {T.TEXTS: T.TEXT, T.CHOICES: T.CHOICE}


def _single(cell: Cell) -> Cell:
    """The cell of one part of several."""
    return replace(cell, type=_ONE.get(cell.type, cell.type))


def _mapped(new: Cell, text: str) -> Any:
    if new.type in (T.TEXTS, T.CHOICES):
        return [text]
    return text == "true" if new.type == T.BOOL else text


def _same_type(value: Any, old: Cell, new: Cell) -> tuple[Any, Any]:
    if new.type not in (T.CHOICE, T.CHOICES) or not isinstance(value, str) or _offers(new, value):
        return value, None
    by_label = {label: code for code, label in (new.choices or {}).items()}
    shown = display_plain(old, value)
    if not _offers(old, value):  # typed, and of no list: it stays in sight as it was
        return by_label.get(value, value), None
    return (by_label[shown], None) if shown in by_label else (None, value)


def _offers(cell: Cell, code: str) -> bool:
    if cell.code_list == REGION_LIST:
        return code in REGIONS or code in COUNTIES
    return code in (cell.choices or {})


ANY = frozenset(T) - {T.TABLE, T.FILE}
READABLE: dict[FieldType, frozenset[FieldType]] = {
    T.TEXT: ANY,
    T.REF: ANY,
    T.TEXTS: ANY,
    T.CHOICE: frozenset({T.TEXT, T.REF, T.TEXTS, T.CHOICES, T.NUMBER, T.BOOL, T.MONTH}),
    T.CHOICES: frozenset({T.TEXT, T.REF, T.TEXTS, T.CHOICE}),
    T.DATE: frozenset({T.TEXT, T.REF, T.TEXTS, T.MONTH}),
    T.DATETIME: frozenset({T.TEXT, T.REF, T.TEXTS, T.DATE, T.MONTH}),
    T.TIME: frozenset({T.TEXT, T.REF, T.TEXTS}),
    T.MONTH: frozenset({T.TEXT, T.REF, T.TEXTS}),
    T.NUMBER: frozenset({T.TEXT, T.REF, T.TEXTS, T.CHOICE, T.CHOICES}),
    T.BOOL: frozenset({T.TEXT, T.REF, T.TEXTS, T.CHOICE, T.CHOICES}),
    T.FILE: frozenset({T.TEXT, T.REF, T.TEXTS}),
}
"""From which type to which a value can be read; all else is retired."""
LESS = frozenset({(T.DATE, T.MONTH), (T.DATETIME, T.DATE), (T.DATETIME, T.MONTH)}) | {
    (T.FILE, kind) for kind in (T.TEXT, T.REF, T.TEXTS)
}
"""Where the new type says less: the old value is kept beside it."""
UNREADABLE = frozenset(
    {"wrong_type", "invalid_number", "invalid_date", "invalid_month", "unknown_code"}
)


def can_read(old: FieldType, new: FieldType) -> bool:
    """Whether values of the one type may read as the other."""
    return old == new or new in READABLE.get(old, ())


def _read_as(value: Any, old: Cell, new: Cell) -> tuple[Any, Any]:
    """The value through its text, where the new type reads it."""
    if not can_read(old.type, new.type):
        return None, value
    if new.type == T.CHOICES:  # as one of the list; only what is none is taken apart
        stays, lost = convert(value, old, _single(new), Route(new.code))
        if lost is None:
            return [stays], None
    text = text_of(old, value, new)
    try:
        read = read_value(new, _cut(old.type, new.type, text))
    except Unstorable:
        return None, value
    if is_empty(read) or any(code in UNREADABLE for code, _ in CHECKS[new.type](new, read)):
        return None, value
    return read, value if (old.type, new.type) in LESS else None


def _cut(old: FieldType, new: FieldType, text: str) -> str:
    """Of a day its month, of a moment its day."""
    if old in (T.DATE, T.DATETIME):
        return {T.MONTH: text[:7], T.DATE: text[:10]}.get(new, text)
    return text


YES_NO = {True: "是", False: "否"}


def text_of(cell: Cell, value: Any, new: Cell) -> str:
    """The value as text that a person would have typed, with its unit where the new has none."""
    if isinstance(value, bool):
        return YES_NO[value]
    if isinstance(value, Mapping):
        return str(value.get("name", ""))
    text, words = str(value), new.type in (T.TEXT, T.REF, T.TEXTS)
    if cell.type == T.NUMBER:
        return f"{text}{cell.unit}" if words and as_number(value) is not None else text
    if cell.type == T.DATE and text == OPEN_END and words:
        return "长期"
    return display_plain(cell, text) if cell.type in (T.CHOICE, T.CHOICES) else text


def display(cell: Cell, value: Any) -> str:
    """A retired value for people, in Chinese whatever the page's language was."""
    if cell.type == T.TABLE and isinstance(cell, Field) and _is_table(value):
        columns = {column.code: column for column in cell.columns}
        lines = (
            "，".join(
                f"{columns[code].label if code in columns else code} {_of(columns.get(code), part)}"
                for code, part in row.items()
                if not is_empty(part)
            )
            for row in value
        )
        return "；".join(f"第 {number} 行：{line}" for number, line in enumerate(lines, 1))
    if isinstance(value, bool):
        return YES_NO[value]
    shown = display_plain(cell, value)
    return f"{shown} {cell.unit}" if cell.unit else shown


def _of(cell: Cell | None, value: Any) -> str:
    return display(cell, value) if cell is not None else _said(value)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return YES_NO[value]
    if isinstance(value, list):
        return "、".join(_said(part) for part in value)
    if isinstance(value, Mapping):
        return "，".join(_said(part) for part in value.values())
    return str(value)
