"""What Citus needs of the tables, as statements: which are spread by unit, and what must change.

    python tools/citus.py [URL]     prints them for the database of the settings, or that one

Reads the catalogue alone. A table with a unit in every row is spread by `unit_id`; what those
point at is on every machine (a reference table); the rest stays with the coordinator. Citus wants
`unit_id` in every unique constraint of a spread table and in every reference between two of them,
and no reference to one from elsewhere (docs/scale.md). tests/upkeep/test_scale.py runs the
statements on a copy of the schema.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

KEY = "unit_id"
EVERYWHERE = {
    "org_staff": "people move between units, and accounts and signatures point at them by number",
    "org_personnelevent": "belongs to its person",
    "org_unitregion": "a few lines a unit, asked by every scope",
    "regulations_regulation": "a unit's rule points at the group's that it carries out",
    "regulations_checked": "belongs to its rule",
    "exports_alert": "once a day for a person, whichever unit it was",
}
"""Tables with a unit in every row that are not spread, and why."""

TABLES = """
SELECT c.relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
    AND a.attname = 'unit_id' AND a.attnotnull AND NOT a.attisdropped)
FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relnamespace = 'public'::regnamespace ORDER BY 1
"""
NAMES = """ARRAY(SELECT a.attname::text FROM unnest({keys}) WITH ORDINALITY k (number, place)
    JOIN pg_attribute a ON a.attrelid = {table} AND a.attnum = k.number ORDER BY place)"""
UNIQUE = f"""
SELECT t.relname, i.indexrelid::regclass::text, {NAMES.format(keys="i.indkey", table="i.indrelid")},
    i.indisprimary, EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid
                            AND c.contype = 'f')
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
WHERE (i.indisunique OR i.indisexclusion) AND t.relnamespace = 'public'::regnamespace
  AND NOT t.relispartition ORDER BY 1, 2
"""
KEYS = f"""
SELECT c.conname, f.relname, t.relname, {NAMES.format(keys="c.conkey", table="c.conrelid")},
    {NAMES.format(keys="c.confkey", table="c.confrelid")}
FROM pg_constraint c JOIN pg_class f ON f.oid = c.conrelid JOIN pg_class t ON t.oid = c.confrelid
WHERE c.contype = 'f' AND c.conparentid = 0 AND f.relnamespace = 'public'::regnamespace
ORDER BY 2, 1
"""


@dataclass(frozen=True, slots=True)
class Unique:
    """A unique index; `named`: a foreign key refers to it."""

    table: str
    name: str
    columns: list[str]
    primary: bool
    named: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key."""

    name: str
    table: str
    to: str
    columns: list[str]
    to_columns: list[str]


@dataclass
class Plan:
    """Where each table goes, and what stands in the way."""

    spread: list[str] = field(default_factory=list)
    everywhere: list[str] = field(default_factory=list)
    local: list[str] = field(default_factory=list)
    primary: list[Unique] = field(default_factory=list)
    """Primary keys of spread tables that lack the unit: changed by `statements`."""
    unique: list[Unique] = field(default_factory=list)
    """Other unique indexes that lack it: each needs a thought of its own."""
    across: list[Reference] = field(default_factory=list)
    """References between spread tables that lack it, or to one from elsewhere."""


def plan_of(connection: Any) -> Plan:
    """Read from the catalogue; `connection` of psycopg."""
    tables = dict(connection.execute(TABLES).fetchall())
    references = [Reference(*row) for row in connection.execute(KEYS).fetchall()]
    spread = {name for name, owned in tables.items() if owned and name not in EVERYWHERE}
    everywhere = _reached(references, spread)
    plan = Plan(sorted(spread), sorted(everywhere), sorted(set(tables) - spread - everywhere))
    for row in connection.execute(UNIQUE).fetchall():
        found = Unique(*row)
        if found.table in spread and KEY not in found.columns:
            (plan.primary if found.primary else plan.unique).append(found)
    for each in references:
        pairs = list(zip(each.columns, each.to_columns, strict=True))
        if each.to in spread and (each.table not in spread or (KEY, KEY) not in pairs):
            plan.across.append(each)
    return plan


def _reached(references: Iterable[Reference], spread: set[str]) -> set[str]:
    """What spread tables point at, directly or through others; and what is named above."""
    found, waiting = set[str](), list(spread)
    while waiting:
        table = waiting.pop()
        for each in references:
            if each.table == table and each.to not in spread | found:
                found.add(each.to)
                waiting.append(each.to)
    return found | set(EVERYWHERE)


def changes(plan: Plan) -> Iterator[str]:
    """What plain PostgreSQL can do beforehand: the unit into every primary key.

    The old column keeps an index, by which a page finds its row.
    """
    for key in plan.primary:
        columns = ", ".join([KEY, *key.columns])
        yield (
            f"ALTER TABLE {key.table} DROP CONSTRAINT {key.name},"
            f" ADD CONSTRAINT {key.name} PRIMARY KEY ({columns})"
        )
        yield f"CREATE INDEX ON {key.table} ({', '.join(key.columns)})"


def placing(plan: Plan) -> Iterator[str]:
    """What Citus does then: first what is everywhere, then what is spread, side by side by unit."""
    yield from (f"SELECT create_reference_table('{table}')" for table in plan.everywhere)
    first = "dossiers_dossier"
    yield f"SELECT create_distributed_table('{first}', '{KEY}')"
    for table in plan.spread:
        if table != first:
            yield (
                f"SELECT create_distributed_table('{table}', '{KEY}', colocate_with => '{first}')"
            )


def main() -> int:
    """The statements, and on stderr what they do not mend."""
    import psycopg

    from yihu.site.database import _connect, databases

    url = sys.argv[1] if len(sys.argv) > 1 else ""
    with psycopg.connect(url) if url else _connect(databases()["owner"]) as connection:
        plan = plan_of(connection)
    for statement in (*changes(plan), *placing(plan)):
        print(f"{statement};")
    for left in (*plan.unique, *plan.across):
        print(left, file=sys.stderr)
    return 1 if plan.unique or plan.across else 0


if __name__ == "__main__":
    raise SystemExit(main())
