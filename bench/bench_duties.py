"""Duties of all kinds of 100,000 files, against one bare INSERT … SELECT and UPDATE.

    python bench/bench_duties.py          prints one JSON object; exit 1 where a bound is broken
    YIHU_BENCH_FILES=5000                 fewer files

Starts a PostgreSQL of its own in a temporary folder. `bare` writes as many rows of duties and
settles as many of them as the refresh did, with nothing to decide. Bounds: the first refresh of
everything, and one that finds nothing new, as ratios to `bare`; and what a deed of one file makes
to plan and settle, in milliseconds inside the deed's own transaction: the median, the 95th of 100,
the first on a new connection, which has yet to plan the statements, and the median of what both
processes had of a processor, which a busy machine lengthens less. Each deed really happens, is
planned, and is rolled back. The load of the machine stands beside the figures. Every kind of duty
that has a source is there, and every deed brings, moves or fulfils something, or the run fails.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

FILES, UNITS = int(os.environ.get("YIHU_BENCH_FILES", "100000")), 12
LIVE_FROM, AS_OF = date(2026, 7, 1), date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
FULL_BOUND, AGAIN_BOUND, ONE_BOUND_MS = 5.0, 2.0, 5.0
ONE_BY_ONE = 100

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
WITH inspection AS (
    INSERT INTO inspections_inspection (number, kind, name, state, period_start, period_end,
        cutoff_on, begins_on, ends_on, method, amount, minimum, checklist_id, made_by_id, made_at,
        begun_by_id, begun_at, seed, population_sha256, draw_sha256)
    SELECT 'J-1', 'yearly', '年度检查', 'open', date '2026-01-01', date '2026-06-30',
        date '2026-06-30', date '2026-07-01', date '2026-08-01', 'share', 2, 1, c.id, u.id, at,
        u.id, at, digest, digest, digest
    FROM (SELECT min(id) FROM inspections_checklist) c (id),
         (SELECT min(id) FROM access_user) u (id),
         (SELECT timestamptz '2026-07-01 09:00+08', repeat('0', 64)) AS s (at, digest)
    RETURNING *
), ordered AS (
    INSERT INTO inspections_order (unit_id, inspection_id, number, due_on, issued_by_id, issued_at)
    SELECT u.id, i.id, 'ZG-' || u.code, date '2026-11-30', i.made_by_id,
           timestamptz '2026-08-03 09:00+08'
    FROM inspection i, org_orgunit u WHERE u.code LIKE 'B%%'
    RETURNING *
), subject AS (
    INSERT INTO inspections_subject (unit_id, inspection_id, dossier_id, number, name_full,
        credit_code, whole)
    SELECT d.unit_id, i.id, d.id, d.number, d.name_full, d.credit_code, true
    FROM inspection i, dossiers_dossier d WHERE substr(d.number, 3)::int %% 50 = 0
    RETURNING *
)
INSERT INTO inspections_finding (unit_id, inspection_id, subject_id, dossier_id, serial, place_kind,
    topic, severity, cause, clause, text, state, order_id, due_on, found_by_id, found_at,
    righted_at, closed_by_id, closed_at)
SELECT s.unit_id, s.inspection_id, s.id, s.dossier_id, n.n, 'file', '电话', 2, 'late', '6.2.1',
    '电话停用', CASE WHEN n.n %% 100 = 0 THEN 'closed' ELSE 'ordered' END, o.id, o.due_on,
    o.issued_by_id, o.issued_at, done.at, CASE WHEN done.at IS NOT NULL THEN o.issued_by_id END,
    done.at
FROM subject s
JOIN ordered o ON o.unit_id = s.unit_id
CROSS JOIN LATERAL (SELECT substr(s.number, 3)::int AS n) n
CROSS JOIN LATERAL (SELECT CASE WHEN n.n %% 100 = 0 THEN o.issued_at + interval '9 days' END AS at)
    AS done;
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
STAFF = "(SELECT array_agg(id ORDER BY id) FROM org_staff WHERE unit_id = %(unit)s)"
VISIT = f"""
WITH visit AS (INSERT INTO visits_visit (unit_id, dossier_id, year, serial, number, state, kind,
    level, held_on, lead_id, recorded_by_id, written_at, entered_by_id, entered_at, changed_at)
SELECT %(unit)s, %(file)s, 2026, 1000000, 'V-1000000', {{state}}, 'paid', 'business',
    %(today)s::date - 3, s.people[1], {{recorded}}, {{written}}, s.people[1], %(now)s, %(now)s
FROM {STAFF} AS s (people) RETURNING *)
"""
HELD = VISIT.format(state="'held'", recorded="NULL::uuid", written="NULL::timestamptz")
WRITTEN = VISIT.format(state="'written'", recorded="s.people[1]", written="%(now)s::timestamptz")
PROMISE = """
INSERT INTO visits_followup (unit_id, dossier_id, visit_id, side, text, owner_id, due_on, state,
    result, resulted_at, entered_by_id, entered_at)
