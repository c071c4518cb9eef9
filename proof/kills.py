"""kill -9 of the web, the worker and PostgreSQL at random moments: what was acknowledged is there.

Clerks save, approve, import (small ledgers at once, large ones by jobs) and upload by HTTP all the
while, and a real receiver takes the webhooks. A round kills one thing at a moment that the seed
decides, starts it again, and asks at once whether all is there that anybody was told was done.
When all rounds are over and the queue is empty, everything is asked again: no half ledger, no
version or duty twice, the log's chain, every version's chain and every stored file verify, no job
failed, each event was taken at least once and in order per file. Control: something waited to be
lost in each kind of work.
"""

import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Event, Lock, Thread
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, connections

from proof._clerks import LARGE_ROWS, Approver, Clerk, Importer, Saver, Uploader
from proof._patience import patient
from proof._site import Site, eventually, served, signed_in
from tests.dossiers.files import TODAY, complete_dossier, desk
from tests.installation import ROOT
from tests.outbox.scene import Receiver, open_endpoint, receiver, signed
from yihu.access.entering import for_group
from yihu.audit.models import Event as Line
from yihu.duties.actions import load_first_policy, refresh
from yihu.kit.postgres import Cluster
from yihu.outbox.choices import Sent
from yihu.outbox.models import Delivery, Endpoint

FIGURE, TRIALS, SEED = "kill -9", 100, 9
VICTIMS = ("web", "worker", "database", "backend")
MOMENT_SECONDS = (0.2, 2.0)
SETTLE_SECONDS = 400
"""A job whose worker was killed is taken up after a minute by the clock, a lane after its wait."""
TWICE = """
SELECT count(*) FROM (
    SELECT FROM duties_duty WHERE dropped_at IS NULL
    GROUP BY unit_id, dossier_id, kind, period_start, period_end, source, subject_id
    HAVING count(*) > 1) AS d
"""
DUTIES = "SELECT count(*) FROM duties_duty"
QUEUE = """
SELECT task_name || ': ' || status, count(*) FROM procrastinate_jobs
WHERE status IN ('doing', 'failed', 'aborted')
    OR status = 'todo' AND (scheduled_at IS NULL OR scheduled_at < now())
GROUP BY 1
"""


