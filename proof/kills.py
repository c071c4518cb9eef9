"""kill -9 of the web, the worker and PostgreSQL at random moments: what was acknowledged is there.

Clerks save, approve, import (small ledgers at once, large ones by jobs) and upload by HTTP all the
while, and a real receiver takes the webhooks. A round kills one thing at a moment that the seed
decides, starts it again, and asks at once whether all is there that anybody was told was done.
When all rounds are over and the queue is empty, everything is asked again: no half ledger, no
version or duty twice, the log's chain, every version's chain and every stored file verify, no job
failed, each event was taken at least once and in order per file. Control: something waited to be
lost in each kind of work.
"""

import io
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, InterfaceError, connection, connections
from procrastinate.contrib.django import app

from proof._clerks import LARGE_ROWS, Approver, Clerk, Importer, Saver, Uploader
from proof._patience import patient
from proof._site import Site, eventually, insist, served, signed_in
from tests.dossiers.files import TODAY, complete_dossier, desk
from tests.outbox.scene import Receiver, open_endpoint, receiver, signed
from yihu.access.entering import for_group
from yihu.audit.models import Event as Line
from yihu.duties.actions import load_first_policy, refresh
from yihu.kit.postgres import Cluster
from yihu.outbox.choices import Sent
from yihu.outbox.jobs import publish
from yihu.outbox.models import Delivery, Endpoint
from yihu.site.management.commands.worker import connector, know_jobs

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
JOBS = "SELECT id FROM procrastinate_jobs"
DUTIES = "SELECT count(*) FROM duties_duty"
QUEUE = """
SELECT task_name || ': ' || status, count(*) FROM procrastinate_jobs
WHERE status IN ('doing', 'failed', 'aborted')
    OR status = 'todo' AND (scheduled_at IS NULL OR scheduled_at < now())
GROUP BY 1
"""


def asked(sql: str) -> list[tuple[Any, ...]]:
    """Rows of a statement, read for the group."""
    with for_group(), connection.cursor() as cursor:
        cursor.execute(sql)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def there() -> bool:
    """Whether the database answers."""
    return asked("SELECT 1") == [(1,)]


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
def at_work(clerks: Sequence[Clerk], faults: list[str]) -> Iterator[None]:
    """All of them at once until the end; a broken connection is waited out.

    What breaks the proof itself, and not the house, is kept among the faults.
    """
    over = Event()

    def work(clerk: Clerk) -> None:
        while not over.wait(0.05):
            told = len(clerk.told)
            try:
                with for_group():
                    clerk.act()
            except (DatabaseError, InterfaceError, psycopg.Error):
                connections.close_all()
            except Exception as why:
                faults.append(f"{clerk.name}: {why!r}")
                traceback.print_exc()
                break
            if len(clerk.told) == told:
                over.wait(0.5)
        connections.close_all()

    threads = [Thread(target=work, args=[clerk], daemon=True) for clerk in clerks]
    for thread in threads:
        thread.start()
    try:
        yield
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
    insist(there)
    assert eventually(site.answers), f"the web does not come back after {victim}"
    time.sleep(0.3)
    return site.keep()


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


def settle(site: Site, clerks: Sequence[Clerk], seconds: float) -> bool:
    """Whether the queue is empty in time; what is published meanwhile counts."""
    quiet = 0

    def still() -> bool:
        nonlocal quiet
        site.keep()
        quiet = quiet + 1 if idle(clerks) else 0
        time.sleep(1)
        return quiet > 12  # events are published every ten seconds

    return eventually(still, seconds)


@contextmanager
def without_clock() -> Iterator[None]:
    """Nothing comes by itself: a worker does what was asked for, and no more."""
    registry = app.periodic_registry
    kept, registry.periodic_tasks = registry.periodic_tasks, {}
    try:
        yield
    finally:
        registry.periodic_tasks = kept


def drain(clerks: Sequence[Clerk], turns: int = 10) -> bool:
    """The same without a worker of its own: one in this process, which ends when nothing waits."""
    know_jobs()
    for _turn in range(turns):
        publish(0)
        with app.replace_connector(connector()) as working, without_clock():
            working.run_worker(concurrency=4, wait=False, delete_jobs="successful",
                               listen_notify=False, install_signal_handlers=False)  # fmt: skip
        if idle(clerks):
            return True
    return False


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


def verify() -> list[str]:
    """What `yihu verify` finds amiss in versions, the log and stored files."""
    found = []
    for what in (["records"], []):
        said = io.StringIO()
        try:
            call_command("verify", *what, stdout=said)
        except CommandError as why:
            found.append(f"{said.getvalue()[-400:]} {why}")
    return found


