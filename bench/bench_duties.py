"""Duties of all kinds of 100,000 files, against one bare INSERT … SELECT and UPDATE.

    python bench/bench_duties.py          prints one JSON object; exit 1 where a bound is broken
    YIHU_BENCH_FILES=5000                 fewer files

Starts a PostgreSQL of its own in a temporary folder. `bare` writes as many rows of duties and
settles as many of them as the refresh did, with nothing to decide. Bounds: the first refresh of
everything, and one that finds nothing new, as ratios to `bare`; and what a deed of one file makes
to plan and settle, in milliseconds: the median, which a busy machine lengthens, and the fastest
tenth, which it does not. The load of the machine stands beside the figures. Every kind of duty that
has a source is there, or the run fails.
"""

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

FILES, UNITS = int(os.environ.get("YIHU_BENCH_FILES", "100000")), 12
LIVE_FROM, AS_OF = date(2026, 7, 1), date(2026, 11, 23)
FULL_BOUND, AGAIN_BOUND, ONE_BOUND_MS = 5.0, 2.0, 5.0
ONE_BY_ONE = 100
DEEDS = ("an approval", "a visit, a promise or its result", "a risk remark", "a material fact")
"""What people do to one file at a time; contracts come by import, a unit at a time."""

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")

PLANT = """
INSERT INTO customers_customer (credit_code, name, klass)
SELECT 'B' || lpad(n::text, 17, '0'), '广州试验' || n || '号燃气有限公司', ''
FROM generate_series(1, %(files)s) AS n;
INSERT INTO dossiers_dossier (unit_id, customer_id, credit_code, number, name_full, klass,
    opened_on, entered_at)
SELECT u.id, c.id, c.credit_code, 'B-' || n.n, c.name,
       CASE WHEN n.n %% 100 < 4 THEN 'strategic' WHEN n.n %% 100 < 18 THEN 'vip'
            WHEN n.n %% 100 < 21 THEN 'internal' ELSE 'general' END,
       date '2020-01-01' + n.n %% 2000, timestamptz '2026-07-01 09:00+08'
FROM customers_customer c
CROSS JOIN LATERAL (SELECT substr(c.credit_code, 2)::int AS n) n
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM org_orgunit
      WHERE code LIKE 'B%%') u ON u.place = n.n %% %(units)s;
INSERT INTO dossiers_classchange (unit_id, dossier_id, klass, effective_on, source, entered_at)
SELECT unit_id, id, klass, opened_on, 'ledger', entered_at FROM dossiers_dossier
UNION ALL
SELECT unit_id, id, 'general', date '2026-04-20', 'rating', entered_at FROM dossiers_dossier
WHERE klass = 'general' AND substr(number, 3)::int %% 12 = 0;
INSERT INTO contracts_contract (unit_id, dossier_id, number, source, signed_on, effective_on,
    ends_on, quantity_unit, acq, entered_at)
SELECT unit_id, id, number, 'pipeline', date '2026-05-01' + substr(number, 3)::int %% 200,
       date '2024-01-01' + substr(number, 3)::int %% 700,
       date '2026-09-15' + substr(number, 3)::int %% 2000, 'wan_m3', 1200,
       timestamptz '2026-06-01 09:00+08'
FROM dossiers_dossier;
INSERT INTO ratings_ratingresult (unit_id, dossier_id, year, score, rated_on, state, entered_at)
SELECT unit_id, id, 2026, 80, date '2026-07-20' + substr(number, 3)::int %% 90, 'final',
       timestamptz '2026-07-20 09:00+08'
FROM dossiers_dossier WHERE substr(number, 3)::int %% 2 = 0;
INSERT INTO duties_occasion (unit_id, dossier_id, kind, codes, happened_at)
SELECT unit_id, id, 'basic_change', ARRAY['legal_rep'],
       timestamptz '2026-07-02 09:00+08' + substr(number, 3)::int %% 120 * interval '1 day'
FROM dossiers_dossier WHERE substr(number, 3)::int %% 10 = 0;
INSERT INTO duties_occasion (unit_id, dossier_id, kind, codes, happened_at, edition_id)
SELECT unit_id, id, 'guide', ARRAY['website'], timestamptz '2026-08-01 00:00+08',
       (SELECT min(id) FROM guide_edition)
FROM dossiers_dossier WHERE substr(number, 3)::int %% 3 = 0;
INSERT INTO visits_visit (unit_id, dossier_id, year, serial, number, state, kind, level, held_on,
    lead_id, recorded_by_id, written_at, entered_by_id, entered_at, changed_at)
SELECT d.unit_id, d.id, 2026, n.n, 'V-' || n.n, CASE WHEN n.n %% 8 = 0 THEN 'written' ELSE 'held'
       END, 'paid', 'business', date '2026-07-03' + n.n %% 130, s.id,
       CASE WHEN n.n %% 8 = 0 THEN s.id END,
       CASE WHEN n.n %% 8 = 0 THEN timestamptz '2026-07-05 16:00+08'
            + n.n %% 130 * interval '1 day' END,
       s.id, timestamptz '2026-07-03 09:00+08', timestamptz '2026-07-03 09:00+08'
FROM dossiers_dossier d
CROSS JOIN LATERAL (SELECT substr(d.number, 3)::int AS n) n
JOIN (SELECT DISTINCT ON (unit_id) unit_id, id FROM org_staff ORDER BY unit_id, id) s
  ON s.unit_id = d.unit_id
WHERE n.n %% 4 = 0;
INSERT INTO visits_followup (unit_id, dossier_id, visit_id, side, text, owner_id, due_on, state,
    result, resulted_at, entered_by_id, entered_at)
SELECT v.unit_id, v.dossier_id, v.id, 'ours', '报送用气计划', v.lead_id, v.held_on + 20,
       CASE WHEN v.serial %% 16 = 0 THEN 'resulted' ELSE 'todo' END,
       CASE WHEN v.serial %% 16 = 0 THEN '已报送' ELSE '' END,
       CASE WHEN v.serial %% 16 = 0 THEN v.written_at + interval '9 days' END,
       v.lead_id, v.written_at
FROM visits_visit v WHERE v.state = 'written';
INSERT INTO risks_remark (unit_id, dossier_id, number, kind, level, state, found_on, found_how,
    facts, verified_by, owner_id, next_check_on, checked_at, raised_by_id, raised_at)
SELECT d.unit_id, d.id, 'R-' || n.n, 'b', 2, 'active', date '2026-07-02' + n.n %% 90, '对账',
       '两个月未付款', '演示填报员', s.id, date '2026-10-10' + n.n %% 60,
       CASE WHEN n.n %% 40 = 0 THEN timestamptz '2026-10-08 09:00+08' END, s.id,
       timestamptz '2026-07-02 09:00+08' + n.n %% 90 * interval '1 day'
FROM dossiers_dossier d
CROSS JOIN LATERAL (SELECT substr(d.number, 3)::int AS n) n
JOIN (SELECT DISTINCT ON (unit_id) unit_id, id FROM org_staff ORDER BY unit_id, id) s
  ON s.unit_id = d.unit_id
WHERE n.n %% 20 = 0;
INSERT INTO risks_review (unit_id, remark_id, found, level_before, level, state_before, state,
    due_on, next_check_on, by_id, at)
SELECT unit_id, id, '已付一半', 3, level, state, state, date '2026-10-09', next_check_on, owner_id,
       checked_at
FROM risks_remark WHERE checked_at IS NOT NULL;
INSERT INTO contracts_offtake (unit_id, contract_id, month, quantity_unit, actual, entered_at)
SELECT c.unit_id, c.id, m::date, 'wan_m3', 100, m + interval '1 month 5 days'
FROM contracts_contract c,
     generate_series(timestamp '2026-07-01', '2026-10-01', interval '1 month') AS m
WHERE c.ends_on >= m::date AND (substr(c.number, 3)::int + extract(month FROM m)::int) %% 5 > 0;
INSERT INTO dossiers_fileversion (unit_id, dossier_id, number, content, sha256, edition_id,
    filled_by_id, approved_by_id, approved_at)
SELECT d.unit_id, d.id, 1, '{}', '', (SELECT min(id) FROM guide_edition),
       s.people[1], s.people[2],
       timestamptz '2026-07-02 10:00+08' + substr(d.number, 3)::int %% 120 * interval '1 day'
FROM dossiers_dossier d
JOIN (SELECT unit_id, array_agg(id) AS people FROM org_staff GROUP BY unit_id) s
  ON s.unit_id = d.unit_id
WHERE substr(d.number, 3)::int %% 5 < 2;
"""
BARE_INSERT = """
INSERT INTO duties_duty (unit_id, dossier_id, kind, period_start, period_end, due_on, klass)
SELECT d.unit_id, d.id, CASE WHEN m < 5 THEN 'offtake' ELSE 'review' END,
       date '2026-01-01' + m, date '2026-01-31' + m, date '2026-02-13' + m, d.klass
FROM generate_series(1, %(each)s) AS m, dossiers_dossier d LIMIT %(rows)s
"""
BARE_UPDATE = """
UPDATE duties_duty SET done_at = now(), basis = 'offtake'
WHERE id IN (SELECT id FROM duties_duty LIMIT %(done)s)
"""


