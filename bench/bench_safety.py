"""What safety costs: row security and the log, on p95 of list and detail at 100,000 files (C31).

    python bench/bench_safety.py          prints one JSON object; exit 1 where a bound is broken

Each request is made twice in a row, as it is served and with safety left out: as the role that
owns the tables, which the policies do not bind, and with nothing recorded. The scope is entered on
both sides: who may see what has to be reckoned either way. Which side comes first changes from pair
to pair, so a busy machine slows both alike. Bound: p95 at most 20 % above.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PAIRS, WARM = 320, 8
MOST_PERCENT = 20.0
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")
os.environ["YIHU_SECOND_FACTOR"] = "0"  # pages are measured, not the door
os.environ["YIHU_TODAY"] = "2026-11-05"


class Sides:
    """Serve as always (`True`), or without safety; each side keeps its connection."""

    def __init__(self) -> None:
        from django.db import connections

        from yihu.audit.models import Event

        self.connection: Any = connections["default"]
        self.kept: dict[bool, Any] = {}
        self.create = Event.objects.create
        self.safe = True

    def turn(self, *, safe: bool) -> None:
        """The next request is served so."""
        from yihu.audit.models import Event
        from yihu.kit.postgres import APP, OWNER

        if safe == self.safe:
            return
        self.safe, self.kept[self.safe] = safe, self.connection.connection
        self.connection.settings_dict["USER"] = APP if safe else OWNER
        self.connection.connection = self.kept.get(safe)
        manager: Any = Event.objects
        manager.create = self.create if safe else lambda **said: Event(**said)


def spent(client: Any, path: str) -> float:
    """Milliseconds of one request."""
    started = time.perf_counter()
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return (time.perf_counter() - started) * 1000


def p95(taken: list[float]) -> float:
    return round(statistics.quantiles(taken, n=20)[-1], 2)


def measure(user: Any) -> dict[str, Any]:
    """p95 and medians of both sides, and the middle of what each pair says."""
    from django.test import Client

    from yihu.dossiers.models import Dossier

    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    file = Dossier.objects.visible_to(user).order_by("pinyin")[40]
    figures: dict[str, Any] = {}
    sides = Sides()
    for name, path in (("list", "/dossiers/"), ("detail", f"/dossiers/{file.pk}/")):
        taken: dict[bool, list[float]] = {True: [], False: []}
        for pair in range(-WARM, PAIRS):
            for safe in (True, False) if pair % 2 else (False, True):
                sides.turn(safe=safe)
                taken[safe].append(spent(client, path))
        sides.turn(safe=True)
        with_, without = taken[True][WARM:], taken[False][WARM:]
        ratios = [one / other for one, other in zip(with_, without, strict=True)]
        figures[name] = {
            "p95_ms": p95(with_),
            "p95_without_ms": p95(without),
            "median_ms": round(statistics.median(with_), 2),
            "median_without_ms": round(statistics.median(without), 2),
            "percent": round((p95(with_) / p95(without) - 1) * 100, 1),
            "percent_in_the_middle": round((statistics.median(ratios) - 1) * 100, 1),
        }
    return figures


def main() -> int:
    """Start, plant, measure, judge."""
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
            from yihu.guide.actions import load_first_edition
            from yihu.site.migrating import migrate

            settings.READS_A_MINUTE = settings.READS_A_DAY = 1_000_000  # the quota is not measured
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
