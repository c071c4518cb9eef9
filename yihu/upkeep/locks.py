"""What pending migrations would lock, and for how long: found out on an empty copy of the schema.

Each statement of each migration runs there as it will run, and the server itself says which tables
it locked, read from end to end or wrote anew. It counts that on an empty table as on a full one. So
nothing that Python or PL/pgSQL does escapes, and no list of dangerous statements goes out of date.
"""

import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from psycopg import sql

from yihu.kit.migrating import Executor
from yihu.kit.postgres import program
from yihu.upkeep.dumping import as_owner, owners_environment, require_success, scratch

BLOCKING = {"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"}
"""Under these nobody writes the table; under the last nobody reads it either."""
PREFIX = "yihu_upgrade_"
TABLES = """
SELECT c.oid::bigint, coalesce(pg_partition_root(c.oid), c.oid)::regclass::text,
    c.relfilenode::bigint
FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace > 16383
   OR c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
"""
"""A partition goes by the name of its whole."""
PASSES = "SELECT relid::bigint, coalesce(seq_scan, 0) FROM pg_stat_xact_user_tables"
HELD = "SELECT relation::bigint, mode FROM pg_locks WHERE pid = pg_backend_pid() AND granted"
COLUMNS = """
SELECT a.attrelid::bigint, a.attname, a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
FROM pg_attribute a WHERE a.attrelid = ANY (%s) AND a.attnum > 0 AND NOT a.attisdropped
"""
FILES = "SELECT oid::bigint, relfilenode::bigint FROM pg_class WHERE oid = ANY (%s)"
ROWS = """
SELECT CASE WHEN bool_or(c.reltuples < 0) THEN -1 ELSE coalesce(sum(c.reltuples), 0)::bigint END
FROM (SELECT to_regclass(%(table)s)::oid
      UNION SELECT relid FROM pg_partition_tree(%(table)s)) AS t (oid)
JOIN pg_class c ON c.oid = t.oid WHERE c.relkind = 'r'
"""
"""-1: never counted yet."""


@dataclass
class Trace:
    """One transaction of a migration: what it locked, and which tables took it long.

    `read`: read from end to end. `anew`: written anew. `written`: rows of it were to be written.
    `broken`: columns that are gone or became required, which the version before does not know.
    Tables that the migration itself makes are in none.
    """

    migration: str
    locked: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    anew: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Danger:
    """A migration that would hold up work for as long as it takes to go through a big table."""

    migration: str
    table: str
    rows: int
    anew: bool
    blocked: Sequence[str]


def pending(alias: str = "owner") -> list[Migration]:
    """The migrations that are not applied yet, in their order."""
    executor = Executor(connections[alias])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [migration for migration, _backwards in plan]


def label_of(migration: Migration) -> str:
    """As `yihu migrate` writes it: `duties.0007_name`."""
    return f"{migration.app_label}.{migration.name}"


def dangers(traces: Sequence[Trace], rows: Mapping[str, int], most: int) -> list[Danger]:
    """What would take long under a lock, where tables hold so many rows."""
    found = []
    for trace in traces:
        for table in sorted(trace.read | trace.anew):
            blocked = sorted(trace.locked | ({table} & trace.written))
            if blocked and rows[table] > most:
                found.append(
                    Danger(trace.migration, table, rows[table], table in trace.anew, blocked)
                )
    return found


def rows_of(tables: Iterable[str], most: int) -> dict[str, int]:
    """How many rows the live tables hold, as `pg_class` knows; what nobody counted yet is counted
    until a little beyond the bound."""
    found = {}
    with as_owner() as owner:
        for table in tables:
            row = owner.execute(ROWS, {"table": table}).fetchone()
            found[table] = int(row[0]) if row else 0
            if found[table] < 0:
                some = sql.SQL("SELECT count(*) FROM (SELECT FROM {} LIMIT {}) AS seen")
                row = owner.execute(some.format(sql.SQL(table), most + 1)).fetchone()
                found[table] = int(row[0]) if row else 0
    return found


def traced(migrations: Sequence[Migration]) -> list[Trace]:
    """Run them on an empty copy of the live schema; what each locked and read there.

    Raises: dumping.Failed; DatabaseError where a migration does not run on that schema.
    """
    with scratch(PREFIX) as name:
        _copy_schema(name)
        with _owner_is_at(name) as owner:
            return watched(owner, migrations)


def watched(owner: BaseDatabaseWrapper, migrations: Sequence[Migration]) -> list[Trace]:
    """Run them, looking on."""
    return _Watch(owner).run(migrations)


