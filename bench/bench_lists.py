"""Lists, search and the interface at 100,000 files, beside a bare Django; and how they grow.

    python bench/bench_lists.py          prints one JSON object; exit 1 where a bound is broken
    YIHU_BENCH_FILES=10000               fewer files, or 1000000

Starts a PostgreSQL of its own in a temporary folder. Each file has a contract and 36 months of
offtake (36 million rows for a million files), made by SQL. `bare` (bench/bare.py) is a list with
sessions and accounts in a process of its own, over a table as long. Row security and the log are
on. Each figure is the median of the runs in milliseconds of a whole request; after each of ours
the bare ones are asked once, so a machine that slows down slows both. `growth` is the same page at
a tenth of the files, both as times of what a bare list of fifty rows as JSON takes at that moment,
which does not grow. Each search is compared with what LIKE finds.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

FILES, RUNS, DEEP = int(os.environ.get("YIHU_BENCH_FILES", "100000")), 41, 50_000
ROWS = 50
"""Of a page, and asked of the interface as well: as many as the bare ones tell."""
BARE = ("list", "told", "made")
"""The bare page, the same as JSON, the bare form."""
BOUNDS = {
    "list page 1": ("list", 2.5), "filter and sort": ("list", 3.5), "search of 2": ("list", 2.5),
    "search of 4": ("list", 5.0), "api list": ("told", 2.5), "api create": ("made", 8.0),
}  # fmt: skip
"""At most so many times which of them."""
DEEP_BOUND, GROWTH_BOUND = 1.3, 1.3
MONTHS = 36
CONTRACTS = """
INSERT INTO contracts_contract (unit_id, dossier_id, number, source, signed_on, effective_on,
    ends_on, quantity_unit, acq, mdq, take_or_pay_percent, price_yuan)
SELECT unit_id, id, number, 'pipeline', date '2023-10-08', date '2023-11-01', date '2027-10-31',
       'wan_m3', 1200, 4, 90, 3.1
FROM dossiers_dossier WHERE substr(number, 3)::int BETWEEN %s AND %s ORDER BY unit_id, id
"""
MONTH = """
INSERT INTO contracts_offtake (unit_id, contract_id, month, quantity_unit, planned, actual,
    price_yuan, amount_yuan)
SELECT unit_id, id, date '2023-11-01' + %s * interval '1 month', 'wan_m3', 100,
       90 + substr(number, 3)::int %% 20, 3.1, 3100000
FROM contracts_contract WHERE substr(number, 3)::int BETWEEN %s AND %s ORDER BY unit_id, id
"""
UNKEYED = """
ALTER TABLE contracts_offtake DROP CONSTRAINT offtake_contract_fk,
    DROP CONSTRAINT contracts_offtake_unit_id_5789a976_fk_org_orgunit_id
