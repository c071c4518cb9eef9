"""C5: transactions of six units by turns over four connections, and none in another's scope.

Four threads keep one connection each. Every transaction is somebody's by chance; it reads what is
there, and then ends by commit, by an error of its own, by an error of the database or by rollback.
Between two of them the connection is asked what it sees as nobody. Control: each person sees
exactly the files of their unit, and the same reading as the group's own work sees all.
"""

from collections import Counter
from random import Random
from threading import Barrier, Lock, Thread
from typing import Any

from django.db import DatabaseError, connection, connections, transaction

from tests import plant
from yihu.access.entering import for_group, for_person
from yihu.access.rules import Role
from yihu.kit.scoped import acting

FIGURE, TRIALS, SEED = "C5", 10_000, 5
CONNECTIONS = 4
UNITS = ("GD", "FJ", "ZJ", "JS", "HB", "SX")
FILES = "SELECT DISTINCT unit_id FROM dossiers_dossier ORDER BY 1"
LEFT = "SELECT count(*), coalesce(current_setting('yihu.scope', true), '') FROM dossiers_dossier"
ENDS = ("commit", "error", "database error", "rollback", "savepoint")


class Broken(Exception):
    """The error that a page might raise."""


def asked(sql: str) -> list[tuple[Any, ...]]:
    """Rows of a statement on this thread's connection."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def one(user_id: int, end: str) -> list[int]:
    """The units that a transaction of this person sees, at its beginning and after a savepoint."""
    seen: list[int] = []
    try:
        with for_person(user_id), transaction.atomic():
            seen += [unit for (unit,) in asked(FILES)]
            if end == "savepoint":
                try:
                    with transaction.atomic():
                        asked("SELECT 1 / 0")
                except DatabaseError:
                    seen += [unit for (unit,) in asked(FILES)]
            elif end == "error":
                raise Broken
            elif end == "database error":
                asked("SELECT 1 / 0")
            elif end == "rollback":
                transaction.set_rollback(True)
    except (Broken, DatabaseError):
        pass
    return seen


def run(trials: int, seed: int) -> dict[str, Any]:
    """So many transactions by four threads; how many saw a unit that is not theirs."""
    people: list[tuple[int, int]] = []
    for number, code in enumerate(UNITS):
        unit = plant.unit(code, region=f"{11 + number}0000")
        plant.dossier(unit)
        people.append((plant.person(Role.FILLER, unit).pk, unit.pk))
    with for_group():
        everything = len(asked(FILES))
    mixed: list[str] = []
    ends: Counter[str] = Counter()
    backends: set[int] = set()
    left = 0
    lock, gate = Lock(), Barrier(CONNECTIONS)

    def work(place: int) -> None:
        nonlocal left
        chance = Random(f"{seed}.{place}")
        with acting(None):
            backends.add(asked("SELECT pg_backend_pid()")[0][0])
            gate.wait()
            for _n in range(trials // CONNECTIONS):
                user_id, unit_id = chance.choice(people)
                end = chance.choice(ENDS)
                seen = one(user_id, end)
                after = asked(LEFT)
                with lock:
                    ends[end] += 1
                    left += after != [(0, "")]
                    if set(seen) != {unit_id}:
                        mixed.append(f"{unit_id} saw {seen} ({end})")
            assert backends >= {asked("SELECT pg_backend_pid()")[0][0]}
        connections.close_all()

    threads = [Thread(target=work, args=[place]) for place in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "trials": ends.total(),
        "units": len(people),
        "connections": len(backends),
        "ends": dict(ends),
        "control_units_that_the_group_sees": everything,
        "mixed": mixed[:20],
        "found": len(mixed),
        "left_on_the_connection": left,
        "held": not mixed
        and not left
        and ends.total() == trials // CONNECTIONS * CONNECTIONS
        and len(backends) == CONNECTIONS
        and everything == len(UNITS),
    }
