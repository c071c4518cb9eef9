"""One file as its page tells it: the line of the list, and the approved fields by section."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from yihu.access.models import User
from yihu.desk.dossier_page.parts import known_facts
from yihu.disclosure.lens import View
from yihu.disclosure.queries import view_of
from yihu.guide.queries import definition_in_force
from yihu.guide.rules import Field, Section, is_empty
from yihu.interface.queries import told


@dataclass(frozen=True, slots=True)
class FileLine:
    """The file and its row of the list (`queries.Told`), with the guide's number and what the
    guide shows of it."""

    file: Any
    row: Any
    edition: int | None
    sections: list[dict[str, Any]]


def file_of(user: User, found: Any, *, today: date, at: datetime) -> FileLine:
    """The file, which comes from `page_rows`, as this person reads it now (§5.5)."""
    (row,) = told([found.pk])
    guide = definition_in_force(today)
    if guide is None:
        return FileLine(found, row, None, [])
    edition, definition = guide
    view = view_of(user, found, at)
    facts = view.facts(known_facts(definition, found, found.final_rating))
    sections = [
        _section(section, facts, view)
        for section in definition.sections
        if view.lens.opens(section.code)
    ]
    return FileLine(found, row, edition.number, sections)


def _section(section: Section, facts: Mapping[str, Any], view: View) -> dict[str, Any]:
    return {
        "code": section.code,
        "label": section.label,
        "fields": [
            _field(field, facts[field.code])
            for field in section.fields
            if view.shows(field) and not is_empty(facts.get(field.code))
        ],
    }


def _field(field: Field, value: Any) -> dict[str, Any]:
    told = {"code": field.code, "label": field.label, "type": field.type.value, "value": value}
    return {**told, "unit": field.unit} if field.unit else told
