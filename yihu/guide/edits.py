"""Changes of a raw definition: each takes `{"lists", "sections"}` and gives a new one. Pure.

Whether the outcome can be a guide is for `guide.rules.parse` to say.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from yihu.guide.attributes import Raw

Definition = dict[str, Any]


def find(definition: Mapping[str, Any], code: str) -> tuple[Raw, Raw] | None:
    """The section and the raw field of that code."""
    for section in definition["sections"]:
        for field in section["fields"]:
            if field["code"] == code:
                return section, field
    return None


def put_field(
    definition: Mapping[str, Any], field: Raw, *, section: str, instead_of: str = ""
) -> Definition:
    """The field in place of another; a new one, or one that changes its place, ends its group."""
    changed = deepcopy(dict(definition))
    target = next(part for part in changed["sections"] if part["code"] == section)
    standing = find(changed, instead_of) if instead_of else None
    if standing is not None:
        home, old = standing
        place = home["fields"].index(old)
        if home is target and old.get("group", "") == field.get("group", ""):
            home["fields"][place] = field
            return _call(changed, instead_of, field["code"])
        del home["fields"][place]
    same = [
        place
        for place, other in enumerate(target["fields"])
        if other.get("group", "") == field.get("group", "")
    ]
    target["fields"].insert(same[-1] + 1 if same else len(target["fields"]), field)
    return _call(changed, instead_of, field["code"]) if standing is not None else changed


REFERENCES = ("not_before", "not_after", "not_less", "not_more", "same_as")


def _call(definition: Definition, before: str, after: str) -> Definition:
    """Whoever referred to the field by its old code refers to it by the new one."""
    if before == after:
        return definition
    for section in definition["sections"]:
        for field in section["fields"]:
            for cell in (field, *field.get("columns", ())):
                for name in REFERENCES:
                    if cell.get(name) == before:
                        cell[name] = after
            for name in ("when", "sum_near"):
                if field.get(name, {}).get("field") == before:
                    field[name]["field"] = after
    return definition


def drop_field(definition: Mapping[str, Any], code: str) -> Definition:
    """Without the field."""
    changed = deepcopy(dict(definition))
    for section in changed["sections"]:
        section["fields"] = [field for field in section["fields"] if field["code"] != code]
    return changed


def move_field(definition: Mapping[str, Any], code: str, *, up: bool) -> Definition:
    """One place up or down among the fields of its group; at the end nothing changes."""
    changed = deepcopy(dict(definition))
    found = find(changed, code)
    if found is None:
        return changed
    section, field = found
    fields = section["fields"]
    here = fields.index(field)
    group = field.get("group", "")
    others = range(here - 1, -1, -1) if up else range(here + 1, len(fields))
    there = next((place for place in others if fields[place].get("group", "") == group), None)
    if there is not None:
        fields[here], fields[there] = fields[there], fields[here]
    return changed


def move_group(definition: Mapping[str, Any], section: str, group: str, *, up: bool) -> Definition:
    """The whole group one place up or down among those of its section."""
    changed = deepcopy(dict(definition))
    for part in changed["sections"]:
        if part["code"] != section:
            continue
        groups: dict[str, list[Raw]] = {}
        for field in part["fields"]:
            groups.setdefault(field.get("group", ""), []).append(field)
        order = list(groups)
        if group in order:
            here = order.index(group)
            there = here - 1 if up else here + 1
            if 0 <= there < len(order):
                order[here], order[there] = order[there], order[here]
        part["fields"] = [field for name in order for field in groups[name]]
    return changed


def call_group(definition: Mapping[str, Any], section: str, group: str, *, name: str) -> Definition:
    """The group under another name."""
    changed = deepcopy(dict(definition))
    for part in changed["sections"]:
        if part["code"] == section:
            for field in part["fields"]:
                if field.get("group", "") == group:
                    field["group"] = name
    return changed


def as_pairs(codes: Mapping[str, str]) -> list[list[str]]:
    """A code list as it is stored: pairs, since a JSONB object forgets its order."""
    return [[code, label] for code, label in codes.items()]


def put_list(definition: Mapping[str, Any], name: str, codes: Mapping[str, str]) -> Definition:
    """With this code list."""
    changed = deepcopy(dict(definition))
    changed.setdefault("lists", {})[name] = as_pairs(codes)
    return changed


def drop_list(definition: Mapping[str, Any], name: str) -> Definition:
    """Without the code list."""
    changed = deepcopy(dict(definition))
    changed.get("lists", {}).pop(name, None)
    return changed


def users_of(definition: Mapping[str, Any], name: str) -> list[tuple[Raw, Raw | None]]:
    """(field, None) or (table, column) for everything that offers the code list."""
    found: list[tuple[Raw, Raw | None]] = []
    for section in definition["sections"]:
        for field in section["fields"]:
            if field.get("choices") == name:
                found.append((field, None))
            found += [
                (field, column)
                for column in field.get("columns", ())
                if column.get("choices") == name
            ]
    return found


def platform_lists(definition: Mapping[str, Any]) -> set[str]:
    """The lists whose codes stand in tables of the platform: their codes are not the guide's."""
    names: set[str] = set()
    for section in definition["sections"]:
        for field in section["fields"]:
            if field.get("stored"):
                cells: Sequence[Raw] = (field, *field.get("columns", ()))
                names |= {cell["choices"] for cell in cells if "choices" in cell}
    return names
