"""C7: what was revoked is refused to every request that starts after the commit, on each channel.

For each trial somebody is let in (the control); then two threads ask and ask again while a third
commits the revocation. Whatever was asked after the commit is judged; each asker asks at least once
after it. Channels: a session's cookie, a job's ticket, a grant, a token of the HR system.
"""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.grants.test_actions import WIDE, House, agreed, asked, opened, ruled
from yihu.access.ending import end_all
from yihu.access.entering import for_bearer, for_group, for_person, ticket
from yihu.access.rules import Role
from yihu.grants.actions import end
from yihu.handover.tokens import issue, revoke
from yihu.kit.clock import now
from yihu.org.models import OrgUnit

FIGURE, TRIALS, SEED = "C7", 1000, 7
ASKERS = 2
FILES = "SELECT count(*) FROM dossiers_dossier WHERE unit_id = %s"
Trial = tuple[Callable[[], bool], Callable[[], object]]
"""Ask (true: let in) and revoke; each is called in a thread of its own."""


def files_there(unit_id: int) -> bool:
    """Whether whoever this is finds a file of the unit."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FILES, [unit_id])
        found = cursor.fetchone()
    return bool(found and found[0])


def house() -> House:
    """A unit that opens a file to somebody elsewhere, with all the hands that it takes."""
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    asker = plant.person(Role.FILLER, fj)
    assert asker.staff is not None
    asker.staff.post = WIDE.post
    asker.staff.save()
    made = House(
        gd=gd,
        fj=fj,
        asker=asker,
        steward=plant.person(Role.STEWARD, gd),
        second=plant.person(Role.STEWARD, gd),
        itc=plant.person(Role.ITC),
        file=plant.dossier(gd),
    )
    ruled(made, WIDE)
    return made


def by_session(unit: OrgUnit, _number: int) -> Trial:
    """A page by a cookie; the account ends."""
    user = plant.person(Role.FILLER, unit)
    client = Client()
    client.force_login(user)
    cookies = client.cookies.copy()

    def ask() -> bool:
        browser = Client()
        browser.cookies = cookies.copy()
        return browser.get(reverse("password")).status_code == 200

    return ask, lambda: end_all([user.pk], now())


def by_ticket(unit: OrgUnit, number: int) -> Trial:
    """A job by the ticket of who asked for it; the account ends."""
    user = plant.person(Role.FILLER, unit)
    given = ticket(user.pk, "intake.commit", str(number))

    def ask() -> bool:
        with for_bearer(given, "intake.commit", str(number)):
            return files_there(unit.pk)

    return ask, lambda: end_all([user.pk], now())


def by_token(_unit: OrgUnit, number: int) -> Trial:
    """A call of the HR system; its token is revoked."""
    label = f"HR{number}"
    headers = {"Authorization": f"Bearer {issue(label, at=now())}"}

    def ask() -> bool:
        answer = Client().post(
            reverse("handover:api-personnel"),
            "[]",
            content_type="application/json",
            headers=headers,
        )
        return answer.status_code != 401

    return ask, lambda: revoke(label, at=now())


def by_grant(among: House) -> Trial:
    """Reading another unit's file by a grant; its owner ends it."""
    grant = opened(among, agreed(among, asked(among)))

    def ask() -> bool:
        with for_person(among.asker.pk):
            return files_there(among.gd.pk)

    def revoke_it() -> None:
        with for_person(among.steward.pk):
            end(among.steward, grant, reason="证明", at=now())

    return ask, revoke_it


def one(pool: ThreadPoolExecutor, trial: Trial) -> tuple[bool, list[bool], float]:
    """Let in before; what each request after the commit got; seconds to the last one let in."""
    ask, revoke_it = trial
    before = ask()
    gate, over = Barrier(ASKERS + 1), Event()

    def asking() -> list[tuple[float, float, bool]]:
        gate.wait()
        seen: list[tuple[float, float, bool]] = []
        last = False
        while not last:
            last = over.is_set()
            began = time.perf_counter()
            let_in = ask()
            seen.append((began, time.perf_counter(), let_in))
        return seen

    def revoking() -> float:
        gate.wait()
        try:
            with for_group():
                revoke_it()
        finally:
            committed = time.perf_counter()
            over.set()
        return committed

    asks = [pool.submit(asking) for _n in range(ASKERS)]
    committed = pool.submit(revoking).result()
    seen = [one for each in asks for one in each.result()]
    after = [let_in for began, _ended, let_in in seen if began > committed]
    late = max((ended for _began, ended, let_in in seen if let_in), default=committed)
    return before, after, max(0.0, late - committed)


def run(trials: int, seed: int) -> dict[str, Any]:
    """A quarter of the trials on each channel."""
    among = house()
    unit = plant.unit("ZJ", region="330000")
    plant.dossier(unit)
    channels: dict[str, Callable[[int], Trial]] = {
        "session": lambda number: by_session(unit, number),
        "ticket": lambda number: by_ticket(unit, number),
        "token": lambda number: by_token(unit, number),
        "grant": lambda _number: by_grant(among),
    }
    refused: Counter[str] = Counter()
    let_in_before = judged = 0
    slowest = 0.0
    each = trials // len(channels)
    with ThreadPoolExecutor(ASKERS + 1) as pool:
        for name, prepare in channels.items():
            for number in range(each):
                before, after, late = one(pool, prepare(number))
                let_in_before += before
                judged += len(after)
                refused[name] += bool(after) and not any(after)
                slowest = max(slowest, late)
        gate = Barrier(ASKERS + 1)
        for _n in range(ASKERS + 1):
            pool.submit(lambda: (gate.wait(), connections.close_all()))
    return {
        "trials": each * len(channels),
        "let_in_before": let_in_before,
        "requests_after_the_commit": judged,
        "trials_with_all_of_them_refused": dict(refused),
        "seconds_until_the_last_begun_before_was_answered": round(slowest, 3),
        "found": each * len(channels) - refused.total(),
        "held": refused.total() == let_in_before == each * len(channels),
    }
