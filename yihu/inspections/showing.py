"""A frozen file as its inspector reads it: through the same lens as everywhere (§5.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from yihu.contracts.models import Contract
from yihu.disclosure.lens import View
from yihu.dossiers.rules import Mark
from yihu.dossiers.tables import table
from yihu.guide.queries import definition_in_force, definition_of
from yihu.guide.rules import (
    Definition,
    FieldType,
    applies,
    display,
    display_rows,
    facts_of,
    is_empty,
)
from yihu.inspections.choices import PlaceKind
from yihu.inspections.models import Subject
from yihu.originals.models import Original


@dataclass(frozen=True, slots=True)
class Ledger:
    label: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    count: int


@dataclass(frozen=True, slots=True)
class Part:
    """A section: what it says, what of it is masked, what it lacks, its conclusion and ledgers."""

    code: str
    letter: str
    label: str
    mark: str
    values: Sequence[tuple[str, str]]
    masked: Sequence[str]
    missing: Sequence[str]
    ledgers: Sequence[Ledger]


ROWS = 24
"""So many rows of a ledger stand on the page, the latest."""


def definition_for(subject: Subject) -> Definition:
    """The guide that the frozen version was filled by; without one, that of the cut-off."""
    if subject.version is not None:
        return definition_of(subject.version.edition)
    found = definition_in_force(subject.inspection.cutoff_on)
    return found[1] if found is not None else Definition((), {})


def parts(subject: Subject, view: View) -> list[Part]:
    """The sections of the frozen file."""
    definition = definition_for(subject)
    content = _content(subject, definition)
    facts = view.facts(content["facts"])
    klass, uses = subject.klass, facts.get("gas_use") or []
    found = []
    for section in definition.sections:
        filled = [field for field in section.fields if not is_empty(facts.get(field.code))]
        told = [field for field in filled if view.shows(field)]
        found.append(
            Part(
                code=section.code,
                letter=section.letter,
                label=section.label,
                mark=_mark(content["sections"].get(section.code, {})),
                values=[
                    (field.label, display(field, facts[field.code]))
                    for field in told
                    if field.type != FieldType.TABLE
                ],
                masked=[field.label for field in filled if view.veiled(field)],
                missing=[
                    field.label
                    for field in section.fields
                    if field.counted
                    and is_empty(facts.get(field.code))
                    and applies(field, facts, klass, uses)
                ],
                ledgers=[
                    Ledger(
                        field.label,
                        [column.heading for column in field.columns],
                        display_rows(field, facts[field.code])[:ROWS],
                        len(facts[field.code]),
                    )
                    for field in told
                    if field.type == FieldType.TABLE
                ]
                + _ledgers(content["tables"], section.code, view),
            )
        )
    return found


def _content(subject: Subject, definition: Definition) -> dict[str, Any]:
    if subject.version is not None:
        content: dict[str, Any] = subject.version.content
        return content
    facts = facts_of(definition, subject.facts or {}, subject.dossier)
    return {"facts": {**facts, **(subject.facts or {})}, "sections": {}, "tables": {}}


def _mark(said: dict[str, Any]) -> str:
    if said.get("mark") not in Mark.values:
        return ""
    label = str(Mark(said["mark"]).label)
    return f"{label}：{said['basis']}" if said.get("basis") else label


def _ledgers(tables: dict[str, Any], section: str, view: View) -> list[Ledger]:
    found = []
    for code, rows in tables.items():
        known = table(code)
        if known is None or known.section != section or not rows:
            continue
        told = view.rows(code, rows)
        used = [pair for pair in known.columns if any(row.get(pair[0]) for row in told)]
        found.append(
            Ledger(
                str(known.label),
                [str(label) for _column, label in used],
                [[known.say(column, row.get(column)) for column, _l in used] for row in told][
                    -ROWS:
                ],
                len(rows),
            )
        )
    return found


def places(
    subject: Subject, contracts: Sequence[Contract], originals: Sequence[Original]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a finding can hang on, grouped for a list: value → label."""
    definition = definition_for(subject)
    groups: list[tuple[str, list[tuple[str, str]]]] = [
        (
            str(_("整份与各部分")),
            [(f"{PlaceKind.FILE}:", str(PlaceKind.FILE.label))]
            + [
                (f"{PlaceKind.SECTION}:{section.code}", f"{section.letter} {section.label}")
                for section in definition.sections
            ],
        )
    ]
    if contracts:
        groups.append(
            (
                str(PlaceKind.CONTRACT.label),
                [(f"{PlaceKind.CONTRACT}:{row.number}", row.number) for row in contracts],
            )
        )
    if originals:
        groups.append(
            (
                str(PlaceKind.ORIGINAL.label),
                [(f"{PlaceKind.ORIGINAL}:{row.pk}", str(row)) for row in originals],
            )
        )
    groups += [
        (
            section.label,
            [(f"{PlaceKind.FIELD}:{field.code}", field.label) for field in section.fields],
        )
        for section in definition.sections
    ]
    return groups
