"""What it costs a page that its reading is recorded: the dossier's page with the line and without.

    python bench/bench_reading.py          prints one JSON object; exit 1 where a bound is broken

Starts a PostgreSQL of its own in a temporary folder with the demo group. Bounds: the page with
its line takes at most 1.2 × the page without (C31; what the line costs is told as `cost_ms`), and
10,000 events are sealed in 10 s. A page that writes
waits, when it commits, until the disk has the line: that wait is the disk's, is not given up (a
page shown without its line on the disk would be a page that nobody saw), and is told apart.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

EVENTS = 10_000
RATIO_BOUND, SEAL_BOUND_S = 1.2, 10.0

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")


def measure() -> dict[str, Any]:
    """Milliseconds (medians), counts and ratios."""
    from bench_dossier import middle_ms
    from django.db import connection, transaction
    from django.test import Client

    from yihu.access.models import User
    from yihu.audit import actions as audit
    from yihu.audit import chain
    from yihu.audit.models import Event
    from yihu.desk.dossier_page import views
    from yihu.dossiers.models import Dossier

    user = User.objects.get(username="GD0001")
    file = Dossier.objects.filter(unit__code="GD", version_number__gt=1).order_by("number")[0]
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    page = f"/dossiers/{file.pk}/"
    silent = SimpleNamespace(record=lambda *given, **named: None)

    def get(recorder: Any, wait: str) -> None:
        views.audit = recorder
        with connection.cursor() as cursor:
            cursor.execute(f"SET synchronous_commit = {wait}")
        assert client.get(page).status_code == 200

    before = Event.objects.filter(verb="dossier.read").count()
    with_ms, without_ms, waited_ms = middle_ms(
        lambda: get(audit, "off"), lambda: get(silent, "off"), lambda: get(audit, "on")
    )
    lines = Event.objects.filter(verb="dossier.read").count() - before
    chain.seal()
    with transaction.atomic():
        audit.record_many(
            user, "dossier.read", [audit.Line(file, file.unit_id, file.pk, {"n": 1})] * EVENTS
        )
    started = time.perf_counter()
    chain.seal()
    return {
        "page_recorded_ms": with_ms,
        "page_silent_ms": without_ms,
        "page_recorded_on_disk_ms": waited_ms,
        "lines": lines,
        "seal_10000_s": round(time.perf_counter() - started, 2),
    }


def judge(found: dict[str, Any]) -> dict[str, Any]:
    """The cost, the ratio, and whether each bound held."""
    cost = round(found["page_recorded_ms"] - found["page_silent_ms"], 2)
    ratio = round(found["page_recorded_ms"] / found["page_silent_ms"], 3)
    held = ratio <= RATIO_BOUND and found["seal_10000_s"] < SEAL_BOUND_S and found["lines"] > 0
    disk = round(found["page_recorded_on_disk_ms"] - found["page_recorded_ms"], 2)
    return {**found, "cost_ms": cost, "disk_ms": disk, "ratio": ratio, "held": held}


def main() -> int:
    """Start, plant the demo group, measure, judge."""
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
            from django.core.management import call_command
            from django.db import connections

            from yihu.access.entering import for_group

            call_command("demo", verbosity=0)
            with connections["owner"].cursor() as cursor:
                cursor.execute("ANALYZE")  # as autovacuum has done within a minute
            with for_group():
                found = judge(measure())
            connections.close_all()
        finally:
            server.stop()
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 0 if found["held"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
