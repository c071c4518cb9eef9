"""Where the head of the chain goes, so that who rules this machine cannot take it back (T12).

Each sink takes one line and returns when it has arrived, or raises: OSError, or what
smtplib raises, which is an OSError too.
"""

import logging
import logging.handlers
import os
import socket
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage

Sink = Callable[[str], None]


def to_file(line: str) -> None:
    """Appended, and on the disk before it returns."""
    path = Path(settings.ANCHOR_FILE)
    fresh = not path.exists()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, f"{line}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    if fresh:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def to_syslog(line: str) -> None:
    """To `ANCHOR_SYSLOG`: a socket's path, `host:port` (UDP), or `tcp://host:port`."""
    where: str = settings.ANCHOR_SYSLOG
    kind = socket.SOCK_STREAM if where.startswith("tcp://") else socket.SOCK_DGRAM
    if where.startswith("/"):
        handler = _Syslog(address=where)
    else:
        host, _colon, port = where.removeprefix("tcp://").rpartition(":")
        handler = _Syslog(address=(host.strip("[]"), int(port)), socktype=kind)
    handler.ident = "yihu: "
    try:
        handler.emit(logging.makeLogRecord({"msg": line, "levelno": logging.INFO}))
    finally:
        handler.close()


class _Syslog(logging.handlers.SysLogHandler):
    """The handler of the library swallows what goes wrong; here it must be known."""

    def handleError(self, record: logging.LogRecord) -> None:
        raise


def to_mail(line: str) -> None:
    """To the addresses of `ANCHOR_MAIL`."""
    EmailMessage("一户操作日志链头", line, to=settings.ANCHOR_MAIL).send()


def sinks() -> dict[str, Sink]:
    """Those that the settings name; the file is always among them."""
    wanted: list[tuple[str, bool, Sink]] = [
        ("file", True, to_file),
        ("syslog", bool(settings.ANCHOR_SYSLOG), to_syslog),
        ("mail", bool(settings.ANCHOR_MAIL), to_mail),
    ]
    return {name: sink for name, configured, sink in wanted if configured}
