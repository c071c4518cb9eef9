"""An edition as a filler would see it (§6.1.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from yihu.guide.attributes import SENSITIVITY
from yihu.guide.rules import (
    REGION_LIST,
    Cell,
    Definition,
    Field,
    FieldType,
    Required,
    Section,
    applies,
    lists_of,
)
from yihu.guide.words import must_of

T = FieldType


@dataclass(frozen=True, slots=True)
class Shown:
    """A field as a filler would see it."""

    id: str
    label: str
    widget: str
    unit: str
    must: bool
    condition: str
    help: str
    secrecy: str
    options: tuple[str, ...]
    hint: str
    columns: tuple["Shown", ...]


@dataclass(frozen=True, slots=True)
class ShownGroup:
    name: str
    fields: tuple[Shown, ...]


PREVIEW = {
    T.TEXT: "text",
    T.TEXTS: "long",
    T.CHOICE: "select",
    T.CHOICES: "checks",
    T.DATE: "text",
    T.DATETIME: "text",
    T.TIME: "text",
    T.MONTH: "text",
    T.NUMBER: "number",
    T.BOOL: "select",
    T.REF: "text",
    T.FILE: "file",
    T.TABLE: "table",
}
HINTS = {
    T.DATE: "2026-11-23",
    T.DATETIME: "2026-11-23 09:30",
    T.TIME: "08:00",
    T.MONTH: "2026-11",
}


def previewed(
    section: Section,
    definition: Definition,
    raw: Mapping[str, Any],
    klass: str,
    uses: Sequence[str],
) -> tuple[list[ShownGroup], int]:
    """The section's form for a class and gas uses, and how many fields are required at once."""
    lists = lists_of(raw)
    facts = {"cust_class": klass, "gas_use": list(uses)}
    found, required = [], 0
    for name, fields in section.groups():
        shown = []
        for field in fields:
            if not field.counted:
                continue
            must = applies(field, facts, klass, uses)
            required += must
            conditional = field.required == Required.WHEN and not must and field.when is not None
            condition = must_of(field, lists, definition) if conditional else ""
            shown.append(_shown(field, must=must, condition=condition))
        if shown:
            found.append(ShownGroup(name, tuple(shown)))
    return found, required


def _shown(cell: Cell, *, must: bool, condition: str = "", table: str = "") -> Shown:
    full = isinstance(cell, Field)
    options = tuple((cell.choices or {}).values())
    if cell.type == T.BOOL:
        options = (_("是"), _("否"))
    if cell.code_list == REGION_LIST:
        options = (_("省"), _("市"), _("区县"))
    level = cell.sensitivity if isinstance(cell, Field) else 1
    return Shown(
        id=f"p-{table}{cell.code}",
        label=cell.label,
        widget="long" if isinstance(cell, Field) and cell.long else PREVIEW[cell.type],
        unit=cell.unit,
        must=must,
        condition=condition,
        help=cell.help if isinstance(cell, Field) else "",
        secrecy=str(SENSITIVITY[str(level)]) if full and level > 1 else "",
        options=options,
        hint=HINTS.get(cell.type, ""),
        columns=tuple(
            _shown(column, must=column.needed, table=f"{cell.code}-") for column in cell.columns
        )
        if isinstance(cell, Field)
        else (),
    )
