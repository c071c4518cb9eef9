"""How long until the first page after a start, beside a bare Django; and the tables of an empty
database.

    python bench/bench_start.py          prints one JSON object; exit 1 where a bound is broken

Starts a PostgreSQL of its own in a temporary folder. A start is a new process that loads the web
application, opens its connection and answers the sign-in page once, by turns ours and the bare one
(bench/bare.py); the fastest of each counts.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RUNS = 9
START_BOUND, MIGRATE_BOUND_S = 3.5, 20
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")
OURS = """
from wsgiref.util import setup_testing_defaults
from yihu.site.wsgi import application
asked = {"SERVER_NAME": "localhost", "HTTP_HOST": "localhost", "PATH_INFO": "/sign-in/"}
setup_testing_defaults(asked)
answer = application(asked, lambda status, headers: None)
assert answer.status_code == 200, b"".join(answer)
"""


def seconds(command: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=environment, check=True, cwd=HERE.parent)
    return time.perf_counter() - started


def measure() -> dict[str, Any]:
    """Seconds."""
    from django.db import connections

    from yihu.site.migrating import migrate

    started = time.perf_counter()
    migrate()
    migrated = time.perf_counter() - started
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute("CREATE DATABASE bare")
    where = {name: owner.settings_dict[name] for name in ("HOST", "PORT", "USER")}
    bare = {**os.environ, "BARE_DATABASE": json.dumps({**where, "NAME": "bare"})}
    subprocess.run([sys.executable, str(HERE / "bare.py"), "list", "1"], env=bare, check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # fmt: skip
    taken: dict[str, list[float]] = {"ours": [], "bare": []}
    for _run in range(RUNS):
        taken["ours"].append(seconds([sys.executable, "-c", OURS], dict(os.environ)))
        taken["bare"].append(seconds([sys.executable, str(HERE / "bare.py"), "start"], bare))
    found = {f"{who}_s": round(min(spent), 3) for who, spent in taken.items()}
    return {**found, "migrate_s": round(migrated, 2)}


def judge(found: dict[str, Any]) -> dict[str, Any]:
    """The ratio, and what is beyond its bound."""
    ratio = round(found["ours_s"] / found["bare_s"], 2)
    over = [f"start: {ratio} > {START_BOUND}"] if ratio > START_BOUND else []
    if found["migrate_s"] > MIGRATE_BOUND_S:
        over.append(f"migrate_s: {found['migrate_s']} > {MIGRATE_BOUND_S}")
    return {**found, "ratio": ratio, "load": os.getloadavg()[0], "over": over}


def main() -> int:
    """Start, measure, judge."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["YIHU_HOME"] = folder
        os.environ.pop("DATABASE_URL", None)
        os.chmod(folder, 0o755)  # the server may run as a user of its own
        import django

        from yihu.site.database import cluster

        server = cluster()
        server.attach()
        try:
            django.setup()
            from django.db import connections

            found = judge(measure())
            connections.close_all()
        finally:
            server.stop()
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 1 if found["over"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
