"""Endpoints, events and receivers for the tests of what leaves."""

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection, socket
from typing import Any

from django.db import transaction

from tests import plant
from tests.audit.recorded import record
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier
from yihu.kit.clock import now
from yihu.org.models import OrgUnit
from yihu.outbox import actions
from yihu.outbox.models import Endpoint

HERE = Path(__file__).parent


def happen(file: Dossier, verb: str = "filler.appointed", by: User | None = None) -> int:
    """Something is done to a file, in a transaction of its own; the number of its line."""
    with transaction.atomic():
        return record(by, verb, file, dossier_id=file.pk).pk


def asked_for(
    url: str, *, unit: OrgUnit | None = None, kinds: list[str] | None = None
) -> tuple[Endpoint, str, User]:
    """What ITC asked for, its secret, and who asked."""
    itc = plant.person(Role.ITC)
    wish = actions.Wish("ERP", url, unit, kinds or [], "合同系统同步")
    made, secret = actions.ask(itc, wish, at=now())
    return made, secret, itc


def open_endpoint(
    url: str, *, unit: OrgUnit | None = None, kinds: list[str] | None = None
) -> tuple[Endpoint, str, User]:
    """The same, agreed to."""
    made, secret, itc = asked_for(url, unit=unit, kinds=kinds)
    agrees = plant.person(Role.STEWARD, unit) if unit else plant.person(Role.SUPERVISOR)
    return actions.agree(agrees, made, at=now()), secret, itc


@dataclass
class Receiver:
    """A receiver's port, what it took, and how it feels about some bodies."""

    port: int
    taken: Path
    moods: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://localhost:{self.port}/hook"

    def start(self) -> None:
        """Up, and listening."""
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "receiver.py"), str(self.port), str(self.taken),
             str(self.moods)],
        )  # fmt: skip
        eventually(self._listens)

    def kill(self) -> None:
        """SIGKILL: whatever it was doing it did not finish."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def dislike(self, word: str, status: int = 422) -> None:
        """Bodies with this word are answered so."""
        (self.moods / word).write_text(str(status))

    def like(self, word: str) -> None:
        """No longer."""
        (self.moods / word).unlink()

    def lines(self, *, refused: bool = False) -> list[dict[str, Any]]:
        """What came, in order; what was refused only if wanted."""
        if not self.taken.exists():
            return []
        found = [json.loads(line) for line in self.taken.read_text("utf-8").splitlines()]
        return [line for line in found if refused or line["status"] == 204]

    def events(self) -> list[dict[str, Any]]:
        """The bodies that it took."""
        return [json.loads(line["body"]) for line in self.lines()]

    def _listens(self) -> bool:
        try:
            create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


@contextmanager
def receiver(folder: Path) -> Iterator[Receiver]:
    """One that is up; whatever is left of it ends afterwards."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    moods = folder / "moods"
    moods.mkdir()
    made = Receiver(port, folder / "taken", moods)
    made.start()
    try:
        yield made
    finally:
        if made.process is not None and made.process.poll() is None:
            made.kill()


def eventually(holds: Callable[[], Any], *, seconds: float = 20) -> Any:
    """Wait until it holds."""
    until = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.05)
    return found


def signed(line: dict[str, Any], secret: str) -> bool:
    """As the specification (Standard Webhooks 1.0.0) has a receiver check the signature."""
    headers = {name.lower(): value for name, value in line["headers"].items()}
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{line['body']}"
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, said.encode(), hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


def verified(line: dict[str, Any], secret: str) -> bool:
    """The same, and that it was sent just now."""
    headers = {name.lower(): value for name, value in line["headers"].items()}
    return signed(line, secret) and abs(time.time() - int(headers["webhook-timestamp"])) < 300
