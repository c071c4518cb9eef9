"""What differs between two editions, in words (§4.1b). Pure: two raw definitions in, text out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from yihu.guide.attributes import (
    OF_COLUMNS,
    OF_FIELDS,
    TYPES,
    Attribute,
    Lists,
    Raw,
    flat,
    said,
)
from yihu.guide.rules import lists_of


@dataclass(frozen=True, slots=True)
class Said:
    """One attribute: its name, what it was, what it is."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A field or a column that came, went or changed. `old_code` differs where it was renamed."""

    code: str
    label: str
    place: str
    kind: str
    old_code: str = ""
    changes: tuple[Said, ...] = ()

    @property
    def renamed(self) -> bool:
        return bool(self.old_code) and self.old_code != self.code


@dataclass(frozen=True, slots=True)
class Difference:
    """Fields added, removed and changed, code lists changed, sections put in another order."""

    added: tuple[Entry, ...]
    removed: tuple[Entry, ...]
    changed: tuple[Entry, ...]
    lists: tuple[Entry, ...]
    reordered: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.lists or self.reordered)


@dataclass(frozen=True, slots=True)
class _Book:
    """A raw definition, read for looking things up."""

    lists: Lists
    labels: Mapping[str, str]
    places: Mapping[str, tuple[str, str]]
    fields: Mapping[str, Raw]
    tokens: Mapping[str, Mapping[str, str]]


def _open(definition: Mapping[str, Any]) -> _Book:
    lists = lists_of(definition)
    fields: dict[str, Raw] = {}
    places: dict[str, tuple[str, str]] = {}
    for section in definition["sections"]:
        for field in section["fields"]:
            fields[field["code"]] = field
            places[field["code"]] = (section["label"], field.get("group", ""))
    return _Book(
        lists=lists,
        labels={code: field["label"] for code, field in fields.items()},
        places=places,
        fields=fields,
        tokens={code: lists.get(field.get("choices", ""), {}) for code, field in fields.items()},
    )


def difference(
    old: Mapping[str, Any], new: Mapping[str, Any], *, aims: Mapping[str, str] | None = None
) -> Difference:
    """From the one definition to the other.

    `aims`: old code → new code where they belong together, columns as `table.column`; without
    it, equal codes do.
    """
    before, after = _open(old), _open(new)
    if aims is None:
        aims = {code: code for code in _all_codes(before)}
    else:  # what other tables hold has no values to carry, so the mapping is silent on it
        stored = (code for code in _all_codes(before) if _is_stored(code, before))
        aims = {**{code: code for code in stored}, **aims}
    pairs = {code: aims[code] for code in before.fields if aims.get(code) in after.fields}
    taken = set(pairs.values())
    added = [_entry(code, after) for code in after.fields if code not in taken]
    removed = [_entry(code, before) for code in before.fields if code not in pairs]
    changed: list[Entry] = []
    for one, other in pairs.items():
        found = _changes(before.fields[one], after.fields[other], before, after, OF_FIELDS)
        found = [*_moved(one, other, before, after), *found]
        entry = _entry(other, after)
        if found or one != other:
            changed.append(Entry(other, entry.label, entry.place, entry.kind, one, tuple(found)))
        came, went, differ = _columns(one, other, before, after, aims)
        added += came
        removed += went
        changed += differ
    return Difference(
        tuple(added),
        tuple(removed),
        tuple(changed),
        tuple(_lists(before, after)),
        tuple(_reordered(old, new, pairs)),
    )


def _all_codes(book: _Book) -> Iterable[str]:
    for code, field in book.fields.items():
        yield code
        for column in field.get("columns", ()):
            yield f"{code}.{column['code']}"


def _is_stored(code: str, book: _Book) -> bool:
    return bool(book.fields[code.partition(".")[0]].get("stored"))


def _entry(code: str, book: _Book) -> Entry:
    field = book.fields[code]
    section, group = book.places[code]
    place = f"{section} / {group}" if group else section
    return Entry(code, field["label"], place, str(TYPES.get(field.get("type", "text"), "")))


def _moved(one: str, other: str, before: _Book, after: _Book) -> list[Said]:
    section, moved_to = before.places[one][0], after.places[other][0]
    return [Said(_("所在部分"), section, moved_to)] if section != moved_to else []


