"""What people typed never makes this server ask inside (T16): a real listener counts the hits."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

import pytest

from yihu.kit import outbound
from yihu.kit.outbound import Forbidden, Unanswered, is_public, send

pytestmark = pytest.mark.clause("5.5")


@dataclass
class Canary:
    """A listener on this machine; `hits`: what reached it."""

    port: int
    hits: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
def canary() -> Iterator[Canary]:
    kept: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kept.append((self.path, self.headers["Host"]))
            if self.path == "/away":
                self.send_response(302)
                self.send_header("Location", f"http://127.0.0.1:{port}/inside")
                self.end_headers()
            elif self.path == "/flood":
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"x" * (outbound.MOST_BYTES + 1))
            else:
                self.send_response(204)
                self.end_headers()

        def log_message(self, *_said: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Canary(port, kept)
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0",
        "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]", "127.0.0.1.",
    ],
)  # fmt: skip
def test_no_way_to_write_this_machine_reaches_it(canary: Canary, host: str) -> None:
    for port in (f":{canary.port}", ""):
        with pytest.raises((Forbidden, Unanswered)):
            send(f"http://{host}{port}/", method="GET")
    assert canary.hits == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("169.254.169.254", False), ("100.100.100.200", False), ("10.1.2.3", False),
        ("172.16.0.1", False), ("192.168.1.1", False), ("100.64.0.1", False),
        ("224.0.0.1", False), ("240.0.0.1", False), ("255.255.255.255", False),
        ("fd00:ec2::254", False), ("fe80::1", False), ("fec0::1", False), ("ff02::1", False),
        ("::ffff:10.0.0.1", False), ("2002:a00:1::", False), ("::", False),
        ("114.114.114.114", True), ("2400:3200::1", True), ("::ffff:114.114.114.114", True),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "gopher://example.com/", "ftp://example.com/", "//example.com/",
        "http://", "http://user:word@example.com/", "http://example.com\\@127.0.0.1/",
        "http://example.com/\r\nHost: inside", "http://example.com:99999/",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Forbidden):
        send(url)


def answering(*addresses: str) -> Any:
    """A name server that says something else each time that it is asked."""
    said = list(addresses)

    def resolve(_host: str, port: int, **_more: Any) -> list[Any]:
        address = said.pop(0) if len(said) > 1 else said[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    return resolve


def test_a_name_that_changes_its_mind_is_asked_once(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First a public address, then ours: the connection would go to what was judged."""
    monkeypatch.setattr(outbound.socket, "getaddrinfo", answering("114.114.114.114", "127.0.0.1"))
    monkeypatch.setitem(outbound.PORTS, "http", canary.port)
    target = outbound.judge("http://rebind.example/")
    assert (target.host, target.address) == ("rebind.example", "114.114.114.114")
    assert outbound.pool_to(target).host == "114.114.114.114"
    with pytest.raises(Forbidden):  # the name says 127.0.0.1 by now
        send("http://rebind.example/", method="GET")
    assert canary.hits == []


def test_one_inner_address_among_public_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def both(_host: str, port: int, **_more: Any) -> list[Any]:
        found = ("114.114.114.114", "10.0.0.5")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(outbound.socket, "getaddrinfo", both)
    with pytest.raises(Forbidden):
        outbound.judge("https://both.example/")


def test_a_host_that_is_meant_is_reached_and_its_redirect_is_not_followed(
    canary: Canary, settings: Any
) -> None:
    settings.OUTBOUND_HOSTS = ["localhost"]
    home = f"localhost:{canary.port}"
    assert send(f"http://{home}/hook?a=1", method="GET").status == 204
    assert send(f"http://{home}/away", method="GET").status == 302
    assert canary.hits == [("/hook?a=1", home), ("/away", home)]
    with pytest.raises(Unanswered):
        send(f"http://{home}/flood", method="GET")
    with pytest.raises(Forbidden):
        send(f"http://127.0.0.1:{canary.port}/", method="GET")
    assert len(canary.hits) == 3
