"""The database out and in again, by PostgreSQL's own programs, as the owner of the tables."""

import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, Any

import psycopg
from django.conf import settings
from django.core.files.base import File
from django.db import connections
from django.utils.translation import gettext as _
from psycopg import sql

from yihu.kit.postgres import environment, libpq, program
from yihu.upkeep.chest import Counted, Key
from yihu.upkeep.copies import Copy, Part, opened, spool

TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                  AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
"""
ROWS = "SELECT count(*)::text, coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM ONLY {} t"
AS_TEXT = (
    "SET datestyle = 'ISO'", "SET intervalstyle = 'postgres'", "SET extra_float_digits = 1",
    "SET bytea_output = 'hex'", "SET timezone = 'UTC'", "SET search_path = public",
    "SET row_security = off",
)  # fmt: skip
"""So that a row reads the same in two databases; and a row that is hidden is an error."""


KNOWS_TIMEOUT = 170000
"""From this version on a server knows `transaction_timeout`, which pg_restore sets."""


class Failed(Exception):
    """A program of PostgreSQL came to no end; says what it said."""


def as_owner(database: str = "") -> psycopg.Connection[Any]:
    """A connection of its own, as the owner; to another database of the same server, if named."""
    wrapper = connections["owner"]
    parameters = wrapper.get_connection_params()
    parameters["cursor_factory"] = psycopg.Cursor
    if database:
        parameters["dbname"] = database
    connection: psycopg.Connection[Any] = wrapper.get_new_connection(parameters)
    connection.autocommit = True
    for statement in AS_TEXT:
        connection.execute(statement)
    return connection


@contextmanager
def scratch(prefix: str) -> Iterator[str]:
    """An empty database beside the owner's, dropped in the end, and any that was left before.

    Raises: Failed where the owner may make none.
    """
    name = prefix + secrets.token_hex(4)
    with as_owner() as owner:
        try:
            _drop(owner, prefix)
            owner.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(name)
                )
            )
        except psycopg.errors.InsufficientPrivilege:
            raise Failed(
                _("属主角色不能建库，做不了这件事；请执行 ALTER ROLE %(role)s CREATEDB。")
                % {"role": owner.info.user}
            ) from None
        try:
            yield name
        finally:
            _drop(owner, name)


def _drop(owner: psycopg.Connection[Any], beginning: str) -> None:
    """Our own scratch databases that nobody is in."""
    rows = owner.execute(
        "SELECT datname FROM pg_database d WHERE starts_with(datname, %s)"
        " AND datdba = current_user::regrole AND NOT EXISTS"
        " (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid AND a.backend_type ~ '^client')",
        [beginning],
    )
    for (name,) in rows.fetchall():
        owner.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(str(name))))


@contextmanager
def standing(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """Everything inside sees one moment; yields the name by which pg_dump sees it too."""
    connection.autocommit = False
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    with connection.transaction():
        found = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert found is not None
        yield str(found[0])


def tables_of(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """Each table's number of rows, and a sum over their texts that any other row changes."""
    found = {}
    for schema, name in connection.execute(TABLES).fetchall():
        rows = connection.execute(sql.SQL(ROWS).format(sql.Identifier(schema, name))).fetchone()
        found[f"{schema}.{name}"] = list(rows or ())
    return found


def number_of(connection: psycopg.Connection[Any]) -> int:
    """The server's version, as 180006."""
    return connection.info.server_version


def dump(copy: Copy, key: Key, snapshot: str) -> Part:
    """Lock what pg_dump says of that moment into the copy; nothing lies unlocked on the way.

    Raises: Failed.
    """
    with tempfile.TemporaryFile(dir=settings.EXPORT_TEMP) as said:
        running = subprocess.Popen(
            [str(program("pg_dump")), "--format=custom", "--no-password", f"--snapshot={snapshot}",
             "--lock-wait-timeout=60s"],
            stdout=subprocess.PIPE, stderr=said, env=owners_environment(),
        )  # fmt: skip
        assert running.stdout is not None
        with running, spool() as locked:
            passing = Counted(running.stdout)
            key.lock(passing, locked)
            require_success(running.wait(), "pg_dump", said)
            locked.seek(0)
            copy.shelf.save(copy.database_place, File(locked))
    return Part(passing.sha256, passing.size)


def load(copy: Copy, key: Key, *, into: str = "") -> Part:
    """Put the database of the copy into the owner's, or the one that is named: all or nothing.

    Raises: Failed, Unreadable.
    """
    name = into or str(connections["owner"].settings_dict["NAME"])
    with as_owner(name) as owner:
        old = number_of(owner) < KNOWS_TIMEOUT
    found = Part("", 0)
    with tempfile.TemporaryFile(dir=settings.EXPORT_TEMP) as said, ExitStack() as stack:
        programs = _chain(name, said, old=old)
        for running in programs:
            stack.enter_context(running)
        first = programs[0].stdin
        assert first is not None
        try:
            found = opened(copy.shelf, copy.database_place, key, first)
            first.close()
        except BrokenPipeError:
            pass  # it gave up before; why, it has said
        except BaseException:
            for running in reversed(programs):
                running.kill()  # before it is told that this was all
            raise
        for running in reversed(programs):
            require_success(running.wait(), "pg_restore", said)
    return found


def _chain(name: str, said: IO[bytes], *, old: bool) -> list["subprocess.Popen[bytes]"]:
    """pg_restore into the database. An older server does not know a setting that it begins with:
    there what it would do goes through sed, which takes that line out, to psql."""
    whole = [str(program("pg_restore")), "--no-owner", "--exit-on-error"]
    if not old:
        return _joined([[*whole, "--single-transaction", "--no-password", "--dbname", name]], said)
    psql = [str(program("psql")), "--no-psqlrc", "--quiet", "--single-transaction"]
    psql += ["--set=ON_ERROR_STOP=1", "--output=/dev/null", "--no-password", "--dbname", name]
    without = ["sed", "1,60{/^SET transaction_timeout = 0;$/d}"]
    return _joined([[*whole, "--file=-"], without, psql], said)


def _joined(commands: list[list[str]], said: IO[bytes]) -> list["subprocess.Popen[bytes]"]:
    """The programs, each reading what the one before writes; the first reads from us."""
    made: list[subprocess.Popen[bytes]] = []
    for command in commands:
        made.append(
            subprocess.Popen(
                command,
                stdin=made[-1].stdout if made else subprocess.PIPE,
                stdout=subprocess.PIPE if command is not commands[-1] else None,
                stderr=said,
                env=owners_environment(),
            )
        )
        if len(made) > 1 and made[-2].stdout is not None:
            made[-2].stdout.close()  # so that the one before hears when this one ends
    return made


def require_success(code: int, name: str, said: IO[bytes]) -> None:
    """Raises: Failed, with the last line that the program said."""
    if code == 0:
        return
    said.seek(0)
    lines = said.read().decode("utf-8", "replace").strip().splitlines() or [str(code)]
    if any("server version mismatch" in line for line in lines):
        raise Failed(
            _("数据库的版本比自带的 %(name)s 新；请升级一户，或在数据库那边备份。") % {"name": name}
        )
    raise Failed(_("%(name)s 没有成功：%(why)s") % {"name": name, "why": lines[-1]})


def owners_environment() -> dict[str, str]:
    """What a program of PostgreSQL needs to find the database as its owner."""
    return {**environment(), **libpq(connections["owner"].settings_dict)}