SELECT unit_id, dossier_id, id, 'ours', '报送用气计划', lead_id, %(today)s::date + 20, {said},
    lead_id, %(now)s
FROM visit
"""
REMARK = f"""
WITH remark AS (INSERT INTO risks_remark (unit_id, dossier_id, number, kind, level, state, found_on,
    found_how, facts, verified_by, owner_id, next_check_on, checked_at, raised_by_id, raised_at)
SELECT %(unit)s, %(file)s, 'R-1000000', 'b', 2, 'active', %(today)s::date - 30, '对账',
    '两个月未付款', '演示填报员', s.people[1], %(today)s::date + 30, {{checked}}, s.people[1],
    %(now)s::timestamptz - interval '30 days'
FROM {STAFF} AS s (people) RETURNING *)
"""
DEEDS = {
    "version.approved": f"""
        INSERT INTO dossiers_fileversion (unit_id, dossier_id, number, content, sha256, edition_id,
            filled_by_id, approved_by_id, approved_at)
        SELECT %(unit)s, %(file)s, 9, '{{}}', '', (SELECT min(id) FROM guide_edition),
            s.people[1], s.people[2], %(now)s FROM {STAFF} AS s (people)""",
    "visit.held": f"{HELD} SELECT FROM visit",
    "visit.written": WRITTEN + PROMISE.format(said="'todo', '', NULL"),
    "followup.resulted": WRITTEN + PROMISE.format(said="'resulted', '已报送', %(now)s"),
    "risk.raised": REMARK.format(checked="NULL::timestamptz") + "SELECT FROM remark",
    "risk.checked": REMARK.format(checked="%(now)s::timestamptz")
    + """
        INSERT INTO risks_review (unit_id, remark_id, found, level_before, level, state_before,
            state, due_on, next_check_on, by_id, at)
        SELECT unit_id, id, '已付一半', 3, level, state, state, %(today)s, next_check_on, owner_id,
            checked_at FROM remark""",
    "dossier.recoded": """
        INSERT INTO duties_occasion (unit_id, dossier_id, kind, codes, happened_at)
        VALUES (%(unit)s, %(file)s, 'basic_change', ARRAY['legal_rep'], %(now)s)""",
    "a contract signed": """
        INSERT INTO contracts_contract (unit_id, dossier_id, number, source, signed_on,
            effective_on, ends_on, quantity_unit, acq, entered_at)
        VALUES (%(unit)s, %(file)s, 'B-1000000', 'pipeline', %(today)s, %(today)s,
            %(today)s::date + 364, 'wan_m3', 1200, %(now)s)""",
    "workbook.imported": """
        INSERT INTO contracts_offtake (unit_id, contract_id, month, quantity_unit, actual,
            entered_at)
        SELECT unit_id, id, m, 'wan_m3', 100, %(now)s
        FROM contracts_contract, generate_series(date '2026-07-01', '2026-10-01', '1 month') AS m
        WHERE unit_id = %(unit)s AND dossier_id = %(file)s ON CONFLICT DO NOTHING""",
    "a contract ended": """
        UPDATE contracts_contract SET terminated_on = '2026-06-30'
        WHERE unit_id = %(unit)s AND dossier_id = %(file)s""",
    "a class changed": """
        INSERT INTO dossiers_classchange (unit_id, dossier_id, klass, effective_on, source,
            entered_at)
        SELECT unit_id, id, CASE klass WHEN 'vip' THEN 'general' ELSE 'vip' END, %(today)s,
            'rating', %(now)s
        FROM dossiers_dossier WHERE unit_id = %(unit)s AND id = %(file)s""",
    "a customer rated": """
        INSERT INTO ratings_ratingresult (unit_id, dossier_id, year, score, rated_on, state,
            entered_at)
        VALUES (%(unit)s, %(file)s, 2025, 80, %(today)s, 'final', %(now)s)""",
    "dossier.closed": """
        WITH ended AS (UPDATE contracts_contract
            SET terminated_on = least(ends_on, %(today)s::date - 1)
            WHERE unit_id = %(unit)s AND dossier_id = %(file)s),
        closed AS (INSERT INTO duties_closure (unit_id, dossier_id, state, ground, reason,
            asked_by_id, asked_at, verdict, decided_by_id, decided_at, since)
        SELECT %(unit)s, %(file)s, 'closed', 'ended', '合同到期', min(id), %(now)s, 'consented',
            max(id), %(now)s, %(today)s FROM access_user)
        UPDATE dossiers_dossier SET state = 'closed' WHERE unit_id = %(unit)s AND id = %(file)s""",
}
"""What happens to one file: by the verb by which duties hear of it, or in words."""
HEARD_AS = {"a contract signed": "contracts.imported", "a contract ended": "contracts.imported"}
"""The verb of what is said in words, where it comes with many files at once."""
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
    from yihu.access.rules import Role
    from yihu.duties.actions import load_first_policy
    from yihu.guide.actions import load_first_edition
    from yihu.inspections.actions import load_first_checklist

    load_first_edition()
    load_first_policy()
    load_first_checklist(at=NOW)
    units = [small.unit(f"B{place:02d}", live_from=LIVE_FROM) for place in range(UNITS)]
    for unit in units:
        small.staff(unit)
        small.staff(unit)
    small.person(Role.STEWARD, units[0])
    small.person(Role.SUPERVISOR)
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
    """Milliseconds that each deed makes to plan and settle what it can have touched."""
    from django.db import connection

    from yihu.dossiers.models import Dossier

    files = list(Dossier.objects.order_by("pk")[:ONE_BY_ONE].only("unit_id"))
    found = {}
    for name, sql in DEEDS.items():
        connection.close()
        took, worked, moved = zip(*(one(name, sql, file) for file in files), strict=True)
        assert sum(moved) > ONE_BY_ONE / 2, f"{name}: {sum(moved)}"
        found[name] = {
            "median": round(statistics.median(took), 2),
            "p95": round(statistics.quantiles(took, n=20)[-1], 2),
            "first": round(took[0], 2),
            "processor": round(statistics.median(worked), 2),
        }
    return found


def one(name: str, sql: str, file: Any) -> tuple[float, float, bool]:
    """How long the planner took after the deed, how much of it at work, and whether anything came
    of it; undone again."""
    from django.db import connection, transaction

    from yihu.duties.actions import refresh, settle
    from yihu.duties.hearing import APPROVALS

    of = {"unit": file.unit_id, "file": file.pk, "today": AS_OF, "now": NOW}
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(sql, of)
        started, worked = time.perf_counter(), processor(connection)
        if name in APPROVALS:
            came = settle(AS_OF, unit_id=file.unit_id, dossier_id=file.pk)
        else:
            made = refresh(AS_OF, files=[(file.unit_id, file.pk)], touched=touched_by(name))
            came = made.planned + made.dropped + made.done
        took = (time.perf_counter() - started) * 1000
        worked = processor(connection) - worked
        transaction.set_rollback(True)
    return took, worked, came > 0


def touched_by(name: str) -> Any:
    """What duties look at after the deed: where its verb says nothing narrower, anything. A list of
    ratings tells whether it rated anybody or gave a class."""
    from yihu.duties.actions import EVERYTHING
    from yihu.duties.hearing import TOUCHES, by_list

    lists = {
        "a class changed": by_list(rated=False, classed=True),
        "a customer rated": by_list(rated=True, classed=False),
    }
    return lists.get(name) or TOUCHES.get(HEARD_AS.get(name, name), EVERYTHING)


def processor(connection: Any) -> float:
    """Milliseconds that this process and its server's have had of a processor."""
    server = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return time.process_time() * 1000 + int(server.read_text().split()[0]) / 1e6


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
    from yihu.duties.sources import sources

    wanted = {kind.value for kind in CYCLES} | {source.kind.value for source in sources()}
    held = {
        "all kinds": set(found["kinds"]) == wanted,
        "full": found["full_ratio"] <= FULL_BOUND,
        "again": found["again_ratio"] <= AGAIN_BOUND,
        "one file": all(
            took["median"] < ONE_BOUND_MS for took in found["milliseconds of one file"].values()
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
