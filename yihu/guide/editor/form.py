"""The form of one field, made of what can be said of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.guide.attributes import (
    BY_KEY,
    OF_COLUMNS,
    OF_FIELDS,
    TODAY,
    TYPES,
    Attribute,
    Lists,
    Raw,
    flat,
    write,
)
from yihu.guide.rules import REGION_LIST, Definition, FieldType, lists_of

T = FieldType


@dataclass(frozen=True, slots=True)
class Option:
    code: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Input:
    """One attribute in the form: its widget filled with what is said or was typed."""

    name: str
    id: str
    key: str
    label: str
    widget: str
    text: str
    hint: str
    options: tuple[Option, ...] = ()
    types: str = ""
    wrong: str = ""
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A fieldset of the form."""

    code: str
    label: str
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class ColumnForm:
    """A column of a table in the form: what stands in sight, and the rest folded away."""

    number: int
    was: str
    main: tuple[Input, ...]
    rest: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """The form of one field. `code` is "" for a new one; `seen` the raw field as JSON."""

    code: str
    label: str
    section: Input
    parts: tuple[Part, ...]
    columns: tuple[ColumnForm, ...]
    blank: ColumnForm
    seen: str
    stored: bool
    wrong: str = ""
    theirs: tuple[Any, ...] = ()


PARTS = {
    "what": gettext_lazy("栏目"),
    "must": gettext_lazy("何时必填"),
    "say": gettext_lazy("说明与密级"),
    "check": gettext_lazy("校验"),
}
WIDGETS = {
    "line": "line",
    "text": "text",
    "int": "number",
    "decimal": "number",
    "flag": "flag",
    "one": "select",
    "several": "checks",
    "list": "select",
    "codes": "checks",
    "field": "select",
    "column": "line",
    "tokens": "line",
}
MAIN = ("code", "label", "type", "unit", "digits", "choices", "needed")
REFERRED: dict[str, frozenset[FieldType]] = {
    "not_before": frozenset({T.DATE, T.DATETIME}),
    "not_after": frozenset({T.DATE, T.DATETIME}),
    "not_less": frozenset({T.NUMBER}),
    "not_more": frozenset({T.NUMBER}),
    "sum_near.field": frozenset({T.NUMBER}),
    "when.field": frozenset({T.CHOICE, T.CHOICES, T.BOOL}),
}
FROZEN = frozenset({"code", "type", "unit", "digits", "choices", "long"})
LEFT_OUT = frozenset({T.REF})
"""Types that only the platform's own fields have."""


def panel(
    definition: Definition,
    raw: Mapping[str, Any],
    *,
    field: Raw,
    code: str,
    section: str,
    texts: Mapping[str, str] | None = None,
    columns: Sequence[Mapping[str, str]] | None = None,
    wrong: Mapping[str, str] | None = None,
    seen: Raw | None = None,
    theirs: Sequence[Any] = (),
) -> Panel:
    """The form of a field, filled with the field, or with what was typed where it was refused."""
    lists, wrong = lists_of(raw), wrong or {}
    parts = flat(field)
    stored = bool(field.get("stored"))
    given = texts if texts is not None else _texts(OF_FIELDS, parts, lists)
    form = [
        Part(
            name,
            str(PARTS[name]),
            tuple(
                _input(attribute, given, lists, definition, wrong, stored=stored, own=code)
                for attribute in OF_FIELDS
                if attribute.part == name and not attribute.system
            ),
        )
        for name in PARTS
    ]
    rows = (
        columns
        if columns is not None
        else [
            _texts(OF_COLUMNS, flat(column), lists) | {"was": column["code"]}
            for column in field.get("columns", ())
        ]
    )
    return Panel(
        code=code,
        label=str(field.get("label", "")),
        section=Input(
            name="section",
            id="gd-section",
            key="section",
            label=_("所在部分"),
            widget="select",
            text=section,
            hint="",
            options=tuple(
                Option(part.code, f"{part.letter} {part.label}", part.code == section)
                for part in definition.sections
            ),
            wrong=wrong.get("section", ""),
        ),
        parts=tuple(form),
        columns=tuple(
            _column(number, row, lists, definition, wrong, stored)
            for number, row in enumerate(rows, 1)
        ),
        blank=_column(0, {"type": str(TYPES["text"])}, lists, definition, {}, False),
        seen=json.dumps(field if seen is None else seen, ensure_ascii=False),
        stored=stored,
        wrong="；".join(
            dict.fromkeys(
                text
                for key, text in wrong.items()
                if key not in BY_KEY and not key.startswith("columns.") and key != "section"
            )
        ),
        theirs=tuple(theirs),
    )


