"""Row-level policies, as operations of migrations: who reads and who writes a table's rows.

Each slice protects its own tables with these. Row security is enabled, not forced: the owner of
the tables migrates and never serves, and under FORCE its data migrations would see no rows and
change none without a word. The application's role owns nothing, so it is always subject to them.
"""

from typing import NamedTuple

from django.db.migrations import RunSQL

EVERYTHING = "(SELECT scope_everything())"
OWN = f"({EVERYTHING} OR unit_id = ANY ((SELECT scope_own())::bigint[]))"
"""Rows of the units in which the person holds a role: read and written."""
SEEN = f"({EVERYTHING} OR unit_id = ANY ((SELECT scope_units())::bigint[]))"
"""The same, and of units that opened some of their files to the person: read."""

WHOLE = "unit_id = ANY ((SELECT scope_whole())::bigint[])"
"""Rows of the units of which every file is open to the person."""


class Bound(NamedTuple):
    """A table whose rows are there as far as their file is, and the function that gives them."""

    table: str
    within: str


BOUNDS = {
    "dossier_id": Bound("dossiers_dossier", "scope_files"),
    "draft_id": Bound("dossiers_draft", "scope_drafts"),
    "contract_id": Bound("contracts_contract", "scope_contracts"),
    "original_id": Bound("originals_original", "scope_originals"),
}
"""By the column that leads there."""
ENTERED = "(SELECT scope_entered())"
"""Somebody's transaction, whoever it is."""
DOOR = "(SELECT scope_door())"
"""The door's own work, or the group's; never a person's transaction."""
QUEUE = "(SELECT scope_queue())"
"""The worker's own connections, or the group's work."""


def of_unit(table: str, *, via: str = "", section: str = "") -> list[RunSQL]:
    """A table with `unit_id`. `via`: the column and table that bound it to a file, if it is so
    bound, like `dossier_id dossiers_dossier`: who may read some regions only reads those rows
    whose file (or contract, or draft) is there for them; a new table takes `of_file` instead.
    `section`: the part of the file that a grant must open for others to read the rows; without it
    they never do.
    """
    if not via:
        return policies(table, read=OWN, write=OWN)
    column, above = via.split()
    return policies(table, read=_nested(column, above, section), write=OWN)


def _nested(column: str, above: str, section: str) -> str:
    there = f"{column} IN (SELECT id FROM {above})"
    read = (
        f"({EVERYTHING} OR unit_id = ANY ((SELECT scope_own())::bigint[])"
        f" AND (unit_id = ANY ((SELECT scope_whole())::bigint[]) OR {there}))"
    )
    if section:
        read += f" OR (unit_id || ':{section}' = ANY ((SELECT scope_opened())::text[]) AND {there})"
    return read


def of_file(table: str, column: str, *, section: str = "") -> list[RunSQL]:
    """A table with `unit_id` whose `column` (a key of `BOUNDS`) bounds it to a file.

    The same rows as `of_unit(…, via=…)`, planned at a fraction: where a unit is open as a whole,
    nothing but its number is asked; elsewhere one function, asked once a query and only if a row
    needs it, gives all that is there. No plan holds the policies of another table (0006).
    """
    return policies(table, read=_bounded(column, section), write=OWN)


def _bounded(column: str, section: str) -> str:
    return f"{EVERYTHING} OR {WHOLE} OR {column} IN (SELECT {BOUNDS[column].within}('{section}'))"


def read_as_of_file(table: str, column: str, *, section: str = "") -> RunSQL:
    """What `of_unit(…, via=…)` once gave a table to read, said as `of_file` says it."""
    return read_again(
        table, _bounded(column, section), before=_nested(column, BOUNDS[column].table, section)
    )


def read_again(table: str, read: str, *, before: str) -> RunSQL:
    """Another reading policy for a table that has one."""
    change = f"ALTER POLICY {table}_read ON {table} USING ({{}});"
    return RunSQL(change.format(read), change.format(before))


def bounds(column: str) -> RunSQL:
    """The function that gives the rows of a table that a file bounds, where units are not whole."""
    bound = BOUNDS[column]
    return RunSQL(
        f"CREATE FUNCTION {bound.within}(section text) RETURNS SETOF uuid"
        " LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$"
        " DECLARE parts bigint[] := vault.scope_partial(section);"
        " BEGIN IF parts = '{}' THEN RETURN; END IF;"
        f" RETURN QUERY SELECT id FROM {bound.table} WHERE unit_id = ANY (parts)"
        " AND dossier_id IN (SELECT scope_files(section));"
        " END $$;",
        f"DROP FUNCTION {bound.within}(text);",
    )


def policies(table: str, *, read: str, write: str, add: str = "") -> list[RunSQL]:
    """Row security with a policy for each verb; `add` where rows are added by others too."""
    return [
        RunSQL(
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
            f"CREATE POLICY {table}_read ON {table} FOR SELECT USING ({read});"
            f"CREATE POLICY {table}_add ON {table} FOR INSERT WITH CHECK ({add or write});"
            f"CREATE POLICY {table}_change ON {table} FOR UPDATE"
            f" USING ({write}) WITH CHECK ({write});"
            f"CREATE POLICY {table}_remove ON {table} FOR DELETE USING ({write});",
            f"DROP POLICY {table}_remove ON {table}; DROP POLICY {table}_change ON {table};"
            f"DROP POLICY {table}_add ON {table}; DROP POLICY {table}_read ON {table};"
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
        )
    ]


def search_within(function: str, arguments: str) -> RunSQL:
    """A search that returns ids looks no further than the scope, whatever units it is told.

    The function itself moves to where the application cannot call it.
    """
    kinds = {"q": "text", "units": "integer[]", "most": "integer"}
    names = arguments.split()
    typed = ", ".join(f"{name} {kinds[name]}" for name in names)
    signature = f"{function}({', '.join(kinds[name] for name in names)})"
    passed = ", ".join("scope_narrowed(units)" if name == "units" else name for name in names)
    return RunSQL(
        f"ALTER FUNCTION {signature} SET SCHEMA vault;"
        f"CREATE FUNCTION {function}({typed}) RETURNS SETOF uuid LANGUAGE sql STABLE"
        f" SECURITY DEFINER SET search_path = pg_catalog, public"
        f" AS $$ SELECT vault.{function}({passed}) $$;",
        f"DROP FUNCTION {signature}; ALTER FUNCTION vault.{signature} SET SCHEMA public;",
    )
