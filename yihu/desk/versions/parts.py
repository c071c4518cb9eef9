"""A version, and what differs between two, as plain values for the page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from yihu.customers.rules import GasUse, Klass
from yihu.desk.dossier_page.parts import DASH, Part, parts_of
from yihu.disclosure.lens import View
from yihu.dossiers.carrying import said_under
from yihu.dossiers.content import Content
from yihu.dossiers.difference import Difference, FieldChange, RowChange, differ
from yihu.dossiers.models import FileVersion
from yihu.dossiers.rules import Mark, Secrecy, State
from yihu.dossiers.tables import Table, table, tables
from yihu.guide.queries import definition_of
from yihu.guide.rules import Definition, Field, FieldType, display, display_plain

DIGEST = 12
"""So many letters of a digest are shown."""


def head_label(code: str) -> str:
    """What a column of the file itself is called."""
    labels = {
        "number": _("档案编号"),
        "credit_code": _("统一社会信用代码"),
        "unit_name": _("所属单位"),
        "klass": _("客户分类"),
        "klass_from": _("分类生效日"),
        "state": _("状态"),
        "opened_on": _("建档日期"),
        "secrecy": _("密级"),
        "secrecy_until": _("保密期限"),
        "circle": _("知悉范围"),
        "filler": _("填报人"),
        "reviewer": _("审核人"),
    }
    return labels.get(code, code)


CODED: Mapping[str, Mapping[str, Any]] = {
    "klass": dict(Klass.choices),
    "state": dict(State.choices),
    "secrecy": dict(Secrecy.choices),
}


def head_text(code: str, value: Any) -> str:
    """A column of the file itself, in words."""
    return str(CODED.get(code, {}).get(value, value)) if value else ""


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class Ledger:
    """A table that another slice contributed, as the version holds it."""

    label: str
    heads: list[Cell]
    rows: list[list[Cell]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A section of a version: its conclusion, its fields, its ledgers."""

    part: Part
    mark: str
    basis: str
    by: str
    at: str
    ledgers: list[Ledger]


@dataclass(frozen=True, slots=True)
class Retired:
    label: str
    text: str
    edition: int


def shown(content: Content, definition: Definition, view: View) -> list[Shown]:
    """The sections as they stood, as this person reads them. `content`: the version's own."""
    facts = content["facts"]
    told = view.content(content, definition)
    klass = content["dossier"].get("klass", "")
    found = []
    for part in parts_of(definition, facts, klass, facts.get("gas_use") or [], view):
        said = content["sections"].get(part.code, {})
        found.append(
            Shown(
                part=part,
                mark=str(Mark(said["mark"]).label) if said.get("mark") in Mark.values else "",
                basis=said.get("basis", ""),
                by=said.get("by", ""),
                at=str(said.get("at", ""))[:16].replace("T", " "),
                ledgers=_ledgers(told, part.code),
            )
        )
    return found


def _ledgers(content: Content, section: str) -> list[Ledger]:
    found = []
    for code, rows in content["tables"].items():
        known = table(code)
        if known is None or known.section != section or not rows:
            continue
        used = [pair for pair in known.columns if any(row.get(pair[0]) for row in rows)]
        found.append(
            Ledger(
                label=str(known.label),
                heads=[Cell(str(label), column in known.figures) for column, label in used],
                rows=[
                    [
                        Cell(_said(known, column, row) or DASH, column in known.figures)
                        for column, _label in used
                    ]
                    for row in rows
                ],
            )
        )
    return found


def retired_of(content: Content, view: View) -> list[Retired]:
    """What an older guide had asked for and this one no longer does."""
    lines = view.retired(content.get("retired", {})).values()
    return [Retired(line["label"], line["shown"], line["edition"]) for line in lines]


# Two versions ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A field, before and after; `rows` where it is a table."""

    label: str
    old: str
    new: str
    rows: "Rows | None" = None


@dataclass(frozen=True, slots=True)
class RowLine:
    """A table row; `kind`: added, removed, changed; cells: (old, new, differs, is a figure)."""

    kind: str
    cells: list[tuple[str, str, bool, bool]]


