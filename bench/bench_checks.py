"""All automatic checks of an inspection over 100,000 files, from the freeze to the last tally.

    python bench/bench_checks.py          prints one JSON object; exit 1 where the bound is broken
    YIHU_BENCH_FILES=3000                 fewer files

Starts a PostgreSQL of its own in a temporary folder. Each file has an approved version with a
content like the demo's, a contract, its twelve months and their duties; some lack what a check
looks for, so that a fifth of the files fail something. Bound: 60 seconds on two cores for the draw
and all checks; each step's seconds stand beside it.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

FILES = int(os.environ.get("YIHU_BENCH_FILES", "100000"))
UNITS, BOUND_SECONDS = 12, 60
TODAY = date(2026, 11, 5)
AT = datetime(2026, 11, 5, 9, tzinfo=ZoneInfo("Asia/Shanghai"))

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")

PLANT = """
INSERT INTO customers_customer (credit_code, name, klass)
SELECT '91440100' || lpad(n::text, 9, '0') || 'X', '广州试验' || n || '号燃气有限公司', ''
FROM generate_series(1, %(files)s) AS n;
INSERT INTO dossiers_dossier (unit_id, customer_id, credit_code, number, name_full, klass,
    region_code, gas_uses, opened_on, entered_at, document, filler_id, reviewer_id, edition_id)
SELECT u.id, c.id, c.credit_code, 'B-' || n.n, c.name,
       CASE WHEN n.n %% 100 < 4 THEN 'strategic' WHEN n.n %% 100 < 18 THEN 'vip'
            WHEN n.n %% 100 < 21 THEN 'internal' ELSE 'general' END,
       CASE WHEN n.n %% 50 = 0 THEN '350100' ELSE '440100' END, '{01}',
       date '2020-01-01' + n.n %% 2000, timestamptz '2026-07-01 09:00+08',
       %(document)s::jsonb || jsonb_build_object('coop_summary',
           '自 2022 年起采购天然气，合作平稳，第 ' || n.n || ' 户。'), u.filler, u.reviewer,
       %(edition)s
FROM customers_customer c
CROSS JOIN LATERAL (SELECT substr(c.credit_code, 9, 9)::int AS n) n
JOIN (SELECT o.id, row_number() OVER (ORDER BY o.id) - 1 AS place,
          (SELECT id FROM org_staff s WHERE s.unit_id = o.id ORDER BY employee_no LIMIT 1)
              AS filler,
          (SELECT id FROM org_staff s WHERE s.unit_id = o.id ORDER BY employee_no DESC LIMIT 1)
              AS reviewer
      FROM org_orgunit o WHERE o.code LIKE 'B%%') u ON u.place = n.n %% %(units)s;
INSERT INTO contracts_contract (unit_id, dossier_id, number, source, effective_on, ends_on,
    signed_on, quantity_unit, acq, mdq, take_or_pay_percent, price_yuan)
SELECT unit_id, id, number, 'pipeline', date '2026-01-01', date '2026-12-31', date '2025-12-01',
    'wan_m3', 1200, 4, 90, 3.1
FROM dossiers_dossier;
INSERT INTO contracts_offtake (unit_id, contract_id, month, quantity_unit, planned, actual,
    price_yuan, amount_yuan, paid_yuan, entered_at)
SELECT c.unit_id, c.id, m::date, 'wan_m3', 100, 100, 3.1,
    CASE WHEN substr(c.number, 3)::int %% 40 = 0 THEN 3000000 ELSE 3100000 END, 3100000,
    m + interval '1 month 5 days'
FROM contracts_contract c,
     generate_series(timestamp '2026-01-01', '2026-12-01', interval '1 month') AS m;
INSERT INTO duties_duty (unit_id, dossier_id, kind, period_start, period_end, due_on, klass,
    done_at)
SELECT unit_id, id, k.kind, date '2026-10-01', date '2026-10-31', date '2026-10-30', klass,
    CASE WHEN substr(number, 3)::int %% 20 = 0 THEN NULL ELSE timestamptz '2026-10-20 09:00+08' END
FROM dossiers_dossier, (VALUES ('offtake'), ('review')) AS k (kind);
INSERT INTO letters_letter (unit_id, dossier_id, direction, year, serial, dated_on, counterpart,
    subject, reply_due_on, entered_by_id, entered_at)