def seconds(act: Callable[[], Any]) -> tuple[float, Any]:
    """How long it took in a transaction of its own, and its answer."""
    from django.db import transaction

    started = time.perf_counter()
    with transaction.atomic():
        answer = act()
    return round(time.perf_counter() - started, 2), answer


def plant() -> None:
    """Units, staff, files and all that brings or fulfils a duty."""
    from django.db import connections

    from tests import plant as small
    from yihu.duties.actions import load_first_policy
    from yihu.guide.actions import load_first_edition

    load_first_edition()
    load_first_policy()
    units = [small.unit(f"B{place:02d}", live_from=LIVE_FROM) for place in range(UNITS)]
    for unit in units:
        small.staff(unit)
        small.staff(unit)
    with connections["owner"].cursor() as cursor:
        cursor.execute(PLANT, {"files": FILES, "units": UNITS})
    tidy("VACUUM ANALYZE")


def tidy(*statements: str) -> None:
    """Between two measurements: what the owner does, then a checkpoint's worth of quiet."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def bare(rows: int, done: int) -> None:
    """As many rows written and settled, with nothing to decide."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(BARE_INSERT, {"rows": rows, "each": rows // FILES + 1})
        cursor.execute(BARE_UPDATE, {"done": done})


def deeds() -> dict[str, dict[str, float]]:
    """Milliseconds that deeds of one file take to plan and settle what they can have touched."""
    from yihu.dossiers.models import Dossier
    from yihu.duties import hearing
    from yihu.duties.actions import EVERYTHING, refresh, settle

    touched = {
        "a visit, a promise or its result": hearing.VISITS,
        "a risk remark": hearing.RISKS,
        "a material fact": hearing.FACTS,
        "a contract": hearing.SIGNING,
        "anything, by the sweep": EVERYTHING,
    }
    acts: dict[str, Callable[[Any], Any]] = {
        "an approval": lambda file: settle(AS_OF, unit_id=file.unit_id, dossier_id=file.pk)
    }
    for name, what in touched.items():
        acts[name] = lambda file, what=what: refresh(
            AS_OF, files=[(file.unit_id, file.pk)], touched=what
        )
    files = list(Dossier.objects.order_by("number")[:ONE_BY_ONE].only("unit_id"))
    found = {}
    for name, act in acts.items():
        took = []
        for file in files:
            started = time.perf_counter()
            act(file)
            took.append((time.perf_counter() - started) * 1000)
        took.sort()
        found[name] = {
            "median": round(statistics.median(took), 2),
            "fastest tenth": round(took[len(took) // 10], 2),
        }
    return found


def measure() -> dict[str, Any]:
    """Seconds, the counts behind them, and the ratios."""
    from django.db.models import Count

    from yihu.duties.actions import refresh
    from yihu.duties.models import Duty

    full, made = seconds(lambda: refresh(AS_OF))
    kinds = dict(Duty.objects.values_list("kind").annotate(n=Count("pk")).order_by("kind"))
    tidy("VACUUM ANALYZE duties_duty")
    again, nothing = seconds(lambda: refresh(AS_OF))
    assert (nothing.planned, nothing.dropped, nothing.done) == (0, 0, 0)
    assert sum(kinds.values()) == made.planned
    one_by_one = deeds()
    tidy("TRUNCATE duties_duty CASCADE")
    plain, _ = seconds(lambda: bare(made.planned, made.done))
    return {
        "files": FILES,
        "duties": made.planned,
        "done": made.done,
        "kinds": kinds,
        "seconds": {
            "bare insert and update": plain,
            "first refresh": full,
            "refresh again, nothing new": again,
        },
        "milliseconds of one file": one_by_one,
        "full_ratio": round(full / plain, 2),
        "again_ratio": round(again / plain, 2),
        "load_average": round(os.getloadavg()[1], 1),
    }


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

            from django.db import connections

            from yihu.access.entering import for_group
            from yihu.site.migrating import migrate

            migrate()
            with for_group():
                plant()
                found = measure()
                connections.close_all()
        finally:
            server.stop()
    from yihu.duties.choices import CYCLES
    from yihu.duties.sources import SOURCES

    wanted = {kind.value for kind in CYCLES} | {source.kind.value for source in SOURCES}
    held = {
        "all kinds": set(found["kinds"]) == wanted,
        "full": found["full_ratio"] <= FULL_BOUND,
        "again": found["again_ratio"] <= AGAIN_BOUND,
        "one file": all(
            found["milliseconds of one file"][deed]["median"] < ONE_BOUND_MS for deed in DEEDS
        ),
    }
    bounds = {
        "full_bound": FULL_BOUND,
        "again_bound": AGAIN_BOUND,
        "one_file_bound_ms": ONE_BOUND_MS,
        "held": held,
    }
    print(json.dumps({**found, **bounds}, ensure_ascii=False, indent=1))
    return 0 if all(held.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
