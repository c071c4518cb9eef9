"""C8: a row of the HR system closes the account, a dated one at 00:00 in Shanghai (§6.3.4).

Every leaver's next request is refused, at most 15 minutes after the row (the job runs each minute),
no account outlives its post, and nothing is carried along by a transfer.
"""

import json
import random
import time
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse

from yihu.access.actions import open_account
from yihu.access.leavers import reconcile
from yihu.access.models import RoleAssignment, User
from yihu.access.rules import Role
from yihu.handover.tokens import issue
from yihu.kit.clock import SHANGHAI, now, today
from yihu.org.actions import apply_personnel_events, employ
from yihu.org.models import OrgUnit, Staff
from yihu.org.rules import UnitKind

FIGURE, TRIALS, SEED = "C8", 60, 8
BOUND_SECONDS = 15 * 60
JOB_SECONDS = 60


def run(trials: int, seed: int) -> dict[str, Any]:
    """That many people leave; what became of their accounts."""
    found = measure(trials, seed)
    held = (
        found["refused_after"] == trials
        and found["let_in_before"] == trials
        and found["seconds_to_close"] + JOB_SECONDS <= BOUND_SECONDS
        and found["closed_at_235959"] == 0
        and found["closed_at_000000"] == found["dated"]
        and found["roles_carried_along"] == 0
        and found["orphans"] == 0
        and found["planted_orphan_found"]
    )
    return {**found, "held": held}


def measure(trials: int, seed: int) -> dict[str, Any]:
    """A third each: retired, left and transferred; half by a row for today, half dated."""
    rng = random.Random(seed)
    gd, fj = (
        OrgUnit.objects.create(code=code, name=code, short_name=code, kind=UnitKind.SUBSIDIARY)
        for code in ("GD", "FJ")
    )
    password = make_password("Proof-of-leaving-2026")
    people = []
    for number in range(trials):
        staff, _new = employ(gd, employee_no=f"GD{number:04d}", name=f"试验{number}号")
        user = open_account(
            None,
            staff,
            username=staff.employee_no,
            name=staff.name,
            password_hash=password,
            roles=[(rng.choice([Role.FILLER, Role.REVIEWER, Role.READER]), gd)],
            since=date(2026, 1, 1),
        )
        client = Client(SERVER_NAME="localhost")
        client.force_login(user)
        people.append((user, client))
    let_in = sum(client.get("/password/").status_code == 200 for _user, client in people)
    day = today() + timedelta(days=1)
    rows = []
    for place, (user, _client) in enumerate(people):
        kind = ("retire", "leave", "transfer")[place % 3]
        row = {
            "unit": "GD",
            "employee_no": user.username,
            "kind": kind,
            "effective_on": str(day if place % 2 else today()),
        }
        rows.append({**row, "other_unit": "FJ"} if kind == "transfer" else row)
    dated = [user.pk for place, (user, _client) in enumerate(people) if place % 2]
    begun = time.perf_counter()
    answer = Client(SERVER_NAME="localhost").post(
        reverse("handover:api-personnel"),
        json.dumps(rows),
        content_type="application/json",
        headers={"Authorization": f"Bearer {issue('HR', at=now())}", "Idempotency-Key": "proof-c8"},
    )
    seconds = time.perf_counter() - begun
    assert answer.status_code == 200, answer.content.decode()

    def closed() -> int:
        return User.objects.filter(pk__in=dated, is_active=False).count()

    eve = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) - timedelta(seconds=1)
    apply_personnel_events(today=eve.date(), now=eve)
    before = closed()
    midnight = eve + timedelta(seconds=1)
    apply_personnel_events(today=midnight.date(), now=midnight)
    refused = sum(client.get("/password/").status_code == 302 for _user, client in people)
    carried = RoleAssignment.objects.filter(user__staff__unit=fj).count()
    arrived = Staff.objects.filter(unit=fj, status="active").count()
    orphans = len(reconcile(at=now()))
    User.objects.filter(pk=people[0][0].pk).update(is_active=True)  # past every door
    return {
        "trials": trials,
        "let_in_before": let_in,
        "applied_at_once": answer.json()["applied"],
        "seconds_to_close": round(seconds, 3),
        "dated": len(dated),
        "closed_at_235959": before,
        "closed_at_000000": closed(),
        "refused_after": refused,
        "transferred": arrived,
        "roles_carried_along": carried,
        "orphans": orphans,
        "planted_orphan_found": reconcile(at=now()) == [people[0][0].username],
    }
