"""The form as plain values: templates compute nothing."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from yihu.dossiers import actions
from yihu.dossiers.actions import blocking, moved_fields, that_block
from yihu.dossiers.content import fillable
from yihu.dossiers.models import Attestation, Comment, Dossier, Draft
from yihu.dossiers.rules import Mark
from yihu.guide.rules import (
    REGION_LIST,
    Cell,
    Completeness,
    Definition,
    Field,
    FieldType,
    Problem,
    Section,
    applies,
    completeness,
    display,
    validate,
)
from yihu.org.regions import name_of

FEW = 7
"""So many choices are shown as boxes to tick; more fold into a list."""
WIDGETS = {
    FieldType.TEXT: "text",
    FieldType.TEXTS: "lines",
    FieldType.CHOICE: "select",
    FieldType.CHOICES: "checks",
    FieldType.DATE: "date",
    FieldType.DATETIME: "text",
    FieldType.TIME: "text",
    FieldType.MONTH: "text",
    FieldType.NUMBER: "number",
    FieldType.BOOL: "yesno",
    FieldType.REF: "text",
    FieldType.FILE: "file",
}
HINTS = {
    FieldType.DATE: "2026-11-23",
    FieldType.DATETIME: "2026-11-23T09:30",
    FieldType.TIME: "08:00",
    FieldType.MONTH: "2026-11",
}
SECRECY = {2: _("普通商密"), 3: _("核心商密"), 4: _("个人信息")}


@dataclass(frozen=True, slots=True)
class Option:
    code: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Control:
    """One input: a field's own, or a cell of a table's row."""

    id: str
    code: str
    label: str
    widget: str
    text: str
    options: tuple[Option, ...]
    unit: str
    hint: str
    most: int
    needed: bool
    file: str

    @property
    def document(self) -> str:
        """The key of the stored file; "" where there is none yet."""
        value = json.loads(self.file) if self.file else None
        return str(value.get("document", "")) if isinstance(value, dict) else ""


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    cells: tuple[Control, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """The file changed under the draft: what it was, what it is, what the draft says."""

    base: str
    file: str
    mine: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of the form. `seen` is its stored value as JSON, which a save sends back."""

    code: str
    label: str
    help: str
    secrecy: str
    required: bool
    kind: str
    compact: bool
    control: Control | None
    rows: tuple[Row, ...]
    blank: Row | None
    seen: str
    was: str
    changed: bool
    moved: Moved | None
    problems: tuple[str, ...]
    comments: tuple[Comment, ...]


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Tab:
    """A section: how far it is filled, and what was said of it."""

    code: str
    letter: str
    label: str
    done: Completeness
    changes: int
    mark: str
    said: Attestation | None
    current: bool

    @property
    def answered(self) -> bool:
        """Whether nothing is left to say of the section before submitting."""
        return bool(self.mark)


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that keeps the file from being submitted, and where it stands."""

    section: str
    code: str
    label: str
    message: str


def groups_of(
    section: Section,
    dossier: Dossier,
    draft: Draft | None,
    live: Mapping[str, Any],
    facts: Mapping[str, Any],
    comments: Iterable[Comment],
    definition: Definition,
    today: date,
) -> list[Group]:
    """The section's fields that a filler states, under their headings."""
    wrong: dict[str, list[Problem]] = {}
    for problem in validate(facts, definition, dossier.klass, facts.get("gas_use", ()), today):
        wrong.setdefault(problem.field, []).append(problem)
    said: dict[str, list[Comment]] = {}
    for remark in comments:
        said.setdefault(remark.code, []).append(remark)
    moved = set(moved_fields(draft, live)) if draft is not None else set()
    found = []
    for name, fields in section.groups():
        entries = tuple(
            _entry(
                field,
                dossier,
                draft,
                live,
                facts,
                moved=field.code in moved,
                problems=wrong.get(field.code, []),
                comments=tuple(said.get(field.code, ())),
            )
            for field in fields
            if fillable(field)
        )
        if entries:
            found.append(Group(name, entries))
    return found


def _entry(
    field: Field,
    dossier: Dossier,
    draft: Draft | None,
    live: Mapping[str, Any],
    facts: Mapping[str, Any],
    *,
    moved: bool,
    problems: list[Problem],
    comments: tuple[Comment, ...],
) -> Entry:
    value = facts.get(field.code)
    table = field.type == FieldType.TABLE
    rows = value if table and isinstance(value, list) else []
    changed = draft is not None and field.code in draft.changes
    return Entry(
        code=field.code,
        label=field.label,
        help=field.help,
        secrecy=str(SECRECY.get(field.sensitivity, "")),
        required=field.maintainer != actions.HEADQUARTERS
        and applies(field, facts, dossier.klass, facts.get("gas_use", ())),
        kind="table" if table else "wide" if field.long or field.type in WIDE else "plain",
        compact=table and _fits_a_line(field),
        control=None if table else control_of(field, value, f"f-{field.code}"),
        rows=tuple(_row(field, number, row) for number, row in enumerate(rows, 1)),
        blank=_row(field, 0, {}) if table else None,
        seen=json.dumps(value, ensure_ascii=False),
        was=display(field, live.get(field.code)) or _("（空）"),
        changed=changed,
        moved=_moved(field, draft, live) if moved and draft is not None else None,
        problems=tuple(said_of(problem) for problem in problems if problem.code != "missing_value"),
        comments=comments,
    )


