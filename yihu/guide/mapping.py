"""What the mapping between two editions still has to say (§4.1b). Pure.

Columns of tables are written `table.column`, on both sides.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from yihu.guide.carry import Change, How, can_read
from yihu.guide.rules import REGION_LIST, Cell, Definition, FieldType


class Kind(StrEnum):
    """What is asked of an old field: where its values go, how they read, what lost codes become."""

    GONE = "gone"
    RETYPE = "retype"
    RECODE = "recode"


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the mapping must say before the edition can be published.

    `lost`: codes of the old list that the new one does not offer, with their labels.
    """

    kind: Kind
    source: str
    old: Cell
    new: Cell | None
    target: str = ""
    lost: tuple[tuple[str, str], ...] = ()
    label: str = ""

    @property
    def readable(self) -> bool:
        """Whether some values may read as the new type."""
        return self.new is not None and can_read(self.old.type, self.new.type)

    @property
    def form(self) -> str:
        """Type and unit that the values are to have: `number 万元`."""
        return f"{self.new.type} {self.new.unit}".strip() if self.new is not None else ""

    @property
    def rescaled(self) -> bool:
        """Whether only the unit of measure differs."""
        return self.new is not None and self.old.type == self.new.type == FieldType.NUMBER


def cells(definition: Definition) -> dict[str, Cell]:
    """Every field of the document and every column of its tables, by (dotted) code."""
    found: dict[str, Cell] = {}
    for field in definition:
        if field.in_document:
            found[field.code] = field
            for column in field.columns:
                found[f"{field.code}.{column.code}"] = column
    return found


def label_of(definition: Definition, code: str) -> str:
    """客户联系人 · 手机 for contacts.mobile; the code where there is none."""
    table, _dot, column = code.partition(".")
    field = definition.by_code.get(table)
    if field is None:
        return code
    if not column:
        return field.label
    label = next((part.label for part in field.columns if part.code == column), column)
    return f"{field.label} · {label}"


def targets(changes: Iterable[Change], old: Definition, new: Definition) -> dict[str, str]:
    """Old code → new code, for all that have somewhere to go; columns follow their table."""
    before, after = cells(old), cells(new)
    renamed = {c.source: c.target for c in changes if c.how == How.RENAME}
    removed = {c.source for c in changes if c.how == How.REMOVE}
    found = {}
    for code in before:
        table, _dot, column = code.partition(".")
        if code in removed or table in removed:
            continue
        aim = renamed.get(code, code)
        if column:
            aim = f"{renamed.get(table, table)}.{aim.partition('.')[2]}"
        if aim in after:
            found[code] = aim
    return found


def questions(old: Definition, new: Definition, changes: Sequence[Change]) -> list[Question]:
    """What is unanswered, in the order of the old edition; none: the mapping is whole."""
    return [
        question
        for question in asked(old, new, changes)
        if not _answered(question, [c for c in changes if c.source == question.source])
    ]


def asked(old: Definition, new: Definition, changes: Sequence[Change]) -> list[Question]:
    """All that needs an answer, answered or not."""
    before, after = cells(old), cells(new)
    aims = targets(changes, old, new)
    found: list[Question] = []
    for code, cell in before.items():
        table = code.partition(".")[0]
        if table != code and (table not in aims or after[aims[table]].type != FieldType.TABLE):
            continue  # the table itself is asked about
        label = label_of(old, code)
        aim = aims.get(code, "")
        if not aim:
            found.append(Question(Kind.GONE, code, cell, None, label=label))
            continue
        target = after[aim]
        if cell.type != target.type or cell.unit != target.unit:
            found.append(Question(Kind.RETYPE, code, cell, target, aim, label=label))
        lost = lost_codes(cell, target)
        if lost:
            found.append(Question(Kind.RECODE, code, cell, target, aim, lost, label))
    return found


def lost_codes(old: Cell, new: Cell) -> tuple[tuple[str, str], ...]:
    """The choices of the old list that the new one no longer has."""
    several = (FieldType.CHOICE, FieldType.CHOICES)
    if old.type not in several or new.type not in several or new.code_list == REGION_LIST:
        return ()
    kept = new.choices or {}
    return tuple((code, label) for code, label in (old.choices or {}).items() if code not in kept)