def _texts(
    attributes: Iterable[Attribute], parts: Mapping[str, Any], lists: Lists
) -> dict[str, str]:
    return {
        one.key: write(one, parts.get(one.key, one.default or None), lists) for one in attributes
    }


def _input(
    attribute: Attribute,
    texts: Mapping[str, str],
    lists: Lists,
    definition: Definition,
    wrong: Mapping[str, str],
    *,
    stored: bool = False,
    own: str = "",
    column: int | None = None,
) -> Input:
    text = texts.get(attribute.key, "")
    inside = column is not None
    widget = WIDGETS[attribute.kind]
    if inside:
        widget = {"flag": "select", "checks": "line"}.get(widget, widget)
        widget = "code" if attribute.kind == "field" else widget
    prefix = f"columns.{column}." if inside else ""
    return Input(
        name=f"col:{attribute.key}" if inside else attribute.key,
        id=f"gd-{f'c{column}-' if inside else ''}{attribute.key.replace('.', '-')}",
        key=attribute.key,
        label=str(attribute.label),
        widget=widget,
        text=text,
        hint="" if inside else str(attribute.hint),
        options=tuple(_options_of(attribute, text, lists, definition, own, inside=inside)),
        types=" ".join(sorted(attribute.types)),
        wrong=wrong.get(f"{prefix}{attribute.key}", ""),
        frozen=stored and attribute.key in FROZEN,
    )


def _options_of(
    attribute: Attribute, text: str, lists: Lists, definition: Definition, own: str, *, inside: bool
) -> Iterable[Option]:
    chosen = {part.strip() for part in text.split("、")}
    if attribute.kind == "flag":
        yield from (Option("", _("否"), text != "是"), Option("是", _("是"), text == "是"))
    elif attribute.kind in ("one", "several"):
        said = [part.strip() for part in text.split("、")]
        offered = list(attribute.options.items())
        if attribute.kind == "several":  # whoever leads stands first, and is sent back first
            offered.sort(key=lambda one: _place(said, one))
        for code, label in offered:
            if attribute.key == "type" and code not in (text, str(label)):
                if code in LEFT_OUT and str(label) != text:
                    continue
                if inside and code == T.TABLE:
                    continue
            yield Option(str(code), str(label), bool({str(code), str(label)} & chosen))
    elif attribute.kind == "codes":
        for code, label in lists.get(attribute.of, {}).items():
            yield Option(code, label, bool({code, label} & chosen))
    elif attribute.kind == "list":
        yield Option("", "", not text)
        for name in (*lists, REGION_LIST):
            words = "、".join(list(lists.get(name, {}).values())[:3])
            label = _("行政区划（GB/T 2260）") if name == REGION_LIST else f"{name}（{words}…）"
            yield Option(name, label, name == text)
    elif attribute.kind == "field" and not inside:
        yield Option("", "", not text)
        if attribute.key in ("not_before", "not_after"):
            yield Option(TODAY, _("今天"), text == TODAY)
        kinds = REFERRED.get(attribute.key)
        for field in definition:
            if field.code != own and (kinds is None or field.type in kinds or field.code == text):
                yield Option(field.code, f"{field.label}（{field.code}）", field.code == text)


def _place(said: Sequence[str], option: tuple[str, Any]) -> int:
    code, label = option
    return next((at for at, part in enumerate(said) if part in (code, str(label))), len(said))


def _column(
    number: int,
    texts: Mapping[str, str],
    lists: Lists,
    definition: Definition,
    wrong: Mapping[str, str],
    stored: bool,
) -> ColumnForm:
    made = {
        one.key: _input(one, texts, lists, definition, wrong, stored=stored, column=number)
        for one in OF_COLUMNS
        if not one.system
    }
    return ColumnForm(
        number,
        texts.get("was", ""),
        tuple(made[key] for key in MAIN),
        tuple(one for key, one in made.items() if key not in MAIN),
    )
