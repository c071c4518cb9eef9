"""C27, its part of headers: 100 % of HTML answers carry what keeps a browser on our side.

Every route is asked by GET and POST, by nobody and by a person of each side; every answer of HTML
must have a policy without unsafe-inline or unsafe-eval, no-store, an opener policy, nosniff and
no frames; with TLS also HSTS and cookies that only this host can set.
"""

from collections import Counter
from typing import Any

from django.test import Client
from django.urls import reverse

from tests import plant
from tests.flows.routes import ROUTES, arguments, owned, owned_by
from yihu.access.rules import Role

FIGURE, TRIALS, SEED = "C27", 1, 27
SIDES = (Role.FILLER, Role.STEWARD, Role.SUPERVISOR, Role.ITC, Role.AUDITOR)


def lacking(answer: Any) -> list[str]:
    """What an answer of HTML should have said and did not."""
    policy = answer.headers.get("Content-Security-Policy", "")
    wanted = {
        "a policy": "default-src" in policy,
        "no unsafe": "unsafe" not in policy,
        "no frames": "frame-ancestors 'none'" in policy
        or answer.headers.get("X-Frame-Options") == "DENY",
        "no-store": "no-store" in answer.headers.get("Cache-Control", ""),
        "opener": answer.headers.get("Cross-Origin-Opener-Policy") == "same-origin",
        "nosniff": answer.headers.get("X-Content-Type-Options") == "nosniff",
    }
    return [name for name, there in wanted.items() if not there]


def run(trials: int, seed: int) -> dict[str, Any]:
    """Ask every route; each HTML answer that lacks something by name. No trials: by GET, as nobody
    and a filler alone, the quick part.
    """
    gd = plant.unit("GD")
    rows = owned(gd, "广东")
    people: list[tuple[str, Client]] = [("nobody", Client(raise_request_exception=False))]
    for role in SIDES if trials else SIDES[:1]:
        client = Client(raise_request_exception=False)
        client.force_login(plant.person(role, gd if role in {Role.FILLER, Role.STEWARD} else None))
        people.append((role.value, client))
    wrong: list[str] = []
    statuses: Counter[str] = Counter()
    pages = 0
    for name, pattern in ROUTES:
        path = reverse(name, kwargs=arguments(pattern, owned_by(name, rows)))
        for who, client in people:
            if name == "sign-out" and who != "nobody":
                continue
            for method in ("get", "post") if trials else ("get",):
                answer = getattr(client, method)(path)
                statuses[str(answer.status_code)] += 1
                if "text/html" not in answer.headers.get("Content-Type", ""):
                    continue
                pages += 1
                if said := lacking(answer):
                    wrong.append(f"{who} {method} {name} {answer.status_code}: {', '.join(said)}")
    return {
        "routes": len(ROUTES),
        "html_answers": pages,
        "statuses": dict(statuses),
        "lacking": wrong[:40],
        "found": len(wrong),
        "held": not wrong and pages > len(ROUTES) / (1 if trials else 4),
    }