SELECT unit_id, id, 'in', 2026, row_number() OVER (PARTITION BY unit_id ORDER BY id), '2026-09-01',
    '对方', '用气计划', '2026-10-01', filler_id, timestamptz '2026-09-02 09:00+08'
FROM dossiers_dossier WHERE substr(number, 3)::int %% 10 = 0;
INSERT INTO dossiers_fileversion (unit_id, dossier_id, number, content, sha256, edition_id,
    filled_by_id, approved_by_id, approved_at)
SELECT d.unit_id, d.id, 1, jsonb_build_object(
    'facts', d.document || jsonb_build_object('name_full', d.name_full, 'uscc', d.credit_code,
        'region_code', d.region_code, 'gas_use', d.gas_uses, 'cust_class', d.klass),
    'sections', '{"basic": {"mark": "unchanged"}, "cooperation": {"mark": "changed"}}'::jsonb,
    'tables', jsonb_build_object('contracts', jsonb_build_array(jsonb_build_object(
        'number', d.number, 'acq', '1200.0000', 'price_yuan', '3.1000', 'signed_on', '2025-12-01',
        'take_or_pay_percent', '90.0000', 'effective_on', '2026-01-01', 'ends_on', '2026-12-31')),
        'offtake', (SELECT jsonb_agg(jsonb_build_object('contract', d.number, 'month', m,
            'planned', '100.0000', 'actual', '100.0000', 'price_yuan', '3.1000',
            'amount_yuan', '3100000.00')) FROM generate_series(1, 12) AS m))),
    md5(d.id::text) || md5(d.number), %(edition)s, d.filler_id, d.reviewer_id,
    timestamptz '2026-10-20 09:00+08'
FROM dossiers_dossier d;
"""


def plant() -> Any:
    """Units with two people each, files with all that checks look at; a supervisor."""
    from django.db import connections

    from tests import plant as small
    from tests.dossiers.files import complete_document
    from yihu.access.rules import Role
    from yihu.guide.actions import load_first_edition
    from yihu.inspections.actions import load_first_checklist

    edition = load_first_edition()
    load_first_checklist(at=AT)
    for place in range(UNITS):
        unit = small.unit(f"B{place:02d}")
        small.staff(unit)
        small.staff(unit)
    document = json.dumps(complete_document("91440100000000001X"), ensure_ascii=False)
    given = {"files": FILES, "units": UNITS, "document": document, "edition": edition.pk}
    with connections["owner"].cursor() as cursor:
        for statement in PLANT.split(";\n"):
            if statement.strip():
                cursor.execute(statement, given)
        cursor.execute("VACUUM ANALYZE")
    return small.person(Role.SUPERVISOR)


def timed(act: Callable[[], Any]) -> float:
    started = time.perf_counter()
    act()
    return round(time.perf_counter() - started, 2)


def measure(by: Any) -> dict[str, Any]:
    """Seconds of the freeze with its draw, and of each check; what they found."""
    from yihu.inspections import actions, checking
    from yihu.inspections.actions import Content
    from yihu.inspections.checks import CHECKS
    from yihu.inspections.models import Inspection, Result, Tally

    row = actions.plan(
        by,
        Content(
            "yearly", "统查", date(2026, 1, 1), date(2026, 12, 31), TODAY, TODAY,
            date(2026, 12, 5), "share", 5, 3, offtake=True, weighted=True, inspectors=[by],
        ),
        at=AT, today=TODAY,
    )  # fmt: skip
    actions.begin(by, row, seed="bench", at=AT, today=TODAY)
    steps = {"freeze and draw": timed(lambda: checking.freeze(row.pk))}
    for check in CHECKS:
        steps[check.code] = timed(lambda check=check: checking.run_check(row.pk, check))
    checking.conclude(row.pk, at=AT)
    done = Inspection.objects.get(pk=row.pk)
    assert done.population == FILES
    return {
        "files": FILES,
        "checks": len(CHECKS),
        "asked": sum(Tally.objects.values_list("applied", flat=True)),
        "failures": Result.objects.count(),
        "drawn": done.drawn,
        "seconds": steps,
        "all_seconds": round(sum(steps.values()), 2),
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
                found = measure(plant())
                connections.close_all()
        finally:
            server.stop()
    held = found["all_seconds"] <= BOUND_SECONDS
    bounds = {"bound_seconds": BOUND_SECONDS, "held": held}
    print(json.dumps({**found, **bounds}, ensure_ascii=False, indent=1))
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
