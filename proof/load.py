"""Fifty signed-in people at many files, by HTTP: throughput, latency, memory; beside bare Django.

`trials` is the number of files. Everybody asks as fast as they are answered, for `minutes`: home,
lists, files, searches, duties, the form and its autosaves, each with row security and its line in
the log. The same server with the same processes serves the bare Django list page beside which
`bench/` judges lists too (`bench/bare.py`: a session, a count, fifty rows and their unit), on the
same machine before and after. Bounds: throughput at least a third of
the bare page's, p95 at most 2.5 × p50, the memory of the web's processes steady: over the second
half it grows by less than a twentieth in half an hour.
"""

import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection, connections
from django.test import Client

from proof._patience import patient
from proof._site import TOKEN, Site, eventually, free_port, served
from tests import plant
from tests.dossiers.files import TODAY
from tests.installation import ROOT
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event as Line
from yihu.guide.actions import load_first_edition
from yihu.site.processes import listens, web

FIGURE, TRIALS, SEED = "load", 100_000, 11
MINUTES, BARE_SECONDS = 30.0, 20.0
UNITS, PEOPLE, WORKERS = 12, 50, 2
SHARE, SPREAD, GROWTH = 1 / 3, 2.5, 0.05
SAMPLE_SECONDS, WARM_SECONDS = 5.0, 15.0
PIECES = list("凯南兴绿瑞鼎恒金华中长远天宏德海")
WORDS = ("凯能", "燃气", "陶瓷", "珍稀", "热电")
SORTS = ("name", "number", "class", "due", "opened")
PLANT = """
INSERT INTO customers_customer (credit_code, name, klass)
SELECT 'B' || lpad(n::text, 17, '0'),
       (%(pieces)s::text[])[1 + n %% 16] || '能' || chr(19968 + n * 7 %% 20000)
       || chr(19968 + n * 13 %% 20000) || (ARRAY['燃气', '陶瓷', '热电', '化工'])[1 + n %% 4]
       || CASE WHEN n %% 1000 = 0 THEN '珍稀' ELSE '' END || '有限公司', ''
FROM generate_series(1, %(files)s) AS n;
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
WHERE c.credit_code LIKE 'B0%%';
INSERT INTO duties_duty (unit_id, dossier_id, kind, period_start, period_end, due_on)
SELECT unit_id, id, 'offtake', date '2026-10-01', date '2026-10-31',
       date '2026-11-01' + substr(number, 3)::int %% 20
FROM dossiers_dossier WHERE number LIKE 'B-%%';
"""
READING = {"home": 15, "dossiers": 30, "dossier": 35, "search": 20}
FILLING = {
    "fill": 5, "save": 10, "home": 10, "dossiers": 25, "dossier": 25, "search": 15, "duties": 10
}  # fmt: skip
NEXT = re.compile(rb'[?&;]after=([^"&#]+)')
FILES_OF = "SELECT id::text FROM dossiers_dossier WHERE unit_id = %s ORDER BY id LIMIT 400"