def _copy_schema(name: str) -> None:
    """The tables without their rows, but for the record of what was migrated."""
    for arguments in (["--schema-only"], ["--data-only", "--table=django_migrations"]):
        with tempfile.TemporaryFile(dir=settings.EXPORT_TEMP) as said:
            dump = subprocess.Popen(
                [str(program("pg_dump")), "--no-owner", "--no-password", *arguments],
                stdout=subprocess.PIPE, stderr=said, env=owners_environment(),
            )  # fmt: skip
            with dump:
                subprocess.run(
                    [str(program("psql")), "--no-psqlrc", "--quiet", "--output=/dev/null",
                     "--no-password", "--dbname", name],
                    stdin=dump.stdout, stderr=subprocess.DEVNULL, env=owners_environment(),
                    check=False,
                )  # fmt: skip
            require_success(dump.returncode, "pg_dump", said)


@contextmanager
def _owner_is_at(name: str) -> Iterator[BaseDatabaseWrapper]:
    """The owner's connection of this thread leads to another database meanwhile: a migration's
    Python finds it by its alias."""
    before = connections["owner"]
    trial = before.copy()
    trial.settings_dict = {**trial.settings_dict, "NAME": name}
    connections["owner"] = trial
    try:
        yield trial
    finally:
        trial.close()
        connections["owner"] = before


class _Watch:
    """Looks on as migrations run, statement by statement."""

    def __init__(self, owner: BaseDatabaseWrapper) -> None:
        self.owner = owner
        self.found: list[Trace] = []
        self.names: dict[int, str] = {}
        self.files: dict[int, int] = {}
        self.columns: dict[tuple[int, str], bool] = {}

    def run(self, migrations: Sequence[Migration]) -> list[Trace]:
        executor = Executor(self.owner, self._begins)
        with self.owner.execute_wrapper(self._statement):
            executor.migrate([(each.app_label, each.name) for each in migrations])
        return self.found

    def _begins(
        self, action: str, migration: Migration | None = None, fake: bool | None = False
    ) -> None:
        if action == "apply_success":
            self._compare(self.found[-1])
        elif migration is not None and action == "apply_start":
            rows = self._ask(TABLES)
            self.names = {oid: name for oid, name, _file in rows}
            self.files = {oid: file for oid, _name, file in rows}
            self.columns = self._columns()
            self.found.append(Trace(label_of(migration)))

    def _columns(self) -> dict[tuple[int, str], bool]:
        """Each column of the tables that were there, and whether it must be given."""
        rows = self._ask(COLUMNS, [list(self.names)])
        return {(oid, name): required for oid, name, required in rows}

    def _compare(self, trace: Trace) -> None:
        after = self._columns()
        for (oid, name), required in {**self.columns, **after}.items():
            gone = (oid, name) not in after
            if gone or (required and not self.columns.get((oid, name), False)):
                trace.broken.add(f"{self.names[oid]}.{name}")

    def _ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Past our own watch."""
        with psycopg.Cursor(self.owner.connection) as cursor:
            return cursor.execute(query, values or None).fetchall()

    def _statement(self, execute: Any, query: str, params: Any, many: bool, context: Any) -> Any:
        """A migration that is no transaction is as many as it has statements."""
        if not self.found or self.owner.in_atomic_block:
            return self._watched(execute, query, params, many, context)
        try:
            with transaction.atomic(using="owner"):
                self.found.append(Trace(self.found[-1].migration))
                return self._watched(execute, query, params, many, context)
        except DatabaseError as why:
            if not isinstance(why.__cause__, psycopg.errors.ActiveSqlTransaction):
                raise
        return execute(query, params, many, context)  # CONCURRENTLY: made so that nobody waits

    def _watched(self, execute: Any, query: str, params: Any, many: bool, context: Any) -> Any:
        before = dict(self._ask(PASSES))
        result = execute(query, params, many, context)
        if self.found:
            self._note(self.found[-1], before)
        return result

    def _note(self, trace: Trace, before: dict[int, int]) -> None:
        for oid, mode in self._ask(HELD):
            if oid in self.names:
                if mode in BLOCKING:
                    trace.locked.add(self.names[oid])
                elif mode == "RowExclusiveLock":
                    trace.written.add(self.names[oid])
        for oid, passes in self._ask(PASSES):
            if oid in self.names and passes > before.get(oid, 0):
                trace.read.add(self.names[oid])
        for oid, file in self._ask(FILES, [list(self.files)]):
            if file != self.files[oid]:
                trace.anew.add(self.names[oid])