@dataclass(frozen=True, slots=True)
class Rows:
    heads: list[Cell]
    lines: list[RowLine]
    added: int
    removed: int
    changed: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A section in which something differs."""

    letter: str
    label: str
    lines: list[Line]
    ledgers: list[tuple[str, Rows]]


@dataclass(frozen=True, slots=True)
class Comparison:
    head: list[Line]
    sections: list[Changed]

    @property
    def anything(self) -> bool:
        return bool(self.head or self.sections)


def compare(
    old: FileVersion, new: FileVersion, view: View, *, known: Callable[[Content], Content]
) -> Comparison:
    """From the one version to the other, under the guide of the later, as far as `known` lets;
    what is masked is in neither, so it does not differ.
    """
    before, after = definition_of(old.edition), definition_of(new.edition)
    was = view.content(known(old.content), before)
    if old.edition_id != new.edition_id:
        carried = said_under(was["facts"], old.edition, new.edition)
        gone = {
            code: was["facts"][code]
            for code in carried.retired
            if code in was["facts"] and code not in after.by_code
        }
        was["facts"] = view.read({**carried.facts, **gone}, after, before)
    now = view.content(known(new.content), after)
    found = differ(was, now, after, tables(), before=before)
    return compared(found, after)


def compared(found: Difference, after: Definition) -> Comparison:
    """A difference in words, section by section."""
    sections = []
    for section in after.sections:
        fields = found.fields.get(section.code, ())
        ledgers = found.tables.get(section.code, ())
        if fields or ledgers:
            sections.append(
                Changed(
                    section.letter,
                    section.label,
                    [field_line(change) for change in fields],
                    [
                        (str(change.table.label), ledger_rows(change.table, change.rows))
                        for change in ledgers
                    ],
                )
            )
    head = [
        Line(head_label(code), head_text(code, old) or DASH, head_text(code, new) or DASH)
        for code, old, new in found.head
        if code != "unit"
    ]
    return Comparison(head, sections)


def field_line(change: FieldChange) -> Line:
    """A field before and after."""
    field = change.field
    if field.type == FieldType.TABLE:
        return Line(field.label, "", "", field_rows(field, change.rows))
    old, new = display(field, change.old), display(field, change.new)
    return Line(field.label, old or DASH, new or DASH)


def field_rows(field: Field, rows: Sequence[RowChange]) -> Rows:
    """The changed rows of a table field."""
    columns = {column.code: column for column in field.columns}
    used = [code for code in columns if any(_says(row, code) for row in rows)]

    def said(code: str, row: Mapping[str, Any] | None) -> str:
        value = (row or {}).get(code)
        return display_plain(columns[code], value) if value not in (None, "") else ""

    heads = [Cell(columns[code].heading, columns[code].type == FieldType.NUMBER) for code in used]
    return _rows(rows, used, heads, said)


def ledger_rows(known: Table, rows: Sequence[RowChange]) -> Rows:
    """The changed rows of a ledger."""
    used = [pair for pair in known.columns if any(_says(row, pair[0]) for row in rows)]

    def said(code: str, row: Mapping[str, Any] | None) -> str:
        return _said(known, code, row or {})

    heads = [Cell(str(label), code in known.figures) for code, label in used]
    return _rows(rows, [code for code, _label in used], heads, said)


def _said(known: Table, code: str, row: Mapping[str, Any]) -> str:
    """A cell of a ledger; of a digest its beginning, by which people tell two papers apart."""
    said = known.say(code, row.get(code))
    return f"{said[:DIGEST]}…" if code == "sha256" and len(said) > DIGEST else said


def _says(row: RowChange, code: str) -> bool:
    return bool((row.old or {}).get(code) or (row.new or {}).get(code))


def _rows(rows: Sequence[RowChange], used: list[str], heads: list[Cell], said: Any) -> Rows:
    lines = []
    for row in rows:
        kind = "added" if row.old is None else "removed" if row.new is None else "changed"
        cells = []
        for code, head in zip(used, heads, strict=True):
            old, new = said(code, row.old), said(code, row.new)
            differs = kind == "changed" and old != new
            cells.append((old or DASH, new or DASH, differs, head.numeric))
        lines.append(RowLine(kind, cells))
    kinds = [line.kind for line in lines]
    return Rows(heads, lines, kinds.count("added"), kinds.count("removed"), kinds.count("changed"))


# All files on a day ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A file as it stood on the day; `version` None before its first approval."""

    file: Any
    version: FileVersion | None
    name: str
    klass: str
    klass_label: str
    uses: str


def held_lines(rows: Sequence[Any], versions: Mapping[Any, FileVersion]) -> list[HeldLine]:
    """The page's files by what their versions said."""
    uses = {use.value: str(use.label) for use in GasUse}
    found = []
    for row in rows:
        version = versions.get(row.pk)
        facts = version.content["facts"] if version is not None else {}
        klass = version.content["dossier"].get("klass", "") if version is not None else ""
        found.append(
            HeldLine(
                file=row,
                version=version,
                name=facts.get("name_full") or row.name_full,
                klass=klass,
                klass_label=str(Klass(klass).label) if klass in Klass.values else "",
                uses="、".join(uses.get(code, code) for code in facts.get("gas_use") or ()),
            )
        )
    return found