WIDE = frozenset({FieldType.TEXTS, FieldType.CHOICES})
A_LINE = 5
"""So many columns stand beside each other; their labels are written once."""


def _fits_a_line(field: Field) -> bool:
    kinds = {column.type for column in field.columns}
    return len(field.columns) <= A_LINE and not kinds & {FieldType.CHOICES, FieldType.FILE}


def _moved(field: Field, draft: Draft, live: Mapping[str, Any]) -> Moved:
    empty = _("（空）")
    return Moved(
        display(field, draft.bases.get(field.code)) or empty,
        display(field, live.get(field.code)) or empty,
        display(field, draft.changes[field.code]) or empty,
    )


def said_of(problem: Problem) -> str:
    """The sentence, with the row of a table where it stands in one."""
    if not problem.row:
        return problem.message
    return _("第 %(row)d 行：%(message)s") % {"row": problem.row, "message": problem.message}


def _row(field: Field, number: int, row: Mapping[str, Any]) -> Row:
    return Row(
        number,
        tuple(
            control_of(column, row.get(column.code), f"f-{field.code}-{number}-{column.code}")
            for column in field.columns
        ),
    )


def control_of(cell: Cell, value: Any, name: str) -> Control:
    """The input of a cell, filled with what is stored."""
    chosen = _chosen(value) if cell.choices else set()
    region = cell.code_list == REGION_LIST
    options = tuple(
        Option(code, label, code in chosen) for code, label in (cell.choices or {}).items()
    )
    return Control(
        id=name,
        code=cell.code,
        label=cell.label,
        widget="region" if region else _widget(cell, options),
        text=shown(cell, value),
        options=_with_stray(options, chosen) if options else (),
        unit=cell.unit,
        hint=HINTS.get(cell.type, ""),
        most=cell.max_length,
        needed=cell.needed,
        file=json.dumps(value, ensure_ascii=False) if cell.type == FieldType.FILE and value else "",
    )


def _chosen(value: Any) -> set[Any]:
    """The codes of a cell with choices; what was left of another type says none."""
    parts = value if isinstance(value, list) else [value]
    return {part for part in parts if isinstance(part, str | bool | None)}


def _widget(cell: Cell, options: tuple[Option, ...]) -> str:
    if isinstance(cell, Field) and cell.long:
        return "long"
    if cell.type == FieldType.CHOICES and len(options) > FEW:
        return "checks-many"
    return WIDGETS[cell.type]


def _with_stray(options: tuple[Option, ...], chosen: set[Any]) -> tuple[Option, ...]:
    """What was typed or imported and is no code of the list stays in sight."""
    known = {option.code for option in options}
    stray = [value for value in chosen if isinstance(value, str) and value and value not in known]
    return (*options, *(Option(value, value, True) for value in sorted(stray)))


def shown(cell: Cell, value: Any) -> str:
    """What stands in the input for a stored value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "\n".join(str(part) for part in value)
    if isinstance(value, Mapping):
        return str(value.get("name", ""))
    if cell.code_list == REGION_LIST and value:
        return str(value)
    return str(value)


def region_name(code: str) -> str:
    """The name of a region's code, or the code."""
    return name_of(code) if code else ""


def tabs_of(
    definition: Definition,
    dossier: Dossier,
    draft: Draft | None,
    facts: Mapping[str, Any],
    attested: Iterable[Attestation],
    changed: set[str],
    current: str,
) -> list[Tab]:
    """The four sections with their state; `changed` are those that differ from the last version."""
    said = {line.section: line for line in attested}
    touched: dict[str, int] = {}
    for code in draft.changes if draft is not None else ():
        if code in definition.by_code:
            inside = definition[code].section
            touched[inside] = touched.get(inside, 0) + 1
    found = []
    for section in definition.sections:
        line = said.get(section.code)
        differs = section.code in changed or section.code in touched
        found.append(
            Tab(
                code=section.code,
                letter=section.letter,
                label=section.label,
                done=completeness(facts, section.fields, dossier.klass, facts.get("gas_use", ())),
                changes=touched.get(section.code, 0),
                mark=Mark.CHANGED if differs else line.mark if line is not None else "",
                said=line,
                current=section.code == current,
            )
        )
    return found


def gaps_of(facts: Mapping[str, Any], definition: Definition, klass: str, today: date) -> list[Gap]:
    """Everything that blocks submitting, in the guide's order."""
    return gaps_among(blocking(facts, definition, klass, today=today), definition)


def gaps_among(problems: Iterable[Problem], definition: Definition) -> list[Gap]:
    """Those that block submitting, in words."""
    return [
        Gap(
            definition[problem.field].section,
            problem.field,
            definition[problem.field].label,
            said_of(problem),
        )
        for problem in that_block(problems, definition)
    ]
