"""The one way to send HTTP to an address that people typed: a webhook, a bot, a link to check.

Whoever types an address could have this server ask what only it can reach (SSRF, T16). So the
name is resolved once, every address that it has must be a public one, and the connection goes to
the very address that was judged, whatever the name says a moment later. No redirect is followed,
no proxy of the environment is used, the answer is read up to a limit and up to a time.
`YIHU_OUTBOUND_HOSTS` names hosts of the intranet that are meant.
"""

import ipaddress
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from urllib3 import HTTPConnectionPool

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 3.0, 5.0, 10.0
MOST_BYTES = 256 * 1024
PORTS = {"http": 80, "https": 443}
METHODS = ("GET", "HEAD", "POST", "PUT")
NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Forbidden(ValueError):
    """The address leads where nothing of ours is sent; says so in Chinese. Nothing was sent."""


class Unanswered(OSError):
    """Nobody answered, or not in time, or too much."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was judged: whom to connect to, and as whom to greet them."""

    scheme: str
    host: str
    port: int
    path: str
    address: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, up to the limit. A redirect is an answer like any other."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def judge(url: str) -> Target:
    """Where the address leads, resolved once. Raises: Forbidden, Unanswered (no such name)."""
    if any(letter in url for letter in "\r\n\t\0 \\"):
        raise Forbidden(_("地址中有不允许的字符。"))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as why:
        raise Forbidden(_("地址无法识别。")) from why
    if parts.scheme not in PORTS:
        raise Forbidden(_("地址应以 https:// 或 http:// 开头。"))
    if parts.username is not None or parts.password is not None:
        raise Forbidden(_("地址中不能带用户名或密码。"))
    host = (parts.hostname or "").rstrip(".").lower()
    if not host:
        raise Forbidden(_("地址中没有主机名。"))
    port = PORTS[parts.scheme] if port is None else port
    meant = host in {name.lower() for name in settings.OUTBOUND_HOSTS}
    addresses = _resolve(host, port)
    if not meant:
        if port != PORTS[parts.scheme]:
            raise Forbidden(_("只能用标准端口（80、443）。"))
        if not all(is_public(address) for address in addresses):
            raise Forbidden(_("不能访问内部网络或本机的地址；确需访问的，请管理员登记主机名。"))
    path = parts.path or "/"
    if parts.query:
        path = f"{path}?{parts.query}"
    return Target(parts.scheme, host, port, path, str(addresses[0]))


def _resolve(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as why:
        raise Unanswered(_("找不到主机 %(host)s。") % {"host": host[:80]}) from why
    return [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]


def is_public(address: Address) -> bool:
    """Of the open internet, also where it is written inside another address (mapped, 6to4)."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = (
            address.ipv4_mapped
            or address.sixtofour
            or (address.teredo[1] if address.teredo else None)
        )
        if inner is None and address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local or int(address) < 1 << 32:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def send(
    url: str,
    *,
    method: str = "POST",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send it and read the answer. Raises: Forbidden (nothing was sent), Unanswered."""
    from urllib3.exceptions import HTTPError

    if method not in METHODS:
        raise Forbidden(_("不支持的方法。"))
    target = judge(url)
    own = PORTS[target.scheme] == target.port
    name = f"[{target.host}]" if ":" in target.host else target.host
    greeting = {
        "User-Agent": "yihu",
        "Accept-Encoding": "identity",
        **(headers or {}),
        "Host": name if own else f"{name}:{target.port}",
    }
    deadline = time.monotonic() + TOTAL_SECONDS
    pool = pool_to(target)
    try:
        answer = pool.urlopen(
            method,
            target.path,
            body=body or None,
            headers=greeting,
            redirect=False,
            retries=False,
            assert_same_host=False,
            preload_content=False,
        )
        try:
            return Answer(answer.status, dict(answer.headers), _read(answer, deadline))
        finally:
            answer.close()
    except HTTPError as why:
        raise Unanswered(_("对方没有应答，或连接被拒绝。")) from why
    finally:
        pool.close()


def pool_to(target: Target) -> "HTTPConnectionPool":
    """To the judged address itself; under TLS the certificate must be that of the name."""
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout

    timeout = Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    if target.scheme == "http":
        return HTTPConnectionPool(target.address, target.port, timeout=timeout, maxsize=1)
    return HTTPSConnectionPool(
        target.address,
        target.port,
        timeout=timeout,
        maxsize=1,
        cert_reqs="CERT_REQUIRED",
        server_hostname=target.host,
        assert_hostname=target.host,
    )


def _read(answer: Any, deadline: float) -> bytes:
    said = bytearray()
    while chunk := answer.read1(16 * 1024) if hasattr(answer, "read1") else answer.read(16 * 1024):
        said += chunk
        if len(said) > MOST_BYTES:
            raise Unanswered(_("对方的应答超过 %(most)d KB。") % {"most": MOST_BYTES // 1024})
        if time.monotonic() > deadline:
            raise Unanswered(_("对方的应答太慢。"))
    return bytes(said)
