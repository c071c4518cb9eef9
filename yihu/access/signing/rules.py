"""The arithmetic of the door: how many tries, which codes, how long without use."""

import base64
import hmac
import re
import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha1

from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from yihu.access.rules import Role

# Tries -------------------------------------------------------------------------------------------

PLACE_MOST, PLACE_WINDOW = 5, timedelta(minutes=15)
ACCOUNT_MOST, ACCOUNT_WINDOW = 20, timedelta(hours=1)
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Try:
    """A failed try; `device` is empty where the account does not know the browser."""

    address: str
    device: str
    at: datetime


def wait_of(tries: Sequence[Try], *, address: str, device: str, at: datetime) -> timedelta:
    """How long whoever stands at the door must wait; zero for who may try.

    `tries`: of the account, oldest first. A known device has a lane of its own, so what strangers
    do elsewhere does not keep the owner out; all strangers together share the other one. Whoever
    waits is not counted again, so nobody is kept out for ever.
    """
    lane = [one for one in tries if one.device == device]
    here = lane if device else [one for one in lane if one.address == address]
    wait = timedelta()
    for mine, most, window in (
        (here, PLACE_MOST, PLACE_WINDOW),
        (lane, ACCOUNT_MOST, ACCOUNT_WINDOW),
    ):
        recent = [one.at for one in mine if one.at > at - window]
        if len(recent) >= most:
            wait = max(wait, recent[-most] + window - at)
    return wait


def digest(purpose: str, value: str) -> str:
    """A keyed digest (64 hex): the same for the same value, of no use without the server's key."""
    return salted_hmac(f"yihu.signing.{purpose}", value, algorithm="sha256").hexdigest()


# Second factor -----------------------------------------------------------------------------------

STEP_SECONDS = 30
FORCED = frozenset(
    {Role.REVIEWER, Role.STEWARD, Role.SUPERVISOR, Role.ITC, Role.AUDITOR, Role.CUSTODIAN}
)
"""Who decides or takes something out of the house needs two kinds of proof (GB/T 22239 d)."""
RECOVERY_CODES = 10


def fresh_key() -> str:
    """A new key of an authenticator: 160 bits in base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def step_of(at: datetime) -> int:
    """The 30-second step of RFC 6238 that the moment is in."""
    return int(at.timestamp()) // STEP_SECONDS


def code_at(key: str, step: int) -> str:
    """Six digits of RFC 6238 (SHA-1, as every authenticator speaks it)."""
    mac = hmac.new(base64.b32decode(key), struct.pack(">Q", step), sha1).digest()
    offset = mac[-1] & 15
    number = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def step_proven(key: str, code: str, at: datetime) -> int | None:
    """The step that the code belongs to: now, or the one before or after for clocks that differ."""
    now = step_of(at)
    found = None
    for step in (now - 1, now, now + 1):
        if hmac.compare_digest(code_at(key, step).encode(), code.encode()):
            found = step
    return found


def fresh_code(groups: int = 3) -> str:
    """A code to be typed from paper: groups of four without look-alike letters, 5 bits each."""
    letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(groups))


HALF = 8
"""Letters of each half of a reset code: 40 bits, of which a guesser has twenty tries an hour."""


def fresh_half() -> str:
    """Half of a reset code, as it is told."""
    return fresh_code(2)


def plain_code(typed: str) -> str:
    """What was typed, without spaces, dashes and small letters."""
    return re.sub(r"[\s\-－]", "", typed).upper()


# Use ---------------------------------------------------------------------------------------------

RESET_HOURS = 24
PROOF = timedelta(minutes=10)
"""How long a password or code just given stands for the acts that ask for it."""
NOTED_EVERY = timedelta(minutes=1)


class Why(models.TextChoices):
    """Why somebody has to sign in again."""

    TIMEOUT = "timeout", _("登录已超时，请重新登录；未提交的填报内容已保存为草稿。")
    ENDED = "ended", _("此次登录已注销，请重新登录；未提交的填报内容已保存为草稿。")
    CHANGED = "changed", _("您的权限或密码已变更，请重新登录；如不能登录，请联系信息技术中心。")


SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Mac OS X", "HarmonyOS", "Linux")
BROWSERS = (
    ("Edg/", "Edge"),
    ("MicroMessenger", "WeChat"),
    ("QQBrowser", "QQ"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)


def device_name(user_agent: str) -> str:
    """`Chrome · Windows`: what a person recognises of a browser's long name for itself."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for name in SYSTEMS if name in user_agent), "")
    return " · ".join(filter(None, (browser, system.replace("Mac OS X", "macOS"))))
