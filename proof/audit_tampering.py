"""C21: the log tampered with by who owns the database, and every time found out.

Seeded acts of every kind (edits, deletions, insertions, swaps, cut tails, chains rewritten whole,
months dropped, the database put back to an older copy) against a chain whose heads were sent away.
Positive control: the untouched chain passes before, after each round, and at the end.
"""

import os
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

from tests.audit.ledger import anchor, ledger, verifier
from tests.audit.tampering import ACTS, found_out

FIGURE, TRIALS, SEED = "C21", 1000, 20261125
BLOCKS, EACH, COPIES = 12, 6, 6


def run(trials: int, seed: int) -> dict[str, Any]:
    """A chain, older copies of it, and so many acts; what was found of each kind."""
    given = settings.DATABASES["owner"]

    def as_owner(name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(host=given["HOST"], dbname=name, user=given["USER"], autocommit=True)

    random, anchors = Random(seed), Path(os.environ["YIHU_HOME"]) / "anchors.log"
    copies = []
    with as_owner("postgres") as server:
        for number in range(COPIES):
            ledger(random, BLOCKS // COPIES, EACH)
            anchor(anchors)
            copies.append(f"older_{number}")
            connections.close_all()
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(copies[-1]), sql.Identifier(given["NAME"])
                )
            )
        ledger(random, 1, EACH)
        anchor(anchors)
    done: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    controls = 0
    with as_owner(given["NAME"]) as owner:
        for trial in range(trials):
            kind = trial % (len(ACTS) + 1)
            if kind == len(ACTS):
                name = "put_back"
                with as_owner(random.choice(copies)) as old:
                    seen = not verifier().verify(old, [anchors]).ok
            else:
                name = ACTS[kind].__name__
                seen = bool(found_out(owner, ACTS[kind], random, [anchors]))
            done[name] += 1
            missed[name] += not seen
            if kind == len(ACTS):  # after each round
                assert verifier().verify(owner, [anchors]).ok
                controls += 1
        assert verifier().verify(owner, [anchors]).ok
    return {
        "trials": trials,
        "found": trials - missed.total(),
        "held": not missed.total(),
        "controls_passed": controls + 1,
        "kinds": dict(done),
        "missed": {name: number for name, number in missed.items() if number},
    }
