"""C7, its part of exports: one under way stops within 5 s of the revocation; its file is gone.

Each trial agrees to an export that would take minutes, lets its job begin in a thread, revokes in
another connection as soon as rows flow, and takes the time from that commit to the job's end; a
second one was ready before and must lie nowhere after. Control: without a revocation the same job
ends with its file.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from django.db import connections, transaction
from django.test import Client

from tests import plant
from tests.dossiers.files import TODAY, complete_dossier, desk
from tests.exports.taking import take
from yihu.access.ending import end_all
from yihu.access.entering import for_group, ticket
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier
from yihu.exports import actions, jobs, kinds
from yihu.exports.models import Takeout, TakeoutFile
from yihu.exports.rules import State
from yihu.kit.clock import now

FIGURE, TRIALS, SEED = "C7", 20, 7
KIND, ROWS, PAUSE = "reports.dossier", 60_000, 0.001
"""A minute and more of rows."""


def agreed(asker: User, file: Dossier, steward: User) -> Takeout:
    """A request that waited and was agreed to."""
    client = Client()
    client.force_login(asker)
    assert take(client, "reports:dossier", file.pk).status_code == 409
    row = Takeout.objects.get(by=asker, state=State.WAITING)
    return actions.decide(steward, row.pk, agree=True, reason="同意", at=now())


def stopped(row: Takeout, flowing: Event) -> float:
    """Seconds from the commit of the revocation to the end of the job."""

    def job() -> float:
        try:
            with for_group():
                jobs.make(str(row.pk), ticket(row.by_id, jobs.TASK, str(row.pk)))
            return time.monotonic()
        finally:
            connections.close_all()

    flowing.clear()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(job)
        assert flowing.wait(30)
        with transaction.atomic():
            end_all([row.by_id], now())
        committed = time.monotonic()
        return running.result(timeout=120) - committed


def run(trials: int, seed: int) -> dict[str, Any]:
    """Revoke under way; the longest time, and what was left."""
    gd = desk()
    file = complete_dossier(gd)
    Dossier.objects.filter(pk=file.pk).update(secrecy="core")
    steward = plant.person(Role.STEWARD, gd.unit)
    real, flowing = kinds.kind_of(KIND), Event()
    count = {"rows": 600}

    def produce(work: kinds.Work) -> kinds.Made:
        def slowly() -> Any:
            for number in range(count["rows"]):
                if number == 10:
                    flowing.set()
                time.sleep(PAUSE)
                yield number

        rows = sum(1 for _row in work.watched(slowly()))
        return kinds.Made(b"x" * 1000, "x.bin", "application/octet-stream", rows)

    kinds.contribute(kinds.Kind(real.code, real.label, real.measure, produce))
    took: list[float] = []
    left = 0
    try:
        other = plant.person(Role.FILLER, gd.unit)
        control = agreed(other, file, steward)
        jobs.make(str(control.pk), ticket(other.pk, jobs.TASK, str(control.pk)))
        made = TakeoutFile.objects.filter(takeout=control).count()
        for _trial in range(trials):
            asker = plant.person(Role.FILLER, gd.unit)
            count["rows"] = 600
            before = agreed(asker, file, steward)
            actions.make(asker, before.pk, at=now(), today=TODAY)
            count["rows"] = ROWS
            took.append(stopped(agreed(asker, file, steward), flowing))
            left += TakeoutFile.objects.filter(takeout__by=asker).count()
            left += Takeout.objects.filter(by=asker).exclude(state=State.DESTROYED).count()
    finally:
        kinds.contribute(real)
    return {
        "trials": trials,
        "longest_s": round(max(took), 3),
        "median_s": round(sorted(took)[len(took) // 2], 3),
        "files_or_requests_left": left,
        "control_made": made,
        "held": max(took) <= 5 and left == 0 and made == 1,
    }
