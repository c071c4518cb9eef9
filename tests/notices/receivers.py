"""Real servers that messages are sent to: one of mail, one of bots, each on a port of its own."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Mailbox:
    """What the mail server took: recipients, subject and text of each message."""

    port: int = 0
    received: list[tuple[list[str], str, str]] = field(default_factory=list)
    refuses: bool = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """The library calls it for each message."""
        if self.refuses:
            return "451 busy"
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        body = message.get_body()
        assert body is not None
        self.received.append((envelope.rcpt_tos, str(message["Subject"]), body.get_content()))
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """An SMTP server on this machine."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        box = Mailbox(free.getsockname()[1])
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@dataclass
class Robot:
    """What a bot's webhook was asked: path and body; `answer` is what it says."""

    port: int = 0
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    status: int = 200
    answer: dict[str, Any] = field(default_factory=lambda: {"errcode": 0})
    moved_to: str = ""

    @property
    def url(self) -> str:
        """The address that a person would paste."""
        return f"http://127.0.0.1:{self.port}/cgi-bin/webhook/send?key=only-mine-1234"


@contextmanager
def robot() -> Iterator[Robot]:
    """An HTTP server on this machine that answers as the vendors do."""
    bot = Robot()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            bot.asked.append((self.path, json.loads(body)))
            self.send_response(bot.status)
            if bot.moved_to:
                self.send_header("Location", bot.moved_to)
            self.end_headers()
            self.wfile.write(json.dumps(bot.answer).encode())

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the tests' screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    bot.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield bot
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
