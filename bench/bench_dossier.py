"""The dossier's page, autosave, the difference of versions, and their chain, by ratios.

    python bench/bench_dossier.py          prints one JSON object; exit 1 where a bound is broken

Starts a PostgreSQL of its own in a temporary folder with the demo group. Bounds: the page at most
8 × a bare Django detail page and 12 queries; autosave at most 3 × a bare request that updates one
row; two versions compared in 50 ms; 10,000 versions verified in 10 s.
"""

import gc
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

RUNS = 41
PAGE_BOUND, QUERY_BOUND, SAVE_BOUND, DIFF_BOUND_MS, VERIFY_BOUND_S = 8.0, 12, 3.0, 50.0, 10.0
TODAY = "2026-11-05"

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")
os.environ["YIHU_SECOND_FACTOR"] = "0"  # pages are measured, not the door
os.environ["YIHU_TODAY"] = TODAY


def middle_ms(*acts: Callable[[], Any]) -> list[float]:
    """The median of each over the runs, taken in turns so that a busy machine slows all alike."""
    for act in acts:
        for _ in range(5):
            act()
    gc.collect()
    gc.freeze()  # what was loaded before is not swept again and again
    spent: list[list[float]] = [[] for _ in acts]
    for _ in range(RUNS):
        for act, taken in zip(acts, spent, strict=True):
            started = time.perf_counter()
            act()
            taken.append((time.perf_counter() - started) * 1000)
    return [round(statistics.median(taken), 2) for taken in spent]


def bare_urls() -> None:
    """Two addresses that do the least: a row shown, a row updated; signed in, in a transaction."""
    from django.http import HttpRequest, HttpResponse
    from django.template import Context, Engine
    from django.urls import path

    from yihu.dossiers.models import Dossier
    from yihu.site import urls

    page = Engine().from_string("<h1>{{ row.name_full }}</h1><p>{{ row.unit.name }}</p>")

    def detail(request: HttpRequest, pk: Any) -> HttpResponse:
        row = Dossier.objects.select_related("unit").get(pk=pk)
        return HttpResponse(f"{request.user}" + page.render(Context({"row": row})))

    def update(request: HttpRequest, pk: Any) -> HttpResponse:
        sent = json.loads(request.body)
        Dossier.objects.filter(pk=pk).update(circle=sent["circle"])
        return HttpResponse(f"{request.user}")

    urls.urlpatterns += [
        path("bare/<uuid:pk>/", detail),
        path("bare/<uuid:pk>/update/", update),
    ]


def measure() -> dict[str, Any]:
    """Milliseconds (medians), counts and ratios."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from yihu.access.models import User
    from yihu.contracts.models import Offtake
    from yihu.dossiers.difference import differ
    from yihu.dossiers.models import Dossier, FileVersion
    from yihu.dossiers.tables import tables
    from yihu.dossiers.verify import verify_versions
    from yihu.guide.queries import definition_in_force

    client = Client(SERVER_NAME="localhost")
    user = User.objects.get(username="GD0001")
    client.force_login(user)
    busiest = (
        Offtake.objects.filter(unit__code="GD", contract__dossier__version_number__gt=2)
        .values_list("contract__dossier", flat=True)
        .first()
    )
    dossier = Dossier.objects.get(pk=busiest)
    page, bare = f"/dossiers/{dossier.pk}/", f"/bare/{dossier.pk}/"

    def get(path: str) -> None:
        assert client.get(path).status_code == 200

    counter = iter(range(10**6))

    def post(path: str, body: Callable[[str], Any]) -> None:
        text = f"第 {next(counter)} 次"
        answer = client.post(path, json.dumps(body(text)), content_type="application/json")
        assert answer.status_code == 200, answer.content

    get(page)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        get(page)
    queries = [q for q in seen if "SAVEPOINT" not in q["sql"]]
    versions = list(FileVersion.objects.filter(dossier=dossier).order_by("number"))
    found = definition_in_force(date.fromisoformat(TODAY))
    assert found is not None
    started = time.perf_counter()
    verified = verify_versions()
    verify = time.perf_counter() - started
    assert verified.faults == []
    page_ms, bare_page_ms = middle_ms(lambda: get(page), lambda: get(bare))
    autosave_ms, bare_update_ms = middle_ms(
        lambda: post(f"{page}fill/save/", lambda text: {"values": {"legal_rep": text}, "seen": {}}),
        lambda: post(f"{bare}update/", lambda text: {"circle": text}),
    )
    (difference_ms,) = middle_ms(
        lambda: differ(versions[0].content, versions[-1].content, found[1], tables())
    )
    return {
        "page_ms": page_ms,
        "bare_page_ms": bare_page_ms,
        "page_queries": len(queries),
        "autosave_ms": autosave_ms,
        "bare_update_ms": bare_update_ms,
        "difference_ms": difference_ms,
        "verified_versions": verified.versions,
        "verify_s": round(verify, 2),
        "verify_10000_s": round(verify / verified.versions * 10_000, 2),
    }


def judge(found: dict[str, Any]) -> dict[str, Any]:
    """The ratios, and whether each bound held."""
    page = round(found["page_ms"] / found["bare_page_ms"], 2)
    save = round(found["autosave_ms"] / found["bare_update_ms"], 2)
    held = (
        page <= PAGE_BOUND
        and found["page_queries"] <= QUERY_BOUND
        and save <= SAVE_BOUND
        and found["difference_ms"] < DIFF_BOUND_MS
        and found["verify_10000_s"] < VERIFY_BOUND_S
    )
    return {**found, "page_ratio": page, "autosave_ratio": save, "held": held}


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
            from yihu.site.migrating import migrate

            migrate()
            with for_group():
                call_command("demo", verbosity=0)
                with connections["owner"].cursor() as cursor:
                    cursor.execute("ANALYZE")  # as autovacuum has done within a minute
                bare_urls()
                found = judge(measure())
                connections.close_all()
        finally:
            server.stop()
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 0 if found["held"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
