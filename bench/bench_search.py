"""Search and the list of dossiers at 100,000 files, against bare SQL and a bare Django list.

    python bench/bench_search.py          prints one JSON object; exit 1 where a bound is broken

Starts a PostgreSQL of its own in a temporary folder. Bound: the search box's answer to two
characters, the whole request with its page, below 60 ms in the middle of the runs.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

FILES, UNITS, RUNS = 100_000, 12, 31
BOUND_MS = 60

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")
os.environ["YIHU_SECOND_FACTOR"] = "0"  # pages are measured, not the door

PIECES = list("凯南兴绿瑞鼎恒金华中长远天宏德海")
PLANT = """
INSERT INTO customers_customer (credit_code, name, klass)
SELECT 'B' || lpad(n::text, 17, '0'),
       (%(pieces)s::text[])[1 + n %% 16] || '能' || chr(19968 + n * 7 %% 20000)
       || chr(19968 + n * 13 %% 20000) || (ARRAY['燃气', '陶瓷', '热电', '化工'])[1 + n %% 4]
       || CASE WHEN n %% 1000 = 0 THEN '珍稀' ELSE '' END || '有限公司', ''
FROM generate_series(%(first)s, %(files)s) AS n;
INSERT INTO dossiers_dossier (unit_id, customer_id, credit_code, number, name_full, pinyin,
    initials, search_text, klass, region_code, gas_uses, opened_on)
SELECT u.id, c.id, c.credit_code, 'B-' || n.n, c.name, md5(c.name), left(md5(c.name), 8),
       lower(concat_ws(' ', c.name, c.credit_code, 'B-' || n.n, md5(c.name))),
       (ARRAY['strategic', 'vip', 'internal', 'general'])[1 + n.n %% 4], '440100', ARRAY['01'],
       date '2020-01-01' + n.n %% 2000
FROM customers_customer c
CROSS JOIN LATERAL (SELECT substr(c.credit_code, 2)::int AS n) n
JOIN LATERAL (SELECT id FROM org_orgunit WHERE code LIKE 'B%%' ORDER BY id
              OFFSET n.n %% %(units)s LIMIT 1) u ON true
WHERE n.n BETWEEN %(first)s AND %(files)s;
INSERT INTO duties_duty (unit_id, dossier_id, kind, period_start, period_end, due_on)
SELECT unit_id, id, 'offtake', date '2026-10-01', date '2026-10-31',
       date '2026-11-01' + substr(number, 3)::int %% 20
FROM dossiers_dossier WHERE substr(number, 3)::int BETWEEN %(first)s AND %(files)s;
"""
BARE = """
SELECT d.id, d.name_full, d.number, d.credit_code, d.klass, u.short_name
FROM dossiers_dossier d JOIN org_orgunit u ON u.id = d.unit_id
WHERE d.id IN (SELECT search_dossiers(%s, %s::integer[]))
ORDER BY NOT starts_with(d.name_full, %s), d.pinyin, d.id LIMIT 8
"""


def middle_ms(act: Callable[[], Any]) -> float:
    """The median of the runs, after three to warm up."""
    for _ in range(3):
        act()
    spent = []
    for _ in range(RUNS):
        started = time.perf_counter()
        act()
        spent.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(spent), 1)


def plant() -> tuple[Any, Any]:
    """The units with their files; a supervisor and one unit's filler."""
    from tests import plant as small
    from yihu.access.rules import Role

    units = [small.unit(f"B{place:02d}") for place in range(UNITS)]
    add(1, FILES)
    return small.person(Role.SUPERVISOR), small.person(Role.FILLER, units[0])


def add(first: int, files: int) -> None:
    """Files, by their numbers, with a duty each."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        given = {"pieces": PIECES, "first": first, "files": files, "units": UNITS}
        cursor.execute(PLANT, given)
        cursor.execute("VACUUM ANALYZE")


def bare_search(text: str, units: list[int] | None) -> list[Any]:
    """What the box shows, as one statement."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(BARE, [text, units, text])
        return cursor.fetchall()


def bare_list(user: Any, page: Any) -> str:
    """Fifty rows of two columns: the least that a list in Django costs."""
    from django.template import Context

    from yihu.dossiers.models import Dossier

    rows = Dossier.objects.visible_to(user).select_related("unit").defer("document")
    found: str = page.render(Context({"rows": rows.order_by("pinyin", "pk")[:50]}))
    return found


def measure(user: Any) -> dict[str, Any]:
    """Milliseconds, medians."""
    from django.template import Engine
    from django.test import Client

    from yihu.access.scope import scope_of
    from yihu.desk.queries import hits
    from yihu.dossiers.models import Dossier
    from yihu.kit.paging import Order, page_of

    client = Client()
    client.force_login(user)

    def get(path: str) -> None:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)

    scope = scope_of(user)
    units = None if scope.everything else sorted(scope.unit_ids)
    figures: dict[str, Any] = {}
    for kind, text in (("common", "凯能"), ("rare", "珍稀"), ("absent", "囍囍")):
        figures[f"two characters, {kind}"] = {
            "bare SQL": middle_ms(partial(bare_search, text, units)),
            "query": middle_ms(partial(hits, user, text)),
            "request": middle_ms(partial(get, f"/search/live/?q={text}")),
        }
    page = Engine().from_string(
        "{% for row in rows %}<tr><td>{{ row.name_full }}</td><td>{{ row.unit.short_name }}"
        "</td></tr>{% endfor %}"
    )
    lists = {"bare Django list": middle_ms(partial(bare_list, user, page))}
    for sort in ("name", "number", "class", "due", "opened"):
        lists[f"by {sort}"] = middle_ms(partial(get, f"/dossiers/?sort={sort}"))
    rows = Dossier.objects.visible_to(user)
    middle = rows.order_by("pinyin", "pk")[rows.count() // 2 :]
    deep = page_of(rows.filter(pinyin__gte=middle[0].pinyin), Order("pinyin")).after
    lists["by name, half way down"] = middle_ms(partial(get, f"/dossiers/?after={deep}"))
    figures["list"] = lists
    return figures


def main() -> int:
    """Start, plant, measure, judge."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["YIHU_HOME"] = folder
        os.environ["YIHU_TODAY"] = "2026-11-05"
        os.environ.pop("DATABASE_URL", None)
        os.chmod(folder, 0o755)  # the server may run as a user of its own
        import django

        from yihu.site.database import cluster

        server = cluster()
        server.attach()
        try:
            django.setup()
            from django.conf import settings
            from django.db import connections

            from yihu.access.entering import for_group
            from yihu.site.migrating import migrate

            settings.ALLOWED_HOSTS = ["testserver"]
            settings.STORAGES = {
                **settings.STORAGES,
                "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
            }
            migrate()
            with for_group():
                supervisor, filler = plant()
                figures = {"supervisor": measure(supervisor), "filler of one unit": measure(filler)}
                connections.close_all()
        finally:
            server.stop()
    print(json.dumps(figures, ensure_ascii=False, indent=2))
    slow = [
        f"{who}, {name}: {found['request']} ms"
        for who, measured in figures.items()
        for name, found in measured.items()
        if found.get("request", 0) > BOUND_MS
    ]
    print("\n".join(slow), file=sys.stderr)
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