@dataclass
class Stage:
    """A served site with clerks at work, and whoever takes its webhooks."""

    site: Site
    clerks: list[Clerk]
    taker: Receiver
    secret: str
    faults: list[str] = field(default_factory=list)

    def amiss(self) -> list[str]:
        """Everything that may not be, whatever was broken."""
        found = missing_among(self.clerks, [0] * len(self.clerks))
        with for_group():
            found += [f"unsettled: {clerk.name}" for clerk in self.clerks if not clerk.settled()]
            found += [said for clerk in self.clerks for said in clerk.wrong()]
            found += [f"the queue has {count} × {what}" for what, count in asked(QUEUE)]
            found += [f"{count} duties twice" for (count,) in asked(TWICE) if count]
            refresh(TODAY)
            planned = asked(DUTIES)
            refresh(TODAY)
            found += ["planning again made more duties"] * (asked(DUTIES) != planned)
            found += taken_amiss(self.taker, self.secret)
        return found + verify() + self.faults

    def counts(self) -> dict[str, Any]:
        """What was tried and acknowledged, and what came of it."""
        told, tried = Counter[str](), Counter[str]()
        for clerk in self.clerks:
            told[clerk.name] += len(clerk.told)
            tried[clerk.name] += clerk.tried
        return {
            "acknowledged": dict(told),
            "tried": dict(tried),
            "webhooks_taken": len(self.taker.lines()),
            "events": Delivery.objects.count(),
            "lines_of_the_log": Line.objects.count(),
        }


@contextmanager
def stage(seed: int, *names: str, cluster: Cluster | None) -> Iterator[Stage]:
    """These processes up on a database with clerks, and a receiver."""
    settings.OUTBOUND_HOSTS = ["localhost"]
    with (
        tempfile.TemporaryDirectory(prefix="yihu-stage-") as folder,
        receiver(Path(folder)) as taker,
        served(
            Path(folder), *names, more={"YIHU_TODAY": f"{TODAY}"}, cluster=cluster, forked=True
        ) as site,
    ):
        _endpoint, secret, _itc = open_endpoint(taker.url)
        clerks = staff_of(site, seed)
        refresh(TODAY)
        yield Stage(site, clerks, taker, secret)


@dataclass
class Rounds:
    """What the rounds did: who was killed, what ended with it, what was lost."""

    killed: Counter[str] = field(default_factory=Counter)
    followed: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    jobs: set[int] = field(default_factory=set)
    slowest: float = 0.0


def rounds(on: Stage, trials: int, seed: int, victims: Sequence[str]) -> Rounds:
    """So many, each with one victim; every victim has its turn, then the seed decides."""
    chance, found = Random(seed), Rounds()
    checked = [0] * len(on.clerks)
    with patient() as go_on, at_work(on.clerks, on.faults):
        for turn in range(trials):
            if not go_on() or on.faults:
                break
            victim = victims[turn] if turn < len(victims) else chance.choice(victims)
            time.sleep(chance.uniform(*MOMENT_SECONDS))
            told = [len(clerk.told) for clerk in on.clerks]
            found.followed.update(on.site.keep())
            began = time.monotonic()
            found.followed.update(kill(on.site, victim, chance))
            found.slowest = max(found.slowest, time.monotonic() - began)
            found.killed[victim] += 1
            found.jobs |= {number for (number,) in insist(partial(asked, JOBS))}
            missing = insist(partial(missing_among, on.clerks, checked))
            found.lost += [f"round {turn} ({victim}): {said}" for said in missing]
            checked = told
    return found


def run(trials: int, seed: int, *, cluster: Cluster) -> dict[str, Any]:
    """So many rounds, and everything asked again at the end."""
    with stage(seed, "web", "worker", cluster=cluster) as on:
        found = rounds(on, trials, seed, VICTIMS)
        began = time.monotonic()
        amiss = [] if settle(on.site, on.clerks, SETTLE_SECONDS) else ["the queue did not empty"]
        settled = time.monotonic() - began
        amiss += on.amiss()
        counts = on.counts()
    return {
        "trials": found.killed.total(),
        "killed": dict(found.killed),
        "ended_with_it_and_started_again": dict(found.followed),
        "longest_until_it_served_again_s": round(found.slowest, 1),
        "jobs_seen_in_the_queue": len(found.jobs),
        "queue_empty_after_s": round(settled, 1),
        **counts,
        "lost": found.lost[:20],
        "amiss": amiss[:20],
        "held": not found.lost
        and not amiss
        and min(counts["acknowledged"].values()) > 0
        and bool(found.jobs)
        and found.killed.total() == trials,
    }
