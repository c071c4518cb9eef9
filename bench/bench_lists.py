"""Lists, search and the interface at 100,000 files, beside a bare Django; and how they grow.

    python bench/bench_lists.py          prints one JSON object; exit 1 where a bound is broken
    YIHU_BENCH_FILES=10000               fewer files, or 1000000

Starts a PostgreSQL of its own in a temporary folder. `bare` (bench/bare.py) is a list with
sessions and accounts in a process of its own, over a table as long. Row security and the log are
on. Each figure is the median of the runs in milliseconds of a whole request. `growth` is the same
page at a tenth of the files. Each search is compared with what LIKE finds.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

FILES, RUNS, DEEP = int(os.environ.get("YIHU_BENCH_FILES", "100000")), 41, 50_000
ROWS = 50
"""Of a page, and asked of the interface as well: as many as the bare ones tell."""
BOUNDS = {
    "list page 1": 2.5, "filter and sort": 3.5, "search of 2": 2.5, "search of 4": 5.0,
    "api list": 2.5, "api create": 8.0,
}  # fmt: skip
"""Times the bare page, or for the last the bare form."""
DEEP_BOUND, GROWTH_BOUND = 1.3, 1.3
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")
os.environ["YIHU_SECOND_FACTOR"] = "0"  # pages are measured, not the door
os.environ["YIHU_TODAY"] = "2026-11-05"


def middle_ms(act: Callable[[], Any]) -> float:
    """The median of the runs, after some to warm up."""
    spent = []
    for run in range(-5, RUNS):
        started = time.perf_counter()
        act()
        if run >= 0:
            spent.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(spent), 2)


def bare(files: int) -> dict[str, float]:
    """The same by a bare Django, on the same server."""
    from django.db import connections

    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS bare")
        cursor.execute("CREATE DATABASE bare")
    where = {name: owner.settings_dict[name] for name in ("HOST", "PORT", "USER")}
    done = subprocess.run(
        [sys.executable, str(HERE / "bare.py"), "list", str(files)],
        env={**os.environ, "BARE_DATABASE": json.dumps({**where, "NAME": "bare"})},
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout)
    return found


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


def pages(user: Any, files: int) -> dict[str, Any]:
    """Milliseconds of pages; and what the searches found."""
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
        what: middle_ms(partial(get, path)) for what, path in addresses.items()
    }
    found["hits"] = [hits(user, two), hits(user, four)]
    return found


def interface(filler: Any, supervisor: Any) -> dict[str, float]:
    """Milliseconds of the list and of one month's volume brought in."""
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

    return {"api list": middle_ms(get), "api create": middle_ms(create)}


def measure() -> dict[str, Any]:
    """A tenth of the files, then all of them, then the bare pages in the same run."""
    from bench_search import UNITS, add

    from tests import plant as small
    from yihu.access.rules import Role
    from yihu.guide.actions import load_first_edition

    load_first_edition()
    units = [small.unit(f"B{place:02d}") for place in range(UNITS)]
    supervisor, filler = small.person(Role.SUPERVISOR), small.person(Role.FILLER, units[0])
    add(1, FILES // 10)
    tenth = pages(supervisor, FILES // 10)
    add(FILES // 10 + 1, FILES)
    whole = pages(supervisor, FILES) | interface(filler, supervisor)
    return {"files": FILES, "tenth": tenth, "whole": whole, "bare": bare(FILES)}


def judge(found: dict[str, Any]) -> dict[str, Any]:
    """The ratios, and which of them are beyond their bound."""
    whole, tenth, least = found["whole"], found["tenth"], found["bare"]
    to = {"api list": "api_list_ms", "api create": "create_ms"}
    ratios = {what: round(whole[what] / least[to.get(what, "list_ms")], 2) for what in BOUNDS}
    ratios["page 1000 to page 1"] = round(whole["list page 1000"] / whole["list page 1"], 2)
    grown = {what: round(whole[what] / tenth[what], 2) for what in tenth if what != "hits"}
    over = [
        f"{what}: {ratios[what]} > {most}" for what, most in BOUNDS.items() if ratios[what] > most
    ]
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
