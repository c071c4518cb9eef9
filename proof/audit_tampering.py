"""C21: the log tampered with by who owns the database, and every time found out.

    python proof/audit_tampering.py [--full] [--seed N]    prints one JSON object; exit 1 unless all

Seeded acts of every kind (edits, deletions, insertions, swaps, cut tails, chains rewritten whole,
months dropped, the database put back to an older copy) against a chain whose heads were sent away;
100 of them, 1,000 with `--full`. Positive control: the untouched chain passes before, after each
round, and at the end. Starts a PostgreSQL of its own in a temporary folder.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

SEED, QUICK, FULL = 20261125, 100, 1000
BLOCKS, EACH, COPIES = 12, 6, 6

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")


def run(trials: int, seed: int, folder: Path) -> dict[str, Any]:
    """A chain, older copies of it, and so many acts; what was found of each kind."""
    import psycopg
    from django.conf import settings
    from django.db import connections
    from psycopg import sql

    from tests.audit.ledger import anchor, ledger, verifier
    from tests.audit.tampering import ACTS, found_out

    given = settings.DATABASES["owner"]

    def as_owner(name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(host=given["HOST"], dbname=name, user=given["USER"], autocommit=True)

    random, anchors = Random(seed), folder / "anchors.log"
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
        "id": "C21",
        "trials": trials,
        "found": trials - missed.total(),
        "seed": seed,
        "controls_passed": controls + 1,
        "kinds": dict(done),
        "missed": {name: number for name, number in missed.items() if number},
    }


def main() -> int:
    """Start, run, judge."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help=f"{FULL} instead of {QUICK}")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["YIHU_HOME"] = folder
        os.environ.pop("DATABASE_URL", None)
        os.chmod(folder, 0o755)  # the server may run as a user of its own
        import django

        from yihu.kit.postgres import Cluster

        server = Cluster(Path(folder), settings={"fsync": "off"})
        server.attach()
        started = time.perf_counter()
        try:
            django.setup()
            from yihu.access.entering import for_group
            from yihu.site.management.commands.init import migrate

            migrate()
            with for_group():
                found = run(FULL if options.full else QUICK, options.seed, Path(folder))
        finally:
            server.stop()
    found["seconds"] = round(time.perf_counter() - started, 1)
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 0 if found["found"] == found["trials"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
