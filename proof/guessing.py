"""C18: guessing passwords, and whether an answer's time tells known names from unknown ones.

Times are taken of the door's own action, with the hash that is served at a fifth of its memory; all
else has a quick one. Controls: the same times are told apart when one side is 5 % slower, and when
unknown names are spared the hash. `bare_median_ms` and `bare_p` say what is left between the two
beside the hash, which only somebody on the machine itself could time.
"""

import math
import random
import time
from collections.abc import Sequence
from datetime import date
from statistics import median
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.test import Client, override_settings

from yihu.access.actions import open_account
from yihu.access.models import Password, SignInTry, User
from yihu.access.rules import Role
from yihu.access.signing.actions import _nobody
from yihu.access.signing.actions import knock as ask
from yihu.kit.clock import now

FIGURE, TRIALS, SEED = "C18", 1000, 18
GUESSES, HOURLY, OWNERS = 200, 20, 100
PASSWORD = "Right-password-2026"


class Quick(Argon2PasswordHasher):
    """The hash that is served, at a hundredth of its cost."""

    time_cost = 1
    memory_cost = 1024
    parallelism = 1


class Fifth(Argon2PasswordHasher):
    """The hash that is served, with a fifth of its memory."""

    memory_cost = Argon2PasswordHasher.memory_cost // 5


def rank_test(first: Sequence[float], second: Sequence[float]) -> float:
    """Two-sided p of Mann and Whitney's rank test, by its normal limit (n ≥ 20, ties averaged)."""
    marked = sorted([(x, 0) for x in first] + [(x, 1) for x in second])
    ranks, place, ties = 0.0, 0, 0.0
    while place < len(marked):
        end = place
        while end < len(marked) and marked[end][0] == marked[place][0]:
            end += 1
        size = end - place
        ties += size**3 - size
        ranks += (place + end + 1) / 2 * sum(1 for _x, side in marked[place:end] if side == 0)
        place = end
    n, m = len(first), len(second)
    u = ranks - n * (n + 1) / 2
    variance = n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1)))
    return math.erfc(abs(u - n * m / 2) / math.sqrt(2 * variance))


def somewhere(chance: random.Random) -> str:
    """Any address."""
    return ".".join(str(chance.randint(1, 254)) for _n in range(4))


def at_the_door(client: Client, username: str, password: str, address: str) -> int:
    """One try by the page: 200 is a wrong answer, 302 is in, 429 is asked to wait."""
    given = {"username": username, "password": password}
    return client.post("/sign-in/", given, REMOTE_ADDR=address).status_code


def plant(username: str) -> None:
    """A supervisor's account, with the right password."""
    open_account(
        None,
        None,
        username=username,
        name="证明",
        password_hash=make_password(PASSWORD),
        roles=[(Role.SUPERVISOR, None)],
        since=date(2026, 1, 1),
    )


def owners_in(number: int) -> int:
    """How many come in on a device of theirs while strangers are held off the account."""
    came_in = 0
    for n in range(number):
        name = f"owner{n}"
        plant(name)
        home = Client()
        before = at_the_door(home, name, PASSWORD, "10.0.0.1")
        home.post("/sign-out/")
        guesses = [at_the_door(Client(), name, "guess", "10.0.0.1") for _n in range(6)]
        after = at_the_door(home, name, PASSWORD, "10.0.0.1")
        came_in += (before, guesses[-1], after) == (302, 429, 302)
    return came_in


def timed(trials: int, chance: random.Random, prefix: str) -> dict[str, list[float]]:
    """Seconds of that many tries each with a wrong password, known and unknown in any order."""
    _nobody.cache_clear()  # its hash costs what hashes cost now
    encoded = make_password(PASSWORD)
    known = User.objects.bulk_create(
        User(username=f"{prefix}known{n:05d}", name="证明", password_usable=True)
        for n in range(trials)
    )
    Password.objects.bulk_create(Password(user=user, encoded=encoded) for user in known)
    plan = [(f"{prefix}{kind}{n:05d}", kind) for kind in ("known", "ghost") for n in range(trials)]
    chance.shuffle(plan)
    for n in range(20):
        ask(f"{prefix}warm{n}", "wrong", address="10.0.0.9", cookie="", at=now())
    times: dict[str, list[float]] = {"known": [], "ghost": []}
    for name, kind in plan:
        address, at = somewhere(chance), now()
        began = time.perf_counter()
        answer = ask(name, "wrong password", address=address, cookie="", at=at)
        times[kind].append(time.perf_counter() - began)
        assert answer.user is None
        assert not answer.wait
    return times


def milliseconds(times: dict[str, list[float]]) -> dict[str, float]:
    """The medians."""
    return {kind: round(median(seen) * 1000, 3) for kind, seen in times.items()}


def run(trials: int, seed: int) -> dict[str, Any]:
    """Guess from many addresses, come in from a known one, measure so many names of each kind."""
    chance = random.Random(seed)
    with override_settings(PASSWORD_HASHERS=[f"{__name__}.Quick"]):
        plant("victim")
        statuses = [
            at_the_door(Client(), "victim", f"guess {n}", somewhere(chance)) for n in range(GUESSES)
        ]
        tried, owners = statuses.count(200), owners_in(OWNERS)
        bare = timed(trials, chance, "bare")
    with override_settings(PASSWORD_HASHERS=[f"{__name__}.Fifth"]):
        times = timed(trials, chance, "served")
        encoded = make_password(PASSWORD)
        began = time.perf_counter()
        check_password("wrong", encoded)
        hash_seconds = time.perf_counter() - began
    SignInTry.objects.all().delete()
    p = rank_test(times["known"], times["ghost"])
    slower = rank_test(times["known"], [x * 1.05 for x in times["ghost"]])
    unhashed = rank_test(times["known"], [x - hash_seconds for x in times["ghost"]])
    return {
        "guesses": GUESSES,
        "guesses_tried_in_the_hour": tried,
        "guesses_held_off": statuses.count(429),
        "owners": OWNERS,
        "owners_in_on_a_known_device": owners,
        "trials": trials,
        "median_ms": milliseconds(times),
        "bare_median_ms": milliseconds(bare),
        "bare_p": rank_test(bare["known"], bare["ghost"]),
        "timing_p": round(p, 4),
        "control_p_one_side_5_percent_slower": slower,
        "control_p_without_the_hash": unhashed,
        "held": tried <= HOURLY and owners == OWNERS and p > 0.05 and max(slower, unhashed) < 0.05,
    }
