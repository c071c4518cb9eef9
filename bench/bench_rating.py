"""A rating round over 100,000 files with two years of months each, against reading and writing as
much with nothing to decide.

    python bench/bench_rating.py          prints one JSON object; exit 1 where a bound is broken

Starts a PostgreSQL of its own in a temporary folder. `bare` sums the same months once and writes as
many rows of scores, each with a JSON of the same size. Bound: the round as a ratio to `bare`, so
that a slow or busy machine does not fail it. Beside it stand the seconds, of which the round should
take fewer than ten on a machine of its own, the processor's seconds of the server's process, which
other programs lengthen less, and the load of the machine.
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

FILES, UNITS = 100_000, 12
CUT_OFF, TODAY = date(2026, 10, 31), date(2026, 11, 5)
AT = datetime(2026, 11, 5, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
RATIO_BOUND, SECONDS_BOUND = 2.5, 10.0

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
INSERT INTO contracts_contract (unit_id, dossier_id, number, source, effective_on, ends_on,
    quantity_unit, acq)
SELECT unit_id, id, number, 'pipeline', date '2021-01-01' + substr(number, 3)::int %% 1300,
       date '2026-11-15' + substr(number, 3)::int %% 2000, 'wan_m3', 1200
FROM dossiers_dossier;
INSERT INTO contracts_offtake (unit_id, contract_id, month, quantity_unit, planned, actual,
    price_yuan, amount_yuan, paid_yuan, entered_at)
SELECT c.unit_id, c.id, m::date, 'wan_m3', 100, q.q, 3.1, q.q * 31000,
       q.q * 31000 * (80 + substr(c.number, 3)::int %% 21) / 100, m + interval '1 month 5 days'
FROM contracts_contract c,
     generate_series(timestamp '2024-11-01', '2026-10-01', interval '1 month') AS m,
     LATERAL (SELECT (50 + (substr(c.number, 3)::int * 7 + extract(month FROM m)::int) %% 100)
              ::numeric AS q) q;
INSERT INTO ratings_ratingresult (unit_id, dossier_id, year, score, grade, klass, state)
SELECT unit_id, id, 2025, substr(number, 3)::int %% 100, 'A', klass, 'final' FROM dossiers_dossier;
"""
BARE_READ = """
CREATE TEMP TABLE bare ON COMMIT DROP AS
SELECT c.unit_id, c.dossier_id, d.customer_id, sum(o.actual) AS taken
FROM contracts_offtake o
JOIN contracts_contract c ON c.unit_id = o.unit_id AND c.id = o.contract_id
JOIN dossiers_dossier d ON d.unit_id = c.unit_id AND d.id = c.dossier_id
GROUP BY 1, 2, 3
"""
BARE_WRITE = """
INSERT INTO ratings_ratingscore (unit_id, round_id, dossier_id, customer_id, score, grade, joined,
    klass_now, klass, score_before, grade_before, details)
SELECT unit_id, %(round)s, dossier_id, customer_id, 50, 'B', 50, 'vip', 'general', 50, 'A',
    jsonb_build_object('all', %(details)s::text) FROM bare
"""


def seconds(act: Callable[[], Any]) -> tuple[float, Any]:
    """How long it took in a transaction of its own, deferred checks included, and its answer."""
    from django.db import transaction

    started = time.perf_counter()
    with transaction.atomic():
        answer = act()
    return round(time.perf_counter() - started, 2), answer


def worked() -> float:
    """Seconds that the processor spent in the server's process of our connection so far."""
    from django.db import connection

    connection.ensure_connection()
    stat = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text("ascii")
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def owner(*statements: str, given: dict[str, Any] | None = None) -> None:
    """What the owner of the tables does between two measurements."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, given)


def plant() -> list[Any]:
    """Units, files, contracts, months, last year's results; two supervisors and the scheme."""
    from tests import plant as small
    from yihu.access.rules import Role
    from yihu.guide.actions import load_first_edition
    from yihu.ratings.schemes import load_first_scheme

    load_first_edition()
    load_first_scheme()
    for place in range(UNITS):
        small.unit(f"B{place:02d}")
    owner(PLANT, given={"files": FILES, "units": UNITS})
    owner("VACUUM ANALYZE")
    return [small.person(Role.SUPERVISOR), small.person(Role.SUPERVISOR)]


def bare(round_id: Any, details: str) -> None:
    """The same months summed, as many scores of the same size written."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(BARE_READ)
        cursor.execute(BARE_WRITE, {"round": round_id, "details": details})


def measure(maker: Any, checker: Any) -> dict[str, Any]:
    """Seconds of each step, and the ratio."""
    from yihu.ratings import actions
    from yihu.ratings.models import RatingScore

    rating = actions.open_round(maker, year=2026, cut_off_on=CUT_OFF, at=AT, today=TODAY)

    def compute() -> Any:
        actions.ask_to_compute(maker, rating.pk, at=AT)
        return actions.compute(rating.pk, at=AT)

    first, done = seconds(compute)
    assert done.files == FILES
    sample = json.dumps(RatingScore.objects.filter(round=rating)[0].figures, default=str)
    owner("TRUNCATE ratings_ratingscore")
    plain, _ = seconds(lambda: bare(rating.pk, sample))
    owner("TRUNCATE ratings_ratingscore")
    before = worked()
    second, _ = seconds(compute)
    spent = round(worked() - before, 2)
    again, _ = seconds(compute)
    actions.hand_in(maker, rating.pk, at=AT)
    actions.review(checker, rating.pk, accept=True, at=AT)
    ended, _ = seconds(lambda: actions.finalise(maker, rating.pk, at=AT, today=TODAY))
    pressed, customers = seconds(
        lambda: actions.decide(maker, rating.pk, None, accept=True, at=AT, today=TODAY)
    )
    decided, _ = seconds(lambda: actions.carry_out(rating.pk, today=TODAY))
    assert not actions.to_carry(rating).exists()
    return {
        "files": FILES,
        "months": FILES * 24,
        "classes decided": customers,
        "seconds": {
            "bare read and write": plain,
            "compute": [first, second],
            "compute again": again,
            "make final, with a line of the log a file": ended,
            "decide all classes, the button": pressed,
            "decide all classes, the job": decided,
        },
        "processor_seconds": spent,
        "load_average": round(os.getloadavg()[1], 1),
        "compute_seconds": min(first, second),
        "ratio": round(min(first, second) / plain, 2),
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
                found = measure(*plant())
                connections.close_all()
        finally:
            server.stop()
    held = found["ratio"] < RATIO_BOUND
    bounds = {
        "ratio_bound": RATIO_BOUND,
        "seconds_bound": SECONDS_BOUND,
        "under_seconds_bound": found["compute_seconds"] < SECONDS_BOUND,
        "held": held,
    }
    print(json.dumps({**found, **bounds}, ensure_ascii=False, indent=1))
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
