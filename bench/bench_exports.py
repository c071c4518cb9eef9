"""A list of 100,000 files taken out: CSV beside a COPY stream, xlsx beside xlsxwriter alone.

    python bench/bench_exports.py          prints one JSON object; exit 1 where a bound is broken
    YIHU_BENCH_FILES=10000                 fewer files

Starts a PostgreSQL of its own in a temporary folder. Ours is the job that makes the file: rows in
the scope of a supervisor, marks of risk, words, watermark, the question after every 500 rows if
it still may. Beside it `COPY (SELECT …) TO STDOUT` of the same columns, written to a file by the
client; and xlsxwriter in its constant-memory mode writing the same cells, which lie ready.
`answer`: the request that asks for it, until its first byte: so large a list is made by a job.
`more_mib`: what a process of its own holds at its highest while it makes the file, beyond one
that makes a list of one line.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILES, RUNS = int(os.environ.get("YIHU_BENCH_FILES", "100000")), 2
CSV_BOUND, XLSX_BOUND, ANSWER_BOUND_MS, MEMORY_BOUND_MIB = 2.4, 1.8, 100, 20
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")
os.environ["YIHU_SECOND_FACTOR"] = "0"  # exports are measured, not the door
os.environ["YIHU_TODAY"] = "2026-11-05"

COPY = """
COPY (SELECT d.number, d.name_full, d.credit_code, d.klass, d.region_code, d.gas_uses, u.name,
             s.name, d.state, d.opened_on, d.next_due_on, ''
      FROM dossiers_dossier d JOIN org_orgunit u ON u.id = d.unit_id
      LEFT JOIN org_staff s ON s.id = d.filler_id ORDER BY d.pinyin, d.id) TO STDOUT (FORMAT csv)
"""


def least(act: Callable[[], Any]) -> float:
    """Seconds of the fastest run: what others do on the machine only adds."""
    spent = []
    for _run in range(RUNS):
        started = time.perf_counter()
        act()
        spent.append(time.perf_counter() - started)
    return round(min(spent), 3)


def copied() -> None:
    """The stream, as the owner, to a file."""
    from django.db import connections

    owner = connections["owner"]
    owner.ensure_connection()
    with tempfile.TemporaryFile() as file, owner.connection.cursor().copy(COPY) as stream:
        for block in stream:
            file.write(block)


def made(kind: str, number: str, rows: str = "") -> Any:
    """As the job makes it."""
    from django.db import transaction

    from yihu.access.entering import for_person
    from yihu.access.models import User
    from yihu.exports.kinds import Asked, Work, kind_of
    from yihu.exports.rules import Level, Stamp
    from yihu.kit.clock import now, today

    by = User.objects.get(username=number)
    stamp = Stamp(by.name, number, now(), Level.ORDINARY, "7K3Q-9XMA-2B4D")
    asked = Asked({"kind": kind}, rows)
    still = User.objects.filter(pk=by.pk, is_active=True)

    def asks() -> None:
        assert still.all().exists()

    with for_person(by.pk), transaction.atomic():
        return kind_of("desk.dossiers").produce(Work(by, asked, stamp, now(), today(), asks))


def cells() -> list[list[Any]]:
    """What stands in our workbook."""
    import csv

    text = made("csv", NUMBER).content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def written(lines: list[list[Any]]) -> None:
    """The library alone."""
    import xlsxwriter

    book = xlsxwriter.Workbook(io.BytesIO(), {"constant_memory": True, "strings_to_urls": False})
    sheet = book.add_worksheet()
    for row, line in enumerate(lines):
        for column, value in enumerate(line):
            sheet.write_string(row, column, value)
    book.close()


NUMBER = ""


def highest_mib(kind: str, rows: str) -> float:
    """The most that a process of its own held while it made one."""
    done = subprocess.run(
        [sys.executable, __file__, "alone", kind, NUMBER, rows],
        env=os.environ, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return float(done.stdout)


def alone() -> None:
    """In that process."""
    import django

    django.setup()
    from yihu.access.entering import for_group

    with for_group():
        made(sys.argv[2], sys.argv[3], sys.argv[4])
    status = Path("/proc/self/status").read_text()  # ru_maxrss starts with the parent's
    print(int(status.partition("VmHWM:")[2].split()[0]) / 1024)


def answered_ms(user: Any) -> float:
    """The request that asks for the whole list."""
    from django.test import Client
    from django.urls import reverse

    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    path = reverse("desk:dossiers-csv")
    client.get("/dossiers/")
    spent = []
    for _run in range(5):
        started = time.perf_counter()
        answer = client.post(path, {"purpose": "review"})
        spent.append((time.perf_counter() - started) * 1000)
        assert answer.status_code in (302, 409), answer.status_code
    return round(sorted(spent)[2], 1)


def measure() -> dict[str, Any]:
    """Seconds, milliseconds, MiB."""
    global NUMBER
    from bench_search import UNITS, add
    from django.conf import settings

    from tests import plant
    from yihu.access.rules import Role
    from yihu.guide.actions import load_first_edition

    load_first_edition()
    for place in range(UNITS):
        plant.unit(f"B{place:02d}")
    add(1, FILES)
    supervisor = plant.person(Role.SUPERVISOR)
    NUMBER = supervisor.username
    settings.EXPORTS_A_DAY = 10**6
    lines = cells()
    few = "q=" + lines[1][2]
    found = {
        "files": FILES,
        "lines": len(lines),
        "copy_s": least(copied),
        "csv_s": least(lambda: made("csv", NUMBER)),
        "xlsxwriter_s": least(lambda: written(lines)),
        "xlsx_s": least(lambda: made("xlsx", NUMBER)),
        "answer_ms": answered_ms(supervisor),
    }
    found["csv_mib"] = round(len(made("csv", NUMBER).content) / 2**20, 1)
    found["csv_more_mib"] = round(highest_mib("csv", "") - highest_mib("csv", few), 1)
    return found


def judge(found: dict[str, Any]) -> dict[str, Any]:
    """The ratios, and what is beyond its bound."""
    ratios = {
        "csv": round(found["csv_s"] / found["copy_s"], 2),
        "xlsx": round(found["xlsx_s"] / found["xlsxwriter_s"], 2),
    }
    over = []
    for what, value, most in (
        ("csv", ratios["csv"], CSV_BOUND),
        ("xlsx", ratios["xlsx"], XLSX_BOUND),
        ("answer_ms", found["answer_ms"], ANSWER_BOUND_MS),
        ("csv_more_mib", found["csv_more_mib"], MEMORY_BOUND_MIB),
    ):
        if value > most:
            over.append(f"{what}: {value} > {most}")
    return {**found, "ratios": ratios, "load": os.getloadavg()[0], "over": over}


def main() -> int:
    """Start, plant, measure, judge."""
    if sys.argv[1:2] == ["alone"]:
        alone()
        return 0
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
            from django.conf import settings
            from django.db import connections

            from yihu.access.entering import for_group
            from yihu.site.migrating import migrate

            settings.ALLOWED_HOSTS = ["*"]
            settings.STORAGES = {
                **settings.STORAGES,
                "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
            }
            migrate()
            with for_group():
                found = judge(measure())
            connections.close_all()
        finally:
            server.stop()
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 1 if found["over"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
