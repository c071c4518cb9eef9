"""An edition in words: what a field is, when it is required, what is checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from yihu.guide.attributes import (
    ATTRIBUTES,
    BY_KEY,
    REQUIRED,
    SENSITIVITY,
    TYPES,
    Lists,
    Raw,
    flat,
    said,
    write,
)
from yihu.guide.rules import (
    REGION_LIST,
    Cell,
    Definition,
    Field,
    FieldType,
    Required,
    Section,
    lists_of,
)

T = FieldType


@dataclass(frozen=True, slots=True)
class Line:
    """A field as the guide's reader sees it; a column where `column` is true."""

    code: str
    label: str
    kind: str
    must: str
    strict: bool
    sensitivity: str
    level: int
    help: str
    checks: tuple[str, ...]
    options: str
    maintainer: str
    stored: bool
    columns: tuple["Line", ...] = ()


@dataclass(frozen=True, slots=True)
class LineGroup:
    name: str
    lines: tuple[Line, ...]


def lines_of(section: Section, definition: Definition, raw: Mapping[str, Any]) -> list[LineGroup]:
    """The section's fields in words, under their headings."""
    labels = {field.code: field.label for field in definition}
    lists = lists_of(raw)
    fields = {f["code"]: f for part in raw["sections"] for f in part["fields"]}
    return [
        LineGroup(
            name,
            tuple(_line(field, fields[field.code], labels, lists, definition) for field in group),
        )
        for name, group in section.groups()
    ]


def _line(
    field: Field, raw: Raw, labels: Mapping[str, str], lists: Lists, definition: Definition
) -> Line:
    return Line(
        code=field.code,
        label=field.label,
        kind=kind_of(field),
        must=must_of(field, lists, definition),
        strict=field.required == Required.ALWAYS,
        sensitivity=str(SENSITIVITY[str(field.sensitivity)]),
        level=field.sensitivity,
        help=field.help,
        checks=checks_of(field, raw, labels, lists),
        options=_options(field),
        maintainer=write(BY_KEY["maintainer"], field.maintainer, lists),
        stored=not field.in_document and field.stored != "dossiers",
        columns=tuple(
            Line(
                code=column.code,
                label=column.label,
                kind=kind_of(column),
                must=_("必填") if column.needed else "",
                strict=column.needed,
                sensitivity="",
                level=1,
                help="",
                checks=checks_of(column, raw_column, labels, lists),
                options=_options(column),
                maintainer="",
                stored=False,
            )
            for column, raw_column in zip(field.columns, raw.get("columns", ()), strict=True)
        ),
    )


def kind_of(cell: Cell) -> str:
    """数字（万元，2 位小数）."""
    name = str(TYPES[cell.type])
    if cell.type == T.NUMBER:
        digits = _("%(digits)d 位小数") % {"digits": cell.digits} if cell.digits else _("整数")
        return f"{name}（{cell.unit}，{digits}）" if cell.unit else f"{name}（{digits}）"
    return name


MOST_OPTIONS = 8


def _options(cell: Cell) -> str:
    if cell.code_list == REGION_LIST:
        return _("行政区划（GB/T 2260）")
    labels = list((cell.choices or {}).values())
    if len(labels) <= MOST_OPTIONS:
        return " / ".join(labels)
    more = _("等 %(count)d 项") % {"count": len(labels)}
    return " / ".join(labels[:MOST_OPTIONS]) + f" … {more}"


def must_of(field: Field, lists: Lists, definition: Definition) -> str:
    """必填；按条件必填：战略、VIP客户……."""
    if field.required != Required.WHEN:
        return str(REQUIRED[field.required])
    said_: list[str] = []
    klasses, uses = lists.get("klass", {}), lists.get("gas_use", {})
    if field.classes:
        said_.append(
            _("%(classes)s客户") % {"classes": "、".join(klasses.get(c, c) for c in field.classes)}
        )
    if field.gas_uses:
        said_.append(
            _("用气类型为%(uses)s") % {"uses": "、".join(uses.get(c, c) for c in field.gas_uses)}
        )
    if field.when is not None:
        other = definition[field.when.field]
        text = _("“%(label)s”为%(values)s") if field.when.any_of else _("“%(label)s”不为%(values)s")
        tokens = field.when.any_of or field.when.none_of
        words = [_token(other, token) for token in tokens]
        said_.append(text % {"label": other.label, "values": _("或").join(words)})
    return _("必填：") + "；".join(said_)


def _token(cell: Cell, token: str) -> str:
    if cell.type == T.BOOL:
        return _("是") if token == "true" else _("否")
    return (cell.choices or {}).get(token, token)


CHECK_KEYS = tuple(one for one in ATTRIBUTES if one.part == "check" or one.key == "rows_min")


def checks_of(cell: Cell, raw: Raw, labels: Mapping[str, str], lists: Lists) -> tuple[str, ...]:
    """What is checked, each as 名称：值."""
    parts = flat(raw)
    tokens = {"true": _("是"), "false": _("否"), **(cell.choices or {})}
    found = []
    for attribute in CHECK_KEYS:
        value = parts.get(attribute.key)
        if value is None or (attribute.system and attribute.key != "default"):
            continue
        words = said(attribute, value, lists=lists, labels=labels)
        if attribute.key in ("expected", "default"):
            words = tokens.get(str(value), words)
        if attribute.kind == "column" and isinstance(cell, Field):
            words = next((c.label for c in cell.columns if c.code == value), words)
        found.append(f"{attribute.label} {words}")
    return tuple(found)
