"""The plan of a workbook as lines for the page: old and new, or all three where it clashes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from yihu.dossiers.difference import FieldChange
from yihu.guide.rules import Field, FieldType, display, display_plain
from yihu.intake.display import label_of, said
from yihu.intake.kinds import KINDS
from yihu.intake.whole.actions import ORDER, SHEET_OF, Clash, Plan
from yihu.intake.whole.reading import Plain


@dataclass(frozen=True, slots=True)
class Line:
    """A value before and after; `row` the row of the table or of the sheet, "" for none."""

    label: str
    old: str
    new: str
    row: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The changes of one sheet."""

    title: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Choice:
    """A conflict: three values to choose between."""

    key: str
    label: str
    seen: str
    now: str
    mine: str


def parts_of(plan: Plan) -> list[Part]:
    """By sheet what would be written."""
    fields = [line for change in plan.changes for line in _field_lines(plan, change)]
    parts = [Part(_("客户档案各栏（写入草稿）"), fields)] if fields else []
    for kind in ORDER:
        lines = [
            Line(
                f"{_key(row.key)} · {label_of(KINDS[kind], name)}",
                _cell(kind, row.seen, name),
                _cell(kind, row.mine, name),
                str(row.checked.row),
            )
            for row in plan.rows[kind]
            for name in KINDS[kind].staged
            if row.seen.get(name) != row.mine.get(name) and name in {**row.seen, **row.mine}
        ]
        if lines:
            parts.append(Part(str(KINDS[kind].title), lines))
    return parts


def choices_of(plan: Plan) -> list[Choice]:
    """What a person must decide before anything is written."""
    return [
        Choice(
            one.key,
            f"{SHEET_OF[one.kind]} · {one.label}" if one.kind in SHEET_OF else one.label,
            *(_clash(plan, one, value) for value in (one.seen, one.now, one.mine)),
        )
        for one in plan.clashes
    ]


def _key(key: tuple[str, ...]) -> str:
    """The contract's number, and the month as 2026-10."""
    number, *month = key
    return " ".join([number, *(day[:7] for day in month)])


def _field_lines(plan: Plan, change: FieldChange) -> list[Line]:
    field = change.field
    rows = {(code, at): place[1] for (code, at, _column), place in plan.edited.places.items()}
    if field.type != FieldType.TABLE:
        old, new = display(field, change.old), display(field, change.new)
        row = str(rows.get((field.code, 0), ""))
        return [Line(field.label, old or _("（空）"), new or _("（空）"), row)]
    places = {id(row): at for at, row in enumerate(change.new or [], start=1)}
    return [
        Line(
            field.label,
            _row(field, row.old),
            _row(field, row.new),
            str(rows.get((field.code, places.get(id(row.new), -1)), "")),
        )
        for row in change.rows
    ]


def _row(field: Field, row: Mapping[str, Any] | None) -> str:
    if row is None:
        return _("（空）")
    pairs = [
        f"{column.label} {display_plain(column, row[column.code])}"
        for column in field.columns
        if row.get(column.code) not in (None, "", [])
    ]
    return "；".join(pairs) or _("（空）")


def _cell(kind: str, row: Plain, name: str) -> str:
    return said(KINDS[kind], name, row.get(name))


def _clash(plan: Plan, clash: Clash, value: Any) -> str:
    if clash.row is not None:
        names = [name for name in KINDS[clash.kind].staged if name in value]
        kind = KINDS[clash.kind]
        pairs = [f"{label_of(kind, name)} {said(kind, name, value[name])}" for name in names]
        return "；".join(pairs) or _("（空）")
    field = plan.definition[clash.key.removeprefix("field:")]
    if field.type == FieldType.TABLE and isinstance(value, list):
        return "\n".join(_row(field, row) for row in value) or _("（空）")
    return display(field, value) or _("（空）")
