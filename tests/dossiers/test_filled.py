"""Completeness as SQL over many says what the pure rule says of one (§5.4)."""

import random
from typing import Any

import pytest
from django.db import connection
from psycopg.types.json import Jsonb

from yihu.customers.rules import GasUse, Klass
from yihu.dossiers.filled import filled_of
from yihu.guide.actions import load_first_edition
from yihu.guide.rules import Definition, completeness, is_empty, parse

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.4")]
VALUES: tuple[Any, ...] = (
    None, "", "  ", "\u3000", "值", [], [""], ["值"], {}, {"a": ""}, {"a": "值"},
    [{"a": None}], [{"a": {"b": "值"}}], True, False, "true", 3,
)  # fmt: skip


def facts(definition: Definition, rng: random.Random) -> dict[str, Any]:
    found = {field.code: rng.choice(VALUES) for field in definition if rng.random() < 0.7}
    found["gas_use"] = rng.sample(GasUse.values, rng.randint(0, 2))
    for field in definition:
        if field.when is not None and rng.random() < 0.8:
            tokens = [*field.when.any_of, *field.when.none_of, "else"]
            found[field.when.field] = rng.choice([rng.choice(tokens), [rng.choice(tokens)]])
    return found


@pytest.mark.parametrize("composed", [False, True])
def test_sql_counts_what_the_rule_counts(composed: bool) -> None:
    definition = parse(load_first_edition().definition)
    rng = random.Random(4)
    made = filled_of(definition, composed=composed)
    for _round in range(60):
        held, klass = facts(definition, rng), rng.choice(["", *Klass.values])
        if composed:
            held = {code: value for code, value in held.items() if not is_empty(value)}
        every = [field for section in definition.sections for field in section.fields]
        wanted = completeness(held, every, klass, held.get("gas_use", []))
        both = all(
            any(field.counted and not is_empty(held.get(field.code)) for field in section.fields)
            for section in definition.sections
            if section.letter in "AB"
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {made.filled}, {made.required}, {made.sections}"
                " FROM (SELECT %s::jsonb AS facts, %s AS klass) v",
                [Jsonb(held), klass],
            )
            assert cursor.fetchone() == (wanted.filled, wanted.required, both)
