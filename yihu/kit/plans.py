"""Statements that take longer to plan than to run: a connection plans each once and keeps it.

By `PREPARE` and `EXECUTE`, which are statements like any other, so that a pooler hands them on as
it does others. Which connection to the server a transaction gets is a pooler's choice: each
transaction asks anew what is kept there. (Those of the protocol, which psycopg would keep by
itself, break behind a PgBouncer that gives each transaction another connection.)

What is kept outlives the transaction, whoever's it was. So that nobody's SQL leaves something
under a name of ours for the group's work to run, it is run only if it is our text, to the letter.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper

Given = Mapping[str, Any]
Asked = tuple[str, Given]
"""A statement with `%(name)s` in it, and what they stand for."""
PLACE = re.compile(r"%\((\w+)\)s")
THERE = """
SELECT name, encode(sha256(convert_to(statement, 'UTF8')), 'hex')
FROM pg_prepared_statement() WHERE name = ANY (%s)
"""
BY_ONE_PLAN = "SET LOCAL plan_cache_mode = force_generic_plan; "
AS_EVER = "; SET LOCAL plan_cache_mode TO DEFAULT"


class Outcome(NamedTuple):
    """What a statement answered, and how many rows that was, or how many it wrote."""

    rows: list[tuple[Any, ...]]
    number: int


Run = Callable[[Sequence[Asked]], list[Outcome]]
"""Runs statements one after the other, in a transaction."""


class Statement(NamedTuple):
    """How it is planned under its name, the digest of that, and what it is run with, in order."""

    name: str
    prepare: str
    digest: str
    places: tuple[str, ...]

    @property
    def execute(self) -> str:
        """With places by position, so that several go in one turn."""
        return f"EXECUTE {self.name} ({', '.join(['%s'] * len(self.places))})"


def by_text(asked: Sequence[Asked]) -> list[Outcome]:
    """Each planned for what it is given, as statements are."""
    found = []
    with connection.cursor() as cursor:
        for sql, given in asked:
            cursor.execute(sql, given)
            found.append(_outcome(cursor.cursor))
    return found


def by_kept_plans(sqls: Iterable[str]) -> Run:
    """These statements, planned once a connection; what runs them takes one turn for several.

    In this transaction, for which what is kept is looked up once. A `%(name)s` needs its type
    (`%(name)s::date`), and nothing hangs on whether it is there: `%(name)s IS NULL OR …` would be
    planned for both.
    """
    with connection.cursor() as cursor:
        _keep(cursor, [statement(sql) for sql in sqls])
    return _run_kept


def _run_kept(asked: Sequence[Asked]) -> list[Outcome]:
    statements = [statement(sql) for sql, _given in asked]
    with connection.cursor() as cursor:
        cursor.execute(
            BY_ONE_PLAN + "; ".join(each.execute for each in statements) + AS_EVER,
            [
                given[place]
                for each, (_sql, given) in zip(statements, asked, strict=True)
                for place in each.places
            ],
        )
        found = []
        answers = cursor.cursor
        for _each in statements:
            answers.nextset()
            found.append(_outcome(answers))
    return found


def _keep(cursor: CursorWrapper, statements: Sequence[Statement]) -> None:
    """Have them planned under their names on the connection of this transaction."""
    cursor.execute(THERE, ["{" + ",".join(each.name for each in statements) + "}"])
    there = dict(cursor.fetchall())
    for each in dict.fromkeys(statements):
        if there.get(each.name) != each.digest:
            if each.name in there:
                cursor.execute(f"DEALLOCATE {each.name}")
            cursor.execute(each.prepare)


def _outcome(answer: psycopg.Cursor[Any]) -> Outcome:
    """Of psycopg's own cursor: to ask Django's for it takes longer than some statements."""
    assert answer.pgresult is not None
    return Outcome(answer.fetchall() if answer.pgresult.nfields else [], answer.rowcount)


@cache
def statement(sql: str) -> Statement:
    """The statement by a name that says its text."""
    places = tuple(dict.fromkeys(PLACE.findall(sql)))
    numbered = PLACE.sub(lambda found: f"${places.index(found[1]) + 1}", sql).replace("%%", "%")
    name = f"yihu_{_digest(sql)[:32]}"
    prepare = f"PREPARE {name} AS {numbered}"
    return Statement(name, prepare, _digest(prepare), places)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
