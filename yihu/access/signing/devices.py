"""Browsers that an account knows: a cookie of an earlier sign-in, worth nothing but a lane."""

import re
import secrets
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from yihu.access.models import User
from yihu.access.signing.rules import digest

AGE = 400 * 24 * 3600
ACCOUNTS_MOST = 8
_FORM = re.compile(r"[0-9a-f]{32}(\.[0-9a-f]{32})*")


def _mark(device: str, username: str, stamp: str) -> str:
    """What the cookie holds for one account; it dies with the password."""
    return digest("device", f"{device}\n{username}\n{stamp}")[:32]


def lane_of(cookie: str, username: str, stamp: str) -> str:
    """The lane of a browser that has come in to this account before; "" for any other."""
    if not _FORM.fullmatch(cookie):
        return ""
    device, *marks = cookie.split(".")
    return (
        digest("lane", f"{device}\n{username}") if _mark(device, username, stamp) in marks else ""
    )


def known(cookie: str, user: User) -> str:
    """The cookie after this account has come in here."""
    device, *marks = cookie.split(".") if _FORM.fullmatch(cookie) else [secrets.token_hex(16)]
    mark = _mark(device, user.username, str(user.stamp))
    return ".".join(
        [device, mark, *[other for other in marks if other != mark]][: ACCOUNTS_MOST + 1]
    )


def cookie_of(request: HttpRequest) -> str:
    """The cookie as the browser sent it."""
    return request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Let the browser keep that this account has come in here."""
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        known(cookie_of(request), user),
        max_age=AGE,
        secure=settings.SECURE,
        httponly=True,
        samesite="Strict",
    )


def address_of(request: HttpRequest) -> str:
    """The address of the browser: behind `YIHU_PROXIES` proxies, what the first saw.

    Whatever stands further left in X-Forwarded-For the browser may have written itself.
    """
    given = request.META.get("REMOTE_ADDR", "")
    passed = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if settings.PROXIES and len(passed) >= settings.PROXIES:
        given = passed[-settings.PROXIES]
    try:
        return str(ip_address(given))
    except ValueError:
        return "0.0.0.0"  # a socket of the machine itself has no address
