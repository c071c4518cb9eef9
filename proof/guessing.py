"""C18: guessing passwords, and whether an answer's time tells known names from unknown ones.

`python proof/guessing.py [tries]` prints one JSON object and fails where a bound is broken. It
runs on an installation of its own in a temporary folder, with the hash that is served.
"""

import json
import math
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="yihu-guessing-"))
os.environ |= {
    "YIHU_HOME": str(HOME),
    "YIHU_SECOND_FACTOR": "off",
    "DJANGO_SETTINGS_MODULE": "yihu.site.settings",
}
for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "YIHU_TODAY"):
    os.environ.pop(name, None)
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import django  # noqa: E402  # the environment above decides what the imports below read

from yihu.site.database import cluster  # noqa: E402

SEED = 18
N = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
OWNERS = 100
PASSWORD = "Right-password-2026"


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


def main() -> int:
    """Prepare, guess, come in, measure."""
    from django.contrib.auth.hashers import make_password
    from django.test import Client
    from django.test.utils import setup_test_environment

    from yihu.access.actions import open_account
    from yihu.access.models import SignInTry
    from yihu.access.rules import Role
    from yihu.kit.clock import today
    from yihu.site.management.commands.init import migrate

    setup_test_environment()
    migrate()
    encoded = make_password(PASSWORD)

    def plant(username: str) -> None:
        open_account(
            None,
            None,
            username=username,
            name="证明",
            password_hash=encoded,
            roles=[(Role.SUPERVISOR, None)],
            since=today(),
        )

    def knock(client: Client, username: str, password: str, address: str) -> int:
        given = {"username": username, "password": password}
        return client.post("/sign-in/", given, REMOTE_ADDR=address).status_code

    chance = random.Random(SEED)

    def somewhere() -> str:
        return ".".join(str(chance.randint(1, 254)) for _n in range(4))

    plant("victim")
    statuses = [knock(Client(), "victim", f"guess {n}", somewhere()) for n in range(200)]
    tried = statuses.count(200)

    owners = 0
    for n in range(OWNERS):
        name = f"owner{n}"
        plant(name)
        home = Client()
        came = knock(home, name, PASSWORD, "10.0.0.1") == 302
        home.post("/sign-out/")
        guesses = [knock(Client(), name, "guess", "10.0.0.1") for _n in range(6)]
        held = guesses[-1] == 429
        owners += came and held and knock(home, name, PASSWORD, "10.0.0.1") == 302

    for n in range(N):
        plant(f"known{n:05d}")
    plan = [(f"known{n:05d}", "known") for n in range(N)]
    plan += [(f"ghost{n:05d}", "unknown") for n in range(N)]
    chance.shuffle(plan)
    client = Client()
    for n in range(20):
        knock(client, f"warm{n}", "wrong", "10.0.0.9")
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    for name, kind in plan:
        address = somewhere()
        began = time.perf_counter()
        status = knock(client, name, "wrong password", address)
        times[kind].append(time.perf_counter() - began)
        assert status == 200, (name, status)
    p = rank_test(times["known"], times["unknown"])
    slower = rank_test(times["known"], [x * 1.05 for x in times["unknown"]])
    SignInTry.objects.all().delete()
    told = {
        "figure": "C18",
        "seed": SEED,
        "guesses_from_200_addresses": len(statuses),
        "guesses_tried_in_the_hour": tried,
        "guesses_held": statuses.count(429),
        "owners_on_known_device_in": f"{owners}/{OWNERS}",
        "timing_n": N,
        "median_ms": {k: round(sorted(v)[len(v) // 2] * 1000, 2) for k, v in times.items()},
        "timing_p": round(p, 4),
        "control_p_if_5_percent_slower": slower,
    }
    told["ok"] = tried <= 20 and owners == OWNERS and p > 0.05 and slower < 0.05
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    return 0 if told["ok"] else 1


if __name__ == "__main__":
    server = cluster(HOME)
    server.attach()
    try:
        django.setup()
        code = main()
    finally:
        from django.db import connections

        connections.close_all()
        server.stop()
        shutil.rmtree(HOME, ignore_errors=True)
    sys.exit(code)
