"""Signing and waiting: the arithmetic of a delivery, without clock, rows or network.

The signature is that of Standard Webhooks (standardwebhooks.com, 1.0.0), so that receivers need no
code of ours: `webhook-id`, `webhook-timestamp` and `webhook-signature`, which is `v1,` and the
base64 of HMAC-SHA256 over `id.timestamp.body`; during a rotation one for each secret, by a space.
"""

import base64
import hashlib
import hmac
import random
import secrets
from collections.abc import Sequence
from datetime import timedelta

PREFIX = "whsec_"
SECRET_BYTES = 32
OVERLAP = timedelta(hours=24)
"""So long the secret before still signs beside the new one."""
TRIES = 8
"""Refusals of one event, after which somebody has to look at it."""
LONGEST = timedelta(minutes=15)
"""No wait is longer."""
PAUSE_AFTER = timedelta(hours=24)
"""Nothing arrived for so long: the endpoint pauses."""
KEPT = timedelta(days=30)
"""What was delivered is listed so long."""
EVENTS_KEPT_LEAST = 90
"""Days for which no event is pruned, whatever the setting (and the trigger of 0004)."""
PRUNED_AT_ONCE = 10_000
NOT_THERE = frozenset({408, 425, 429, 502, 503, 504})
"""Answers that speak of the receiver, not of the event: they bring no event nearer to its end."""


def new_secret() -> str:
    """As the receiver is given it, once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed(secret: str, number: int, at: int, body: bytes) -> str:
    """One signature; `at` in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    mac = hmac.new(key, f"{number}.{at}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode()


def headers(number: int, at: int, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """What goes with a body, signed by each of the keys."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "webhook-id": str(number),
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(signed(key, number, at, body) for key in keys),
    }


def wait(failures: int, first: float) -> timedelta:
    """How long after so many failures in a row: doubled each time, up to a limit."""
    return min(LONGEST, timedelta(seconds=first * 2 ** min(max(failures - 1, 0), 20)))


def jittered(span: timedelta) -> timedelta:
    """Between half of it and all, so that those who failed together do not return together."""
    return span * (0.5 + random.random() / 2)
