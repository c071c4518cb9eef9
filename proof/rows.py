"""C4: the policies of the tables themselves, counted, and tried by raw SQL as the web's role.

The queries are those of `tests/access/test_rows.py`. Four verbs on every table of units, by every
role of a unit: no row of another unit is read, changed or deleted, and none is added. Control: the
other unit has a row in every one of these tables.
"""

from collections import Counter
from typing import Any

from django.db import DatabaseError, transaction

from tests import plant
from tests.access.test_rows import GROUP_TABLES, UNIT_TABLES, VERBS, asked, counts
from tests.flows.rows import of_every_table
from yihu.access.entering import for_person
from yihu.access.rules import Role
from yihu.kit.scoped import acting

FIGURE, TRIALS, SEED = "C4", 1, 4
ROLES = (Role.FILLER, Role.REVIEWER, Role.STEWARD, Role.CUSTODIAN, Role.READER)
SHARED = {"regulations_regulation"}
"""Rules of the group's, which everybody reads."""
POLICIES = "SELECT polcmd FROM pg_policy WHERE polrelid = %s::regclass"
GUARDED = "SELECT relrowsecurity FROM pg_class WHERE relname = %s"
FOREIGN = {
    "SELECT": "SELECT 1 FROM {} WHERE unit_id = %s",
    "UPDATE": "UPDATE {} SET unit_id = unit_id WHERE unit_id = %s RETURNING 1",
    "DELETE": "DELETE FROM {} WHERE unit_id = %s RETURNING 1",
    "INSERT": "INSERT INTO {} (unit_id) VALUES (%s) RETURNING 1",
}
"""A policy is asked before any other constraint, so an INSERT need not be complete."""


def reached(sql: str, unit_id: int) -> int | str:
    """Rows that the statement touched, undone at once; the refusal where there was one."""
    try:
        with transaction.atomic():
            found = len(asked(sql, unit_id))
            transaction.set_rollback(True)
    except DatabaseError as refusal:
        return str(refusal)
    return found


def run(trials: int, seed: int) -> dict[str, Any]:
    """Tables, policies and tries, and how many rows of another unit were reached."""
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    of_every_table(gd)
    of_every_table(fj, region="350100")
    tables = [name for (name,) in asked(UNIT_TABLES)]
    guarded = [*tables, *sorted(GROUP_TABLES)]
    policies = {table: {VERBS[cmd] for (cmd,) in asked(POLICIES, table)} for table in guarded}
    open_tables = [table for table in guarded if asked(GUARDED, table) != [(True,)]]
    empty = [table for table in tables if not counts(table, fj.pk)]
    with acting(None), transaction.atomic():
        without = [
            table
            for table in tables
            if table not in SHARED and asked(f"SELECT 1 FROM {table} LIMIT 1")
        ]
    tried: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    by_policy: Counter[str] = Counter()
    reached_rows: list[str] = []
    for role in ROLES:
        person = plant.person(role, gd)
        for table in tables:
            for verb, sql in FOREIGN.items():
                with for_person(person.pk):
                    rows = reached(sql.format(table), fj.pk)
                tried[verb] += 1
                if isinstance(rows, str):
                    refused[verb] += 1
                    by_policy[verb] += "row-level security" in rows
                elif rows:
                    reached_rows.append(f"{role}: {verb} {table}: {rows}")
    return {
        "trials": tried.total(),
        "tables_of_units": len(tables),
        "tables_of_the_group": len(GROUP_TABLES),
        "policies": sum(map(len, policies.values())),
        "tried": dict(tried),
        "refused_outright": dict(refused),
        "refused_by_a_policy": dict(by_policy),
        "unguarded": open_tables,
        "without_a_row_to_hide": empty,
        "readable_without_a_scope": without,
        "reached": reached_rows[:20],
        "found": len(reached_rows),
        "held": not (open_tables or empty or without or reached_rows)
        and all(verbs == set(FOREIGN) for verbs in policies.values()),
    }
