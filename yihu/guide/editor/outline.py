"""A draft as rows to edit and to move."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

from yihu.guide.attributes import SENSITIVITY
from yihu.guide.carry import Change, How
from yihu.guide.difference import Difference
from yihu.guide.mapping import Question
from yihu.guide.rules import Definition, Required, Section, lists_of
from yihu.guide.words import kind_of, must_of


@dataclass(frozen=True, slots=True)
class Row:
    """A field in the outline. `mark`: added, changed, renamed or nothing; `asked`: questions."""

    code: str
    label: str
    kind: str
    must: str
    strict: bool
    level: int
    sensitivity: str
    stored: bool
    mark: str
    asked: int
    first: bool
    last: bool


@dataclass(frozen=True, slots=True)
class RowGroup:
    name: str
    rows: tuple[Row, ...]
    first: bool
    last: bool


@dataclass(frozen=True, slots=True)
class Removed:
    code: str
    label: str


MARKS = {
    "added": gettext_lazy("新增"),
    "changed": gettext_lazy("有改动"),
    "renamed": gettext_lazy("改编码"),
}


def outline(
    section: Section,
    definition: Definition,
    raw: Mapping[str, Any],
    changed: Difference,
    open_: Sequence[Question],
) -> list[RowGroup]:
    """The section as rows to edit and to move, marked against the edition followed."""
    lists = lists_of(raw)
    marks = {entry.code.partition(".")[0]: "changed" for entry in changed.changed}
    marks |= {
        e.code.partition(".")[0]: "changed"
        for e in (*changed.added, *changed.removed)
        if "." in e.code
    }
    marks |= {entry.code: "added" for entry in changed.added if "." not in entry.code}
    marks |= {e.code: "renamed" for e in changed.changed if e.renamed and "." not in e.code}
    waiting: dict[str, int] = {}
    for question in open_:
        if question.target:
            table = question.target.partition(".")[0]
            waiting[table] = waiting.get(table, 0) + 1
    groups = list(section.groups())
    return [
        RowGroup(
            name,
            tuple(
                Row(
                    code=field.code,
                    label=field.label,
                    kind=kind_of(field),
                    must=must_of(field, lists, definition),
                    strict=field.required == Required.ALWAYS,
                    level=field.sensitivity,
                    sensitivity=str(SENSITIVITY[str(field.sensitivity)]),
                    stored=not field.in_document,
                    mark=str(MARKS.get(marks.get(field.code, ""), "")),
                    asked=waiting.get(field.code, 0),
                    first=place == 0,
                    last=place == len(fields) - 1,
                )
                for place, field in enumerate(fields)
            ),
            first=at == 0,
            last=at == len(groups) - 1,
        )
        for at, (name, fields) in enumerate(groups)
    ]


def removed_from(
    section: str, old: Definition, changes: Iterable[Change], raw: Mapping[str, Any]
) -> list[Removed]:
    """The fields of the section that the draft gave up, to be put back."""
    there = {field["code"] for part in raw["sections"] for field in part["fields"]}
    return [
        Removed(change.source, old[change.source].label)
        for change in changes
        if change.how == How.REMOVE
        and change.source in old.by_code
        and change.source not in there
        and old[change.source].section == section
    ]
