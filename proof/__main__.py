"""One proof on an installation of its own: `python -m proof NAME [--trials N] [--seed N]`.

A proof is a module of this folder with `FIGURE` (its number in the table of figures), `TRIALS`
(how many the figure asks for), `SEED` and `run(trials, seed)`, which returns its raw counts and
whether the figure `held`. One that names `cluster` among its parameters is given the server, to
break it, and one that names `minutes` what `--minutes` says. It works on an empty migrated
database in a temporary folder, with nothing of the caller's environment; its counts are printed
as one JSON object. Exit 1 where the figure did not hold. Whatever ends it, SIGTERM too, nothing of
it stays on the machine.
"""

import argparse
import json
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from importlib import import_module
from inspect import signature
from pathlib import Path
from types import FrameType

HERE = Path(__file__).resolve().parent
NAMES = sorted(path.stem for path in HERE.glob("[a-z]*.py"))
OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "YIHU_TODAY")


def ended(number: int, _frame: FrameType | None) -> None:
    """A signal unwinds like any other end."""
    raise SystemExit(128 + number)


def main() -> int:
    """Start, prove, clean up."""
    parser = argparse.ArgumentParser(prog="python -m proof")
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--trials", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--minutes", type=float, help="of those that go on for a time")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, ended)
    folder = Path(tempfile.mkdtemp(prefix=f"yihu-proof-{options.name}-"))
    folder.chmod(0o755)  # the server may run as a user of its own
    for name in OURS:
        os.environ.pop(name, None)
    os.environ |= {
        "YIHU_HOME": str(folder),
        "YIHU_SECOND_FACTOR": "off",
        "DJANGO_SETTINGS_MODULE": "yihu.site.settings",
    }
    try:
        return prove(options, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prove(options: argparse.Namespace, folder: Path) -> int:
    """Run the proof on the installation in that folder and print what it counted."""
    import django  # the environment above decides what settings say

    from yihu.kit.postgres import Cluster

    server = Cluster(folder, settings={"fsync": "off", "max_connections": "60"})
    try:
        server.attach()
        django.setup()
        from django.db import connections
        from django.test.utils import setup_test_environment

        from yihu.access.entering import for_group
        from yihu.site.migrating import migrate

        setup_test_environment()
        logging.getLogger("django.request").setLevel(logging.CRITICAL)  # refusals are the point
        migrate()
        proof = import_module(f"proof.{options.name}")
        seed = proof.SEED if options.seed is None else options.seed
        trials = proof.TRIALS if options.trials is None else options.trials
        offered = {"cluster": server, "minutes": options.minutes}
        wanted = signature(proof.run).parameters
        given = {key: value for key, value in offered.items() if key in wanted and value}
        started = time.perf_counter()
        with for_group():
            found = proof.run(trials, seed, **given)
        seconds = round(time.perf_counter() - started, 1)
        connections.close_all()
    finally:
        server.stop()
    said = {"figure": proof.FIGURE, "seed": seed, **found, "seconds": seconds}
    print(json.dumps(said, ensure_ascii=False, indent=1))
    return 0 if found["held"] else 1


if __name__ == "__main__":
    sys.exit(main())