@dataclass
class Caller:
    """Somebody at a kept connection who asks again as soon as they are answered."""

    port: int
    cookies: Mapping[str, str]
    chance: Random
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: Counter[str] = field(default_factory=Counter)
    after: str = ""

    def ask(self, over: Event) -> None:
        """Until it is over."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "X-CSRFToken": TOKEN,
        }
        while not over.is_set():
            name, path, body = self.next()
            began = time.perf_counter()
            try:
                line.request("POST" if body else "GET", path, body, headers)
                answer = line.getresponse()
                said = answer.read()
            except (OSError, http.client.HTTPException) as why:
                self.wrong[f"{name}: {type(why).__name__}"] += 1
                line.close()
                continue
            self.took[name].append(time.perf_counter() - began)
            if answer.status != 200:
                self.wrong[f"{name}: {answer.status}"] += 1
            if name == "dossiers":
                found = NEXT.search(said)
                self.after = found[1].decode() if found and self.chance.random() < 0.7 else ""
        line.close()

    def next(self) -> tuple[str, str, str | None]:
        """What to ask: its name, where, and what to send."""
        return "bare", "/", None


@dataclass
class Clerk(Caller):
    """A person of a unit, or of headquarters: the mix of a working day."""

    files: Sequence[str] = ()
    fills: bool = True
    saves: int = 0
    turn: int = 0

    def next(self) -> tuple[str, str, str | None]:
        file = self.chance.choice(self.files)
        mix = FILLING if self.fills else READING
        names = list(mix)
        self.turn += 1
        if self.turn <= len(names):  # everybody asks each once
            name = names[self.turn - 1]
        else:
            name = self.chance.choices(names, list(mix.values()))[0]
        match name:
            case "home":
                return name, "/", None
            case "dossiers":
                sort = "" if self.after else f"?sort={self.chance.choice(SORTS)}"
                return name, f"/dossiers/{f'?after={self.after}' if self.after else sort}", None
            case "dossier":
                return name, f"/dossiers/{file}/", None
            case "search":
                return name, f"/search/live/?q={quote(self.chance.choice(WORDS))}", None
            case "duties":
                return name, "/duties/", None
            case "fill":
                return name, f"/dossiers/{file}/fill/", None
        self.saves += 1
        sent = {"values": {"coop_summary": f"第{self.saves}次"}, "seen": {}}
        return name, f"/dossiers/{self.files[0]}/fill/save/", json.dumps(sent)


# The two sites -----------------------------------------------------------------------------------


@contextmanager
def bare_site(files: int, workers: int) -> Iterator[tuple[int, dict[str, str]]]:
    """The bare page served from a database beside ours: its port, and a session's cookie."""
    known = connections["owner"].settings_dict
    name = f"bare_{known['NAME']}"
    where = {key: known[key] for key in ("HOST", "PORT", "USER")}
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    environment = {**os.environ, "BARE_DATABASE": json.dumps({**where, "NAME": name})}
    try:
        made = subprocess.run(
            [sys.executable, "-m", "bench.bare", "served", str(files)],
            env=environment, cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
        port = free_port()
        command = web("127.0.0.1", port, workers)
        command[command.index("yihu.site.wsgi:application")] = "bench.bare:application"
        with subprocess.Popen(command, env=environment, cwd=ROOT, start_new_session=True) as server:
            try:
                assert listens("127.0.0.1", port, server)
                yield port, {"sessionid": made.stdout.split()[-1]}
            finally:
                os.killpg(server.pid, signal.SIGKILL)
    finally:
        eventually(lambda: _drop(name), 30)


def _drop(name: str) -> bool:
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    return True


def planted(files: int, people: int) -> list[tuple[User, list[str]]]:
    """Units with their files, and the people: of a unit, its files; of headquarters, of all."""
    load_first_edition()
    units = [plant.unit(f"B{place:02d}") for place in range(UNITS)]
    given: dict[str, Any] = {"pieces": PIECES, "files": files, "units": UNITS}
    with connection.cursor() as cursor:
        cursor.execute(PLANT, given)
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    found: list[tuple[User, list[str]]] = []
    some: list[str] = []
    for number in range(people):
        unit = units[number % UNITS]
        with connection.cursor() as cursor:
            cursor.execute(FILES_OF, [unit.pk])
            own = [key for (key,) in cursor.fetchall()]
        some += own[:20]
        role = (Role.FILLER, Role.SUPERVISOR, Role.READER, *[Role.FILLER] * 7)[number % 10]
        if role == Role.SUPERVISOR:
            found.append((plant.person(role), some))
        else:
            own = own[number // UNITS :: 5]  # nobody fills another's file
            found.append((plant.person(role, unit), own))
    return found


def callers(people: Sequence[tuple[User, list[str]]], port: int, seed: int) -> list[Clerk]:
    """Each with a session of their own."""
    found = []
    for number, (user, files) in enumerate(people):
        client = Client()
        client.force_login(user)
        cookies = {
            settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value,
            settings.CSRF_COOKIE_NAME: TOKEN,
        }
        fills = user.username.startswith(Role.FILLER)
        found.append(Clerk(port, cookies, Random(f"{seed}.{number}"), files=files, fills=fills))
    return found


# Measuring ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """What a time of asking gave: answers a second, milliseconds by name, what went wrong."""

    rate: float
    took: dict[str, list[float]]
    wrong: Counter[str]
    memory: list[tuple[float, float]]

    def at(self, share: float, name: str = "") -> float:
        """Milliseconds below which that share of answers lies, of all or of one name."""
        rows = sorted(self.took[name] if name else [t for kind in self.took.values() for t in kind])
        return round(rows[min(len(rows) - 1, int(len(rows) * share))] * 1000, 1) if rows else 0.0


def asking(
    those: Sequence[Caller], seconds: float, *, site: Site | None = None, warm: float = 0.0
) -> Seen:
    """All at once for so long; the first `warm` seconds do not count."""
    over = Event()
    threads = [Thread(target=caller.ask, args=[over], daemon=True) for caller in those]
    for thread in threads:
        thread.start()
    time.sleep(warm)
    for caller in those:
        caller.took = defaultdict(list)
    memory: list[tuple[float, float]] = []
    began = time.monotonic()
    with patient() as go_on:
        while (gone := time.monotonic() - began) < seconds and go_on():
            if site is not None:
                memory.append((gone, mib_of(site)))
            time.sleep(min(SAMPLE_SECONDS, max(0.05, seconds - gone)))
    kept = [dict(caller.took) for caller in those]
    spent = time.monotonic() - began
    over.set()
    took: dict[str, list[float]] = defaultdict(list)
    wrong: Counter[str] = Counter()
    for caller, times in zip(those, kept, strict=True):
        wrong += caller.wrong
        for name, rows in times.items():
            took[name] += rows
    for thread in threads:
        thread.join(60)
    return Seen(sum(map(len, took.values())) / spent, took, wrong, memory)


def mib_of(site: Site) -> float:
    """What the web's processes hold of memory, what they share counted once."""
    return sum(map(_kib_of, _tree(site.running["web"].pid))) / 1024


def _tree(head: int) -> Iterator[int]:
    yield head
    for number in Path(f"/proc/{head}/task/{head}/children").read_text().split():
        yield from _tree(int(number))


def _kib_of(process: int) -> int:
    found = re.search(r"^Pss: +(\d+) kB", Path(f"/proc/{process}/smaps_rollup").read_text(), re.M)
    return int(found[1]) if found else 0


def growth(memory: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """MiB in the middle of the second half, and MiB an hour by which it grows there."""
    half = memory[len(memory) // 2 :]
    if len(half) < 2:
        return 0.0, 0.0
    slope = statistics.linear_regression(*zip(*half, strict=True)).slope
    return statistics.median(mib for _second, mib in half), slope * 3600


def compared(
    those: Sequence[tuple[User, list[str]]],
    site: Site,
    bare: tuple[int, Mapping[str, str]],
    seed: int,
    minutes: float,
    bare_seconds: float,
) -> dict[str, Any]:
    """Bare, mixed, bare; what each gave, and whether the bounds held."""
    port, cookies = bare

    def alone() -> Seen:
        nobody = [Caller(port, cookies, Random(seed)) for _one in those]
        return asking(nobody, bare_seconds, warm=bare_seconds / 4)

    lines = Line.objects.count()
    before = alone()
    mixed = asking(
        callers(those, site.port, seed), minutes * 60, site=site, warm=WARM_SECONDS * (minutes >= 1)
    )
    after = alone()
    share = mixed.rate / ((before.rate + after.rate) / 2)
    spread = mixed.at(0.95) / mixed.at(0.5)
    mib, slope = growth(mixed.memory)
    written = Line.objects.count() - lines
    return {
        "people": len(those),
        "minutes": minutes,
        "bare_a_second": [round(before.rate, 1), round(after.rate, 1)],
        "mixed_a_second": round(mixed.rate, 1),
        "share": round(share, 3),
        "p50_ms": mixed.at(0.5),
        "p95_ms": mixed.at(0.95),
        "p99_ms": mixed.at(0.99),
        "spread": round(spread, 2),
        "by_page": {
            name: {
                "asked": len(rows),
                "p50_ms": mixed.at(0.5, name),
                "p95_ms": mixed.at(0.95, name),
            }
            for name, rows in sorted(mixed.took.items())
        },
        "memory_mib": round(mib),
        "memory_mib_an_hour": round(slope, 1),
        "lines_of_the_log": written,
        "wrong": dict((before.wrong + mixed.wrong + after.wrong).most_common(20)),
        "held": share >= SHARE
        and spread <= SPREAD
        and slope / 2 <= GROWTH * mib
        and not mixed.wrong
        and written > 0,
    }


def run(trials: int, seed: int, *, minutes: float = MINUTES) -> dict[str, Any]:
    """So many files, and both sites on the same machine."""
    those = planted(trials, PEOPLE)
    with (
        tempfile.TemporaryDirectory(prefix="yihu-load-") as folder,
        bare_site(trials, WORKERS) as bare,
        served(Path(folder), "web", more={"YIHU_TODAY": f"{TODAY}"}, workers=WORKERS) as site,
    ):
        return {"files": trials, **compared(those, site, bare, seed, minutes, BARE_SECONDS)}