"""
KEYED = """
ALTER TABLE contracts_offtake ADD CONSTRAINT offtake_contract_fk
    FOREIGN KEY (unit_id, contract_id) REFERENCES contracts_contract (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT contracts_offtake_unit_id_5789a976_fk_org_orgunit_id
    FOREIGN KEY (unit_id) REFERENCES org_orgunit (id) DEFERRABLE INITIALLY DEFERRED
"""
"""Keys are checked for all rows at once, not for each."""
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")
os.environ["YIHU_SECOND_FACTOR"] = "0"  # pages are measured, not the door
os.environ["YIHU_TODAY"] = "2026-11-05"


class Bare:
    """A bare Django in a process of its own; `ask` is the milliseconds of one request."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.told, self.heard = process.stdin, process.stdout

    def ask(self, way: str) -> float:
        print(way, file=self.told, flush=True)
        return float(self.heard.readline())

    def beside(self, act: Callable[[], Any]) -> dict[str, float]:
        """Medians of the act as `ms` and of the bare ways, by turns, after some to warm up."""
        spent: dict[str, list[float]] = {way: [] for way in ("ms", *BARE)}
        for run in range(-5, RUNS):
            started = time.perf_counter()
            act()
            took = {"ms": (time.perf_counter() - started) * 1000}
            took |= {way: self.ask(way) for way in BARE}
            if run >= 0:
                for way, ms in took.items():
                    spent[way].append(ms)
        return {way: round(statistics.median(times), 2) for way, times in spent.items()}


@contextmanager
def bare(files: int) -> Iterator[Bare]:
    """The same by a bare Django, on the same server."""
    from django.db import connections

    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute("CREATE DATABASE bare")
    where = {name: owner.settings_dict[name] for name in ("HOST", "PORT", "USER")}
    with subprocess.Popen(
        [sys.executable, str(HERE / "bare.py"), "list", str(files)],
        env={**os.environ, "BARE_DATABASE": json.dumps({**where, "NAME": "bare"})},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        made = Bare(process)
        made.ask("list")  # it has planted its rows
        yield made
        made.told.close()


def deep(user: Any, files: int) -> str:
    """The address of page 1000, or of the middle where there are fewer."""
    from yihu.dossiers.models import Dossier
    from yihu.kit.paging import Order, page_of

    rows = Dossier.objects.visible_to(user)
    above = rows.order_by("pinyin", "pk")[min(DEEP, files // 2)]
    after = page_of(rows.filter(pinyin__gte=above.pinyin), Order("pinyin")).after
    return f"/dossiers/?after={after}"


def hits(user: Any, words: str) -> int:
    """How many the search finds, which must be as many as LIKE does."""
    from django.db import connections

    from yihu.dossiers.queries import search

    found = search(user, words).count()
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM dossiers_dossier WHERE search_text LIKE %s", [f"%{words}%"]
        )
        (liked,) = cursor.fetchone()
    assert found == liked > 0, (words, found, liked)
    return found


def pages(user: Any, files: int, bare: Bare) -> dict[str, Any]:
    """Each page beside the bare ones; and what the searches found."""
    from django.test import Client

    from yihu.dossiers.models import Dossier

    client = Client(SERVER_NAME="localhost")
    client.force_login(user)

    def get(path: str) -> None:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)

    two = "凯能"
    some = Dossier.objects.filter(name_full__startswith=two).order_by("number")[7]
    four = some.name_full[:4]
    addresses = {
        "list page 1": "/dossiers/",
        "list page 1000": deep(user, files),
        "filter and sort": "/dossiers/?klass=vip&sort=due",
        "search of 2": f"/dossiers/?q={two}",
        "search of 4": f"/dossiers/?q={four}",
        "one file": f"/dossiers/{some.pk}/",
    }
    found: dict[str, Any] = {
        what: bare.beside(partial(get, path)) for what, path in addresses.items()
    }
    found["hits"] = [hits(user, two), hits(user, four)]
    return found


def interface(filler: Any, supervisor: Any, bare: Bare) -> dict[str, Any]:
    """The list and one month's volume brought in, beside the bare ones."""
    from django.conf import settings

    from tests import plant as small
    from tests.interface.calling import Program
    from yihu.access.tokens.rules import Use

    settings.INTERFACE_A_MINUTE = 1_000_000
    file = small.dossier(filler.staff.unit)
    contract = small.contract(file, effective_on=date(2015, 1, 1))
    reader, writer = Program(supervisor, Use.READ), Program(filler, Use.OFFTAKE)
    months = iter(f"{2016 + n // 12}-{1 + n % 12:02d}" for n in range(120))

    def create() -> None:
        month = next(months)
        row = {"month": month, "number": contract.number, "actual": "105.32", "unit": "万立方米",
               "price_yuan": 3.1}  # fmt: skip
        answer = writer.post("offtake", [row], key=f"bench-{month}")
        assert answer.json().get("new") == 1, answer.json()

    def get() -> None:
        assert reader.get("dossiers", limit=ROWS).status_code == 200

    return {"api list": bare.beside(get), "api create": bare.beside(create)}


def measure() -> dict[str, Any]:
    """A tenth of the files, then all of them."""
    from bench_search import UNITS, add

    from tests import plant as small
    from yihu.access.rules import Role
    from yihu.guide.actions import load_first_edition

    load_first_edition()
    units = [small.unit(f"B{place:02d}") for place in range(UNITS)]
    supervisor, filler = small.person(Role.SUPERVISOR), small.person(Role.FILLER, units[0])
    with bare(FILES) as beside:
        add(1, FILES // 10)
        sell(1, FILES // 10)
        tenth = pages(supervisor, FILES // 10, beside)
        add(FILES // 10 + 1, FILES)
        sell(FILES // 10 + 1, FILES)
        whole = pages(supervisor, FILES, beside) | interface(filler, supervisor, beside)
    return {"files": FILES, "tenth": tenth, "whole": whole}


def sell(first: int, files: int) -> None:
    """A contract for each of those files, and its months."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(CONTRACTS, [first, files])
        cursor.execute(UNKEYED)
        for month in range(MONTHS):
            cursor.execute(MONTH, [month, first, files])
        cursor.execute(KEYED)
        cursor.execute("VACUUM ANALYZE contracts_contract, contracts_offtake")
        cursor.execute("SELECT count(*) FROM contracts_offtake")
        assert cursor.fetchone() == (files * MONTHS,)


def of_steady(page: dict[str, float]) -> float:
    """How many times the bare page that does not grow."""
    return page["ms"] / page["told"]


def judge(found: dict[str, Any]) -> dict[str, Any]:
    """The ratios, and which of them are beyond their bound."""
    whole, tenth = found["whole"], found["tenth"]
    ratios = {what: round(whole[what]["ms"] / whole[what][way], 2)
              for what, (way, _most) in BOUNDS.items()}  # fmt: skip
    first = of_steady(whole["list page 1"])
    ratios["page 1000 to page 1"] = round(of_steady(whole["list page 1000"]) / first, 2)
    grown = {what: round(of_steady(whole[what]) / of_steady(tenth[what]), 2)
             for what in tenth if what != "hits"}  # fmt: skip
    over = [f"{what}: {ratios[what]} > {most}" for what, (_way, most) in BOUNDS.items()
            if ratios[what] > most]  # fmt: skip
    if ratios["page 1000 to page 1"] > DEEP_BOUND:
        over.append(f"page 1000: {ratios['page 1000 to page 1']} > {DEEP_BOUND}")
    over += [f"growth, {what}: {times} > {GROWTH_BOUND}" for what, times in grown.items()
             if times > GROWTH_BOUND]  # fmt: skip
    return {**found, "ratios": ratios, "growth": grown, "load": os.getloadavg()[0], "over": over}


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
