"""How far files are filled, as SQL over many: what `guide.rules.completeness` says of one (§5.4).

The statement has a row `v` of each file with `v.facts` (jsonb, as `facts_of` gives them) and
`v.klass`. Made anew from each edition, so an old version is judged by the guide that it was
filled by. tests/dossiers/test_filled.py holds both against each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import sql

from yihu.guide.rules import Definition, Field, Required

OF_FILLER = ("A", "B")
"""The sections that are fields; C and D are rows of other tables (§6.1.1)."""
BLANK = r"[^\s\u3000\u00a0]"
SOMETHING = (
    '$.** ? (@.type() == "number" || @.type() == "boolean"'
    r' || (@.type() == "string" && @ like_regex "[^\\s\\u3000\\u00a0]"))'
)


@dataclass(frozen=True, slots=True)
class Filled:
    """Expressions: how many required fields have a value, how many are required, whether both
    sections of fields have any.
    """

    filled: str
    required: str
    sections: str


def _said(value: object) -> str:
    """A literal inside a statement that has values of its own."""
    return sql.Literal(value).as_string(None).replace("%", "%%")


def _held(code: str, composed: bool) -> str:
    if composed:
        return f"(v.facts ? {_said(code)})"
    value = f"v.facts -> {_said(code)}"
    return (
        f"(CASE jsonb_typeof({value}) WHEN 'string' THEN {value} #>> '{{}}' ~ {_said(BLANK)}"
        f" WHEN 'array' THEN jsonb_path_exists({value}, {_said(SOMETHING)})"
        f" WHEN 'object' THEN jsonb_path_exists({value}, {_said(SOMETHING)})"
        " WHEN 'null' THEN false ELSE coalesce(jsonb_typeof("
        f"{value}), '') <> '' END)"
    )


def _any_of(code: str, tokens: Iterable[str]) -> str:
    """Whether the field's value, or one of its list, is among the tokens."""
    value, among = f"v.facts -> {_said(code)}", _said(list(tokens))
    return (
        f"(CASE jsonb_typeof({value}) WHEN 'array' THEN {value} ?| {among}"
        f" WHEN 'string' THEN {value} #>> '{{}}' = ANY ({among})"
        f" WHEN 'boolean' THEN {value} #>> '{{}}' = ANY ({among}) ELSE false END)"
    )


def _applies(field: Field) -> str:
    """`guide.rules.applies` as a condition; "true" and "false" where no file changes it."""
    if field.required != Required.WHEN:
        return "true" if field.required == Required.ALWAYS else "false"
    parts = []
    if field.classes:
        parts.append(f"v.klass = ANY ({_said(list(field.classes))})")
    if field.gas_uses:
        parts.append(_any_of("gas_use", field.gas_uses))
    if field.when is not None and field.when.any_of:
        parts.append(_any_of(field.when.field, field.when.any_of))
    elif field.when is not None:
        parts.append(f"NOT {_any_of(field.when.field, field.when.none_of)}")
    return f"({' OR '.join(parts)})"


def filled_of(definition: Definition, *, composed: bool = False) -> Filled:
    """The expressions of one edition of the guide. `composed`: the facts are of a version, which
    leaves empty values out.
    """
    wanted = [(field.code, _applies(field)) for field in definition if field.counted]
    wanted = [(code, applies) for code, applies in wanted if applies != "false"]
    sections = [
        " OR ".join(_held(field.code, composed) for field in section.fields if field.counted)
        for section in definition.sections
        if section.letter in OF_FILLER
    ]
    return Filled(
        filled=_sum(f"({applies} AND {_held(code, composed)})::int" for code, applies in wanted),
        required=_sum(f"{applies}::int" for _code, applies in wanted),
        sections=" AND ".join(f"({one})" for one in sections) or "true",
    )


def _sum(parts: Iterable[str]) -> str:
    return f"({' + '.join(parts) or '0'})"