def _answered(question: Question, changes: Sequence[Change]) -> bool:
    if question.kind == Kind.GONE:
        return any(change.how == How.REMOVE for change in changes)
    if question.kind == Kind.RETYPE:
        return any(change.how == How.RETYPE for change in changes)
    said: dict[str, str] = {}
    for change in changes:
        said |= change.values
    return all(code in said for code, _label in question.lost)


def settle(old: Definition, new: Definition, changes: Sequence[Change]) -> list[Change]:
    """The mapping without what no longer applies, with a line for every field that is new.

    Lines stand in the order of the old edition, then the new fields in that of the new.
    """
    before, after = cells(old), cells(new)
    fitting = [c for c in changes if c.how != How.ADD and c.source in before]
    fitting = [
        c for c in fitting if c.how != How.RENAME or (c.target in after and c.target != c.source)
    ]
    wanted = {(q.kind, q.source): q for q in asked(old, new, fitting)}
    found: list[Change] = []
    for change in fitting:
        if change.how == How.REMOVE:
            table = change.source.partition(".")[0]
            if table == change.source or not _removed(table, fitting):
                found.append(change)
        elif change.how == How.RENAME:
            found.append(change)
        elif change.how == How.RETYPE and (Kind.RETYPE, change.source) in wanted:
            question = wanted[Kind.RETYPE, change.source]
            if change.form == question.form:
                found.append(replace(change, target=question.target))
        elif change.how == How.RECODE and (Kind.RECODE, change.source) in wanted:
            question = wanted[Kind.RECODE, change.source]
            assert question.new is not None
            codes = {code for code, _label in question.lost}
            offered = question.new.choices or {}
            values = {
                one: other
                for one, other in change.values.items()
                if one in codes and (not other or other in offered)
            }
            if values:
                found.append(replace(change, target=question.target, values=values))
    places = {code: place for place, code in enumerate(before)}
    found.sort(key=lambda change: (places[change.source], list(How).index(change.how)))
    reached = set(targets(found, old, new).values())
    added = [
        Change(How.ADD, target=code)
        for code in after
        if code not in reached and ("." not in code or code.partition(".")[0] in reached)
    ]
    return [*found, *added]


def _removed(code: str, changes: Iterable[Change]) -> bool:
    return any(change.how == How.REMOVE and change.source == code for change in changes)


def put(changes: Sequence[Change], change: Change) -> list[Change]:
    """The mapping with this line in place of the one that says the same of the same field.

    A field that goes somewhere is not removed, and one that is removed goes nowhere.
    """
    apart = {How.RENAME: {How.REMOVE}, How.REMOVE: set(How) - {How.ADD}}.get(change.how, set())
    rest = [
        other
        for other in changes
        if other.source != change.source or (other.how != change.how and other.how not in apart)
    ]
    return [*rest, change]


def renamed(
    old: Definition, draft: Definition, changes: Sequence[Change], before: str, after: str
) -> list[Change]:
    """The mapping when the draft's field or column `before` is called `after` from now on.

    A field that the draft itself added has no values and so no line.
    """
    source = source_of(old, draft, changes, before)
    moved = [replace(change, target=_moved(change.target, before, after)) for change in changes]
    moved = [change for change in moved if change.how != How.RENAME or change.source != source]
    if source and source.rpartition(".")[2] != after.rpartition(".")[2]:
        moved.append(Change(How.RENAME, source, after))
    return moved


def source_of(old: Definition, draft: Definition, changes: Iterable[Change], code: str) -> str:
    """The old code whose values a field of the draft takes over; "" for none."""
    aims = targets(changes, old, draft)
    return next((source for source, aim in aims.items() if aim == code), "")


def _moved(code: str, before: str, after: str) -> str:
    if code == before:
        return after
    return after + code[len(before) :] if code.startswith(f"{before}.") else code


def chained(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, str]:
    """Old → newest, of two steps old → new and new → newest."""
    return {code: second[aim] for code, aim in first.items() if aim in second}


def rescale(factor: str) -> Decimal:
    """The factor of a change of unit. Raises: ValueError unless it is a plain positive number."""
    try:
        number = Decimal(factor)
    except ArithmeticError as error:
        raise ValueError(factor) from error
    if not number.is_finite() or not Decimal("1e-9") <= number <= Decimal("1e9"):
        raise ValueError(factor)
    return number
