"""C17: links to files that were taken out, tried by others, too late, after a revocation, twice.

Each trial draws a link of its own and tries it in one of the ways that must not work; control: the
asker's own first try in time works, in the same number of trials.
"""

import random
from collections import Counter
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.dossiers.files import TODAY, complete_dossier, desk
from tests.exports.taking import take
from yihu.access.ending import end_all
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.scope import Unreachable
from yihu.dossiers.models import Dossier
from yihu.exports import actions
from yihu.exports.models import Link, Takeout, TakeoutFile
from yihu.kit.clock import now

FIGURE, TRIALS, SEED = "C17", 1000, 17
WAYS = ("somebody else", "too late", "after the revocation", "twice", "a guess")


class Undo(Exception):
    """Nothing of a trial stays for the next one."""


def outcome(by: User, secret: str, at: Any) -> str:
    """What the hand-over says."""
    try:
        actions.fetch(by, secret, at=at)
    except actions.Gone:
        return "gone"
    except Unreachable:
        return "not there"
    return "handed over"


def run(trials: int, seed: int) -> dict[str, Any]:
    """Try, count what opened."""
    chance = random.Random(seed)
    gd = desk()
    file = complete_dossier(gd)
    Dossier.objects.filter(pk=file.pk).update(secrecy="core")
    steward, other = (plant.person(role, gd.unit) for role in (Role.STEWARD, Role.FILLER))
    owner = Client()
    owner.force_login(gd.filler)
    assert take(owner, "reports:dossier", file.pk).status_code == 409
    row = Takeout.objects.get()
    actions.decide(steward, row.pk, agree=True, reason="同意", at=now())
    actions.make(gd.filler, row.pk, at=now(), today=TODAY)
    row.refresh_from_db()
    counts: Counter[str] = Counter()
    opened: list[str] = []
    controls = 0
    for trial in range(trials):
        way = WAYS[trial % len(WAYS)]
        try:
            with transaction.atomic():
                at = now()
                secret = actions.draw_link(gd.filler, row, at=at)
                if outcome(gd.filler, secret, at) == "handed over":
                    controls += 1
                if way != "twice":
                    secret = actions.draw_link(gd.filler, row, at=at)
                who, when = gd.filler, at
                if way == "somebody else":
                    who = chance.choice((steward, other))
                elif way == "too late":
                    when = at + timedelta(hours=24, seconds=chance.randrange(10**6))
                elif way == "after the revocation":
                    end_all([gd.filler.pk], at)
                elif way == "a guess":
                    secret = f"{secret[:-1]}{'A' if secret[-1] != 'A' else 'B'}"
                said = outcome(who, secret, when)
                counts[f"{way}: {said}"] += 1
                if said == "handed over":
                    opened.append(way)
                if way == "after the revocation":
                    assert not Link.objects.exists()
                    assert not TakeoutFile.objects.exists()
                raise Undo
        except Undo:
            pass
    secret = actions.draw_link(gd.filler, row, at=now())
    address = reverse("exports:fetch", args=[secret])
    stranger = Client()
    stranger.force_login(steward)
    by_page = [who.get(address).status_code for who in (Client(), stranger, owner, owner)]
    return {
        "trials": trials,
        "tried": dict(counts),
        "opened": len(opened),
        "controls_that_opened": controls,
        "by_the_page": by_page,
        "held": not opened and controls == trials and by_page == [302, 404, 200, 410],
    }