def asked(sql: str) -> list[tuple[Any, ...]]:
    """Rows of a statement, read for the group."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def staff_of(site: Site, seed: int) -> list[Clerk]:
    """Two who type, one pair that approves, two who import, one who uploads."""
    gd = desk()
    load_first_policy()
    files = [complete_dossier(gd) for _n in range(4)]
    filler, reviewer = signed_in(gd.filler, site), signed_in(gd.reviewer, site)

    def chance(name: str) -> Random:
        return Random(f"{seed}.{name}")

    return [
        Saver(filler, chance("one"), file=files[0]),
        Saver(filler, chance("two"), file=files[1]),
        Approver(filler, chance("three"), file=files[2], reviewer=reviewer),
        Importer(filler, chance("four"), unit_id=gd.unit.pk),
        Importer(filler, chance("five"), unit_id=gd.unit.pk, rows=LARGE_ROWS),
        Uploader(filler, chance("six"), file=files[3]),
    ]


@contextmanager
def at_work(clerks: Sequence[Clerk], faults: list[str]) -> Iterator[Callable[[], None]]:
    """All of them at once until the end; a broken connection is waited out. Inside: `check`.

    What breaks the proof itself, and not the house, is kept among the faults.
    """
    over, lock = Event(), Lock()

    def work(clerk: Clerk) -> None:
        while not over.wait(0.05):
            told = len(clerk.told)
            try:
                with for_group():
                    clerk.act()
            except (DatabaseError, InterfaceError):
                connection.close()
            except Exception as why:
                with lock:
                    faults.append(f"{clerk.name}: {why!r}")
                return
            if len(clerk.told) == told:
                over.wait(0.5)
        connections.close_all()

    def check() -> None:
        with lock:
            if faults:
                raise AssertionError(faults)

    threads = [Thread(target=work, args=[clerk], daemon=True) for clerk in clerks]
    for thread in threads:
        thread.start()
    try:
        yield check
    finally:
        over.set()
        for thread in threads:
            thread.join(60)


def kill(site: Site, victim: str, chance: Random) -> list[str]:
    """One of them is killed and started again; which others ended with it and were started too."""
    if victim == "database":
        site.kill_database()
        site.start_database()
    elif victim == "backend":
        site.kill_backend(chance.choice)
    else:
        site.kill(victim)
        site.start(victim)
    eventually(lambda: asked("SELECT 1"))
    assert eventually(site.answers), f"the web does not come back after {victim}"
    time.sleep(0.3)
    with_it = site.gone()
    for name in with_it:
        site.kill(name)
    site.start(*with_it)
    return with_it


def missing_among(clerks: Sequence[Clerk], since: Sequence[int]) -> list[str]:
    """What anybody was told, and is not there."""
    with for_group():
        return [said for clerk, start in zip(clerks, since, strict=True)
                for said in clerk.missing(start)]  # fmt: skip


def idle(clerks: Sequence[Clerk]) -> bool:
    """Whether nothing has still to be done by a job."""
    with for_group():
        return (
            all(clerk.settled() for clerk in clerks)
            and not Delivery.objects.filter(state=Sent.WAITING).exists()
            and not [what for what, _count in asked(QUEUE) if "failed" not in what]
        )


def settle(clerks: Sequence[Clerk], seconds: float) -> bool:
    """Whether the queue is empty in time; what is published meanwhile counts."""
    quiet = 0

    def still() -> bool:
        nonlocal quiet
        quiet = quiet + 1 if idle(clerks) else 0
        time.sleep(1)
        return quiet > 12  # events are published every ten seconds

    return eventually(still, seconds)


def taken_amiss(taker: Receiver, secret: str) -> list[str]:
    """Events that the receiver lacks, took out of order or could not verify."""
    sent = list(Delivery.objects.order_by("published").values_list("published", flat=True))
    lanes: dict[str, list[int]] = defaultdict(list)
    for event in taker.events():
        lane = event["dossier"] or f"unit {event['unit']}"
        if event["number"] not in lanes[lane]:  # as a receiver drops what it has
            lanes[lane].append(event["number"])
    took = {number for numbers in lanes.values() for number in numbers}
    found = [f"event {number} was not taken" for number in sent if number not in took]
    found += [f"{lane} out of order" for lane, seen in lanes.items() if seen != sorted(seen)]
    found += ["a signature does not verify"
              for line in taker.lines() if not signed(line, secret)]  # fmt: skip
    states = Counter(Endpoint.objects.values_list("state", flat=True))
    return found + ([] if states == {"open": 1} else [f"endpoints {dict(states)}"])


def verify(site: Site) -> list[str]:
    """What `yihu verify` finds amiss in versions, stored files and the log, as its command."""
    found = []
    for what in (["records"], []):
        done = subprocess.run(
            [sys.executable, "-m", "yihu.site.main", "verify", *what],
            env=site.environment, cwd=ROOT, text=True, capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            found.append((done.stdout + done.stderr).strip()[-500:])
    return found


def amiss_at_the_end(
    site: Site, clerks: Sequence[Clerk], taker: Receiver, secret: str
) -> list[str]:
    """Everything that may not be, whatever was killed."""
    found = missing_among(clerks, [0] * len(clerks))
    with for_group():
        found += [f"unsettled: {clerk.name}" for clerk in clerks if not clerk.settled()]
        found += [said for clerk in clerks for said in clerk.wrong()]
        found += [f"the queue has {count} × {what}" for what, count in asked(QUEUE)]
        found += [f"{count} duties twice" for (count,) in asked(TWICE) if count]
        refresh(TODAY)
        planned = asked(DUTIES)
        refresh(TODAY)
        found += ["planning again made more duties"] * (asked(DUTIES) != planned)
        found += taken_amiss(taker, secret)
    return found + verify(site)


def run(
    trials: int,
    seed: int,
    *,
    cluster: Cluster | None = None,
    settle_seconds: float = SETTLE_SECONDS,
) -> dict[str, Any]:
    """So many rounds; `cluster`: the PostgreSQL that may be killed, without one it is spared."""
    chance = Random(seed)
    lost: list[str] = []
    faults: list[str] = []
    killed: Counter[str] = Counter()
    followed: Counter[str] = Counter()
    jobs: set[int] = set()
    slowest = 0.0
    victims = VICTIMS if cluster is not None else VICTIMS[:2]
    settings.OUTBOUND_HOSTS = ["localhost"]
    with (
        tempfile.TemporaryDirectory(prefix="yihu-kills-") as folder,
        receiver(Path(folder)) as taker,
        patient() as go_on,
        served(Path(folder), "web", "worker", more={"YIHU_TODAY": f"{TODAY}"},
               cluster=cluster) as site,
    ):  # fmt: skip
        _endpoint, secret, _itc = open_endpoint(taker.url)
        clerks = staff_of(site, seed)
        refresh(TODAY)
        checked = [0] * len(clerks)
        with at_work(clerks, faults) as check:
            for turn in range(trials):
                if not go_on():
                    break
                victim = victims[turn % len(victims)] if turn < 4 else chance.choice(victims)
                time.sleep(chance.uniform(*MOMENT_SECONDS))
                told = [len(clerk.told) for clerk in clerks]
                began = time.monotonic()
                followed.update(kill(site, victim, chance))
                slowest = max(slowest, time.monotonic() - began)
                killed[victim] += 1
                with for_group():
                    jobs |= {number for (number,) in asked("SELECT id FROM procrastinate_jobs")}
                lost += [f"round {turn} ({victim}): {said}"
                         for said in missing_among(clerks, checked)]  # fmt: skip
                checked = told
                check()
        began = time.monotonic()
        amiss = [] if settle(clerks, settle_seconds) else ["the queue did not empty"]
        settled = time.monotonic() - began
        amiss += amiss_at_the_end(site, clerks, taker, secret)
        told_of = Counter[str]()
        tried = Counter[str]()
        for clerk in clerks:
            told_of[clerk.name] += len(clerk.told)
            tried[clerk.name] += clerk.tried
        return {
            "trials": killed.total(),
            "killed": dict(killed),
            "ended_with_it_and_started_again": dict(followed),
            "longest_until_it_served_again_s": round(slowest, 1),
            "jobs_seen_in_the_queue": len(jobs),
            "queue_empty_after_s": round(settled, 1),
            "acknowledged": dict(told_of),
            "tried": dict(tried),
            "webhooks_taken": len(taker.lines()),
            "events": Delivery.objects.count(),
            "lines_of_the_log": Line.objects.count(),
            "lost": lost[:20],
            "amiss": amiss[:20],
            "held": not lost and not amiss and min(told_of.values()) > 0
            and bool(jobs)
            and killed.total() == trials,
        }  # fmt: skip
