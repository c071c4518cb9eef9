"""What safety costs: row security and the log, on p95 of list and detail at 100,000 files (C31).

    python bench/bench_safety.py          prints one JSON object; exit 1 where a bound is broken

The same requests in turns, as they are served, and with the policies and the log left out: as the
role that owns the tables, which they do not bind, and with nothing recorded. Bound: 20 %.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROUNDS, EACH = 12, 12
MOST_PERCENT = 20.0
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")
os.environ["YIHU_SECOND_FACTOR"] = "0"  # pages are measured, not the door
os.environ["YIHU_TODAY"] = "2026-11-05"


def switch(*, safe: bool) -> None:
    """Serve as always, or as the owner of the tables and without the log."""
    from django.db import connections

    from yihu.audit import actions
    from yihu.kit.postgres import APP, OWNER

    connection = connections["default"]
    connection.close()
    connection.settings_dict["USER"] = APP if safe else OWNER
    actions.Event.objects.create = CREATE if safe else lambda **said: actions.Event(**said)


CREATE: Any = None


def spent(client: Any, path: str) -> list[float]:
    """Milliseconds of each request, after one that opens the connection."""
    found = []
    for turn in range(EACH + 1):
        started = time.perf_counter()
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        if turn:
            found.append((time.perf_counter() - started) * 1000)
    return found


def p95(taken: list[float]) -> float:
    return round(statistics.quantiles(taken, n=20)[-1], 2)


def measure(user: Any) -> dict[str, Any]:
    """p95 and medians of both ways, in turns so that a busy machine slows both alike."""
    from django.test import Client

    from yihu.dossiers.models import Dossier

    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    file = Dossier.objects.visible_to(user).order_by("pinyin")[40]
    figures: dict[str, Any] = {}
    for name, path in (("list", "/dossiers/"), ("detail", f"/dossiers/{file.pk}/")):
        taken: dict[bool, list[float]] = {True: [], False: []}
        for _ in range(ROUNDS):
            for safe in (True, False):
                switch(safe=safe)
                taken[safe] += spent(client, path)
        switch(safe=True)
        with_, without = p95(taken[True]), p95(taken[False])
        figures[name] = {
            "p95_ms": with_,
            "p95_without_ms": without,
            "median_ms": round(statistics.median(taken[True]), 2),
            "median_without_ms": round(statistics.median(taken[False]), 2),
            "percent": round((with_ / without - 1) * 100, 1),
        }
    return figures


def main() -> int:
    """Start, plant, measure, judge."""
    global CREATE
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
            from bench_search import plant
            from django.conf import settings
            from django.db import connections

            from yihu.access.entering import for_group
            from yihu.audit.models import Event
            from yihu.guide.actions import load_first_edition
            from yihu.site.management.commands.init import migrate

            CREATE = Event.objects.create
            settings.STORAGES = {
                **settings.STORAGES,
                "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
            }
            migrate()
            with for_group():
                load_first_edition()
                supervisor, filler = plant()
                with connections["owner"].cursor() as cursor:
                    cursor.execute("ANALYZE")
                figures = {"supervisor": measure(supervisor), "filler of one unit": measure(filler)}
                connections.close_all()
        finally:
            server.stop()
    worst = max(found["percent"] for one in figures.values() for found in one.values())
    held = worst <= MOST_PERCENT
    answer = {"figures": figures, "worst_percent": worst, "bound": MOST_PERCENT, "held": held}
    print(json.dumps(answer, ensure_ascii=False, indent=1))
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
