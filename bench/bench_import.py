"""100,000 months of offtake from one workbook: preview and commit against the bare pipeline.

    python bench/bench_import.py          prints one JSON object; exit 1 where a bound is broken

Starts a PostgreSQL of its own in a temporary folder, and each measured step in a process of its
own. Bounds: preview and commit each below 8 times calamine → check → COPY → upsert, memory growth
below 200 MiB.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

ROWS, MONTHS = 100_000, 40
BOUND, MEMORY_MIB = 8, 200
HEADERS = (
    "序号", "月份", "客户名称", "统一社会信用代码", "合同编号", "计划量", "实际提气量", "计量单位",
    "结算单价", "结算金额（元）", "已回款（元）", "备注",
)  # fmt: skip

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")


def rows() -> Iterator[tuple[Any, ...]]:
    """Months of 2,500 contracts, seeded by nothing but their numbers."""
    from tests.plant import credit_code

    codes = [credit_code(500_000_000 + number) for number in range(ROWS // MONTHS)]
    for place in range(ROWS):
        contract, month = divmod(place, MONTHS)
        actual = Decimal(1_000 + place * 7919 % 90_000) / 100
        price = Decimal(24_000 + contract * 104_729 % 14_000) / 10_000
        yield (
            place + 1,
            f"{2023 + month // 12}-{month % 12 + 1:02d}",
            f"广州试验{contract}号燃气有限公司",
            codes[contract],
            f"BENCH-{contract:05d}",
            100,
            float(actual),
            "万立方米",
            float(price),
            float(actual * price * 10_000),
            0,
            "",
        )


def write_workbook(path: Path) -> None:
    """The file that is imported."""
    import xlsxwriter

    workbook = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = workbook.add_worksheet("台账")
    sheet.write_row(0, 0, ["广东销售分公司客户提气量、价统计表"])
    sheet.write_row(2, 0, HEADERS)
    for place, row in enumerate(rows()):
        sheet.write_row(3 + place, 0, row)
    workbook.close()


def plant() -> None:
    """The unit with its files and contracts."""
    from django.db import connections

    from tests.plant import credit_code, unit

    made = unit("GD")
    with connections["owner"].cursor() as cursor, cursor.connection.transaction():
        with cursor.copy("COPY customers_customer (credit_code, name, klass) FROM STDIN") as copy:
            for number in range(ROWS // MONTHS):
                name = f"广州试验{number}号燃气有限公司"
                copy.write_row((credit_code(500_000_000 + number), name, ""))
        cursor.execute(
            "INSERT INTO dossiers_dossier (unit_id, customer_id, credit_code, number, name_full,"
            " opened_on) SELECT %s, id, credit_code, 'B-' || row_number() OVER (), name,"
            " '2022-01-01' FROM customers_customer WHERE name LIKE '广州试验%%'",
            [made.pk],
        )
        cursor.execute(
            "INSERT INTO contracts_contract (unit_id, dossier_id, number, source, effective_on,"
            " ends_on, quantity_unit, acq) SELECT unit_id, id,"
            " 'BENCH-' || lpad(substring(name_full from '[0-9]+'), 5, '0'), 'pipeline',"
            " '2022-01-01', '2030-12-31', 'wan_m3', 1200 FROM dossiers_dossier WHERE unit_id = %s",
            [made.pk],
        )
        cursor.execute("ANALYZE")


def bare(content: bytes, unit_id: int) -> None:
    """The least that could do it: calamine, numbers checked, COPY, one upsert."""
    from io import BytesIO

    from django.db import connection, transaction
    from python_calamine import CalamineWorkbook

    sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE bare (number text, month date, planned numeric, actual numeric,"
            " price numeric, amount numeric, paid numeric) ON COMMIT DROP"
        )
        with cursor.copy("COPY bare FROM STDIN") as copy:
            for row in list(sheet.iter_rows())[3:]:
                numbers = [Decimal(repr(row[at])) for at in (5, 6, 8, 9, 10)]
                if min(numbers) < 0:
                    raise SystemExit("negative")
                month = date(int(row[1][:4]), int(row[1][5:]), 1)
                copy.write_row((row[4], month, *numbers))
        cursor.execute("ANALYZE bare")
        cursor.execute(
            "INSERT INTO contracts_offtake (unit_id, contract_id, month, quantity_unit, planned,"
            " actual, price_yuan, amount_yuan, paid_yuan)"
            " SELECT c.unit_id, c.id, b.month, 'wan_m3', b.planned, b.actual, b.price, b.amount,"
            " b.paid FROM bare b JOIN contracts_contract c ON c.unit_id = %s"
            " AND c.number = b.number ON CONFLICT (unit_id, contract_id, month) DO UPDATE SET"
            " actual = EXCLUDED.actual WHERE contracts_offtake.actual IS DISTINCT FROM"
            " EXCLUDED.actual",
            [unit_id],
        )


def step(name: str, path: Path) -> dict[str, float]:
    """One measured step, in this process: seconds, MiB of growth, months there afterwards."""
    import django

    django.setup()
    from yihu.access.entering import for_group

    with for_group():
        return _measured(name, path)


def _measured(name: str, path: Path) -> dict[str, float]:
    from django.db import connections

    from yihu.contracts.models import Offtake
    from yihu.intake import actions
    from yihu.intake.models import Import
    from yihu.kit import clock
    from yihu.org.models import OrgUnit

    unit = OrgUnit.objects.get(code="GD")
    content = path.read_bytes()
    before, started = _memory(), time.perf_counter()
    match name:
        case "bare":
            bare(content, unit.pk)
        case "preview":
            row = actions.upload(
                None, unit, kind="offtake", name=path.name, content=content, at=clock.now()
            )
            actions.preview(row.pk)
        case _:
            row = Import.objects.latest("at")
            actions.confirm(None, row, digest=row.digest, today=clock.today(), at=clock.now())
    spent, grown = time.perf_counter() - started, _memory() - before
    months = Offtake.objects.count()
    if name == "bare":
        with connections["owner"].cursor() as cursor:
            cursor.execute("TRUNCATE contracts_offtake")
    return {"seconds": round(spent, 2), "grown_mib": round(grown), "months": months}


def _memory() -> float:
    """The most that this process has ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def judged(found: dict[str, dict[str, float]]) -> dict[str, Any]:
    """The figures with their ratios, and whether the bounds hold."""
    ratios = {
        f"{name}_ratio": round(found[name]["seconds"] / found["bare"]["seconds"], 2)
        for name in ("preview", "commit")
    }
    held = (
        max(ratios.values()) < BOUND
        and max(found[name]["grown_mib"] for name in ("preview", "commit")) < MEMORY_MIB
        and found["preview"]["months"] == 0
        and found["commit"]["months"] == ROWS
    )
    bounds = {"bound": BOUND, "memory_bound_mib": MEMORY_MIB}
    return {"rows": ROWS, **found, **ratios, **bounds, "held": held}


def main() -> int:
    """Start, plant, measure each step in a process of its own, judge."""
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
                connections.close_all()
                path = Path(folder) / "bench.xlsx"
                write_workbook(path)
                found = {name: _apart(name, path) for name in ("bare", "preview", "commit")}
        finally:
            server.stop()
    answer = judged(found)
    print(json.dumps(answer, ensure_ascii=False, indent=1))
    return 0 if answer["held"] else 1


def _apart(name: str, path: Path) -> dict[str, float]:
    """The step in a fresh process, so that its memory is its own."""
    done = subprocess.run(
        [sys.executable, __file__, name, str(path)], check=True, stdout=subprocess.PIPE, text=True
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(step(sys.argv[1], Path(sys.argv[2]))))
    else:
        raise SystemExit(main())