def _changes(
    one: Raw, other: Raw, before: _Book, after: _Book, attributes: Iterable[Attribute]
) -> list[Said]:
    was, now = flat(one), flat(other)
    found = []
    for attribute in attributes:
        if attribute.key == "code" or attribute.part == "system":
            continue
        old, new = was.get(attribute.key), now.get(attribute.key)
        if old is None and new is None:
            continue  # as nearly all: a page that asks for every field would spend its time here
        texts = _said(attribute, old, was, before), _said(attribute, new, now, after)
        if texts[0] != texts[1]:
            found.append(Said(str(attribute.label), *texts))
    return found


def _said(attribute: Attribute, value: Any, parts: Mapping[str, Any], book: _Book) -> str:
    tokens = book.tokens.get(parts.get("when.field", ""), {})
    if value is None and attribute.default:
        value = attribute.default
    return said(attribute, value, lists=book.lists, labels=book.labels, tokens=tokens)


def _columns(
    one: str, other: str, before: _Book, after: _Book, aims: Mapping[str, str]
) -> tuple[list[Entry], list[Entry], list[Entry]]:
    was = {column["code"]: column for column in before.fields[one].get("columns", ())}
    now = {column["code"]: column for column in after.fields[other].get("columns", ())}
    pairs = {
        code: aim.rpartition(".")[2]
        for code in was
        if (aim := aims.get(f"{one}.{code}", "")).rpartition(".")[2] in now
    }
    came = [
        _column(other, column, after)
        for code, column in now.items()
        if code not in pairs.values() and was
    ]
    went = [
        _column(one, column, before) for code, column in was.items() if code not in pairs and now
    ]
    differ = []
    for code, aim in pairs.items():
        found = _changes(was[code], now[aim], before, after, OF_COLUMNS)
        if found or code != aim:
            entry = _column(other, now[aim], after)
            differ.append(
                Entry(
                    entry.code,
                    entry.label,
                    entry.place,
                    entry.kind,
                    f"{other}.{code}",
                    tuple(found),
                )
            )
    return came, went, differ


def _column(table: str, column: Raw, book: _Book) -> Entry:
    outer = _entry(table, book)
    return Entry(
        f"{table}.{column['code']}",
        f"{outer.label} · {column['label']}",
        outer.place,
        str(TYPES.get(column.get("type", "text"), "")),
    )


def _lists(before: _Book, after: _Book) -> Iterable[Entry]:
    for name in dict.fromkeys([*before.lists, *after.lists]):
        was, now = before.lists.get(name), after.lists.get(name)
        if was == now and list(was or ()) == list(now or ()):
            continue
        if was is None or now is None:
            text = "、".join((now or was or {}).values())
            none = _("（没有）")
            line = Said(_("代码表"), none, text) if was is None else Said(_("代码表"), text, none)
            yield Entry(name, name, "", "", changes=(line,))
            continue
        found = [
            Said(code, was.get(code, _("（没有）")), now.get(code, _("（停用）")))
            for code in dict.fromkeys([*was, *now])
            if was.get(code) != now.get(code)
        ]
        if not found:
            found = [Said(_("顺序"), "、".join(was.values()), "、".join(now.values()))]
        yield Entry(name, name, "", "", changes=tuple(found))


def _reordered(
    old: Mapping[str, Any], new: Mapping[str, Any], pairs: Mapping[str, str]
) -> Iterable[str]:
    """Sections in which the fields that stayed stand in another order."""
    was = {part["code"]: [pairs.get(f["code"]) for f in part["fields"]] for part in old["sections"]}
    for part in new["sections"]:
        now = [field["code"] for field in part["fields"]]
        stayed = [code for code in was.get(part["code"], ()) if code in now]
        if stayed != [code for code in now if code in stayed]:
            yield part["label"]


def field_changes(
    old: Mapping[str, Any], new: Mapping[str, Any], code: str, other: str
) -> list[Said]:
    """One field in two definitions, attribute by attribute; its columns by their names alone."""
    before, after = _open(old), _open(new)
    if code not in before.fields or other not in after.fields:
        return []
    one, two = before.fields[code], after.fields[other]
    found = _moved(code, other, before, after)
    found += _changes(one, two, before, after, OF_FIELDS)
    if one.get("columns") != two.get("columns"):
        texts = [
            "、".join(column["label"] for column in field.get("columns", ()))
            for field in (one, two)
        ]
        found.append(Said(_("列"), *texts))
    return found
