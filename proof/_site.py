"""A served installation for the proofs that break one: web and worker as processes of their own.

They stand on the database that this process works on (a proof's own, a test's own), named to them
by URL, as on many machines. `kill` is SIGKILL; nothing is told to anybody before.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeVar

import httpx
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import InterfaceError, OperationalError, connections
from django.test import Client

from proof._nursery import Forked, Nursery
from tests.installation import ROOT
from tests.plant import PASSWORD
from yihu.access.models import User
from yihu.kit.postgres import Cluster
from yihu.site.processes import web

Found = TypeVar("Found")
PATIENCE_SECONDS = 120
TOKEN = "x" * 32
"""A token against forged requests is whatever cookie and form agree on."""


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def urls() -> dict[str, str]:
    """The database of this process as other processes are told of it."""

    def url(alias: str) -> str:
        known = connections[alias].settings_dict
        return f"postgres://{known['USER']}@/{known['NAME']}?host={known['HOST']}"

    return {"DATABASE_URL": url("default"), "DATABASE_OWNER_URL": url("owner")}


def eventually(holds: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> bool:
    """Wait until it holds; whether it did in time. A database that is away does not hold."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if holds():
                return True
        except (OperationalError, InterfaceError):
            connections.close_all()
        time.sleep(0.1)
    return False


def insist(ask: Callable[[], Found]) -> Found:
    """The answer, asked for again while the database is away."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return ask()
        except (OperationalError, InterfaceError):
            connections.close_all()
            if time.monotonic() > until:
                raise
        time.sleep(0.1)


@dataclass
class Site:
    """The processes and how they are started: `forked` from one that has loaded Django already."""

    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)
    workers: int = 1
    cluster: Cluster | None = None
    forked: bool = False
    port: int = field(default_factory=free_port)
    running: dict[str, "subprocess.Popen[bytes] | Forked"] = field(default_factory=dict)
    said: IO[bytes] | None = None
    nursery: Nursery | None = None

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the processes: ours, and what the proof wants of them."""
        ours = {
            "YIHU_SECOND_FACTOR": "off",
            "YIHU_READS_A_MINUTE": "1000000",
            "YIHU_READS_A_DAY": "100000000",
            "YIHU_OUTBOUND_HOSTS": "localhost",
            "YIHU_WEBHOOK_FIRST_SECONDS": "0.1",
            "YIHU_BACKUP": "off",
        }
        return {**os.environ, **ours, **urls(), **self.more}

    def start(self, *names: str) -> None:
        """Those of web, worker and worker2 that do not run; back once the web answers."""
        for name in names:
            command = (
                web("127.0.0.1", self.port, self.workers)
                if name == "web"
                else [sys.executable, "-m", "yihu.site.main", "worker"]
            )
            self.running[name] = self._started(command)
        if "web" in names:
            assert eventually(self.answers), f"the web never answered; see {self.folder}/said.log"

    def _started(self, command: list[str]) -> "subprocess.Popen[bytes] | Forked":
        """The command in a session of its own, under the settings as they are now."""
        self.said = self.said or (self.folder / "said.log").open("ab")
        environment = self.environment
        if not self.forked:
            return subprocess.Popen(
                command, env=environment, cwd=ROOT, start_new_session=True,
                stdout=self.said, stderr=self.said,
            )  # fmt: skip
        if self.nursery is not None and self.nursery.environment != environment:
            self.nursery.close()
            self.nursery = None
        self.nursery = self.nursery or Nursery(environment, ROOT, self.said)
        return self.nursery.fork(command)

    def answers(self) -> bool:
        """Whether pages can be served."""
        try:
            return httpx.get(f"{self.address}/readyz", timeout=20).status_code == 200
        except httpx.HTTPError:
            return False

    def gone(self) -> list[str]:
        """Which of them ended."""
        return [name for name, process in self.running.items() if process.poll() is not None]

    def keep(self) -> list[str]:
        """Start again what ended by itself, as whoever keeps services does; which."""
        with_it = self.gone()
        for name in with_it:
            self.kill(name)
        self.start(*with_it)
        return with_it

    def kill(self, name: str) -> None:
        """SIGKILL to the process and all that it started."""
        process = self.running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_database(self) -> None:
        """SIGKILL to the head of PostgreSQL; its other processes see it and end."""
        os.kill(self._head(), signal.SIGKILL)
        connections.close_all()

    def kill_backend(self, chance: Callable[[list[int]], int]) -> None:
        """SIGKILL to one of PostgreSQL's processes: the head ends all others and recovers."""
        head = self._head()
        found = Path(f"/proc/{head}/task/{head}/children").read_text().split()
        backends = [
            int(number) for number in found
            if b"yihu" in Path(f"/proc/{number}/cmdline").read_bytes().partition(b":")[2]
        ]  # fmt: skip
        os.kill(chance(sorted(backends) or [int(found[0])]), signal.SIGKILL)
        time.sleep(0.2)  # until the head has seen it, the others go on
        connections.close_all()

    def start_database(self) -> None:
        """Up again, with what it had written down."""
        assert self.cluster is not None
        Cluster(self.cluster.home, settings=self.cluster.settings).attach()

    def _head(self) -> int:
        assert self.cluster is not None
        return int((self.cluster.data / "postmaster.pid").read_text().split()[0])

    def stop(self) -> None:
        """Nothing of it is left."""
        for name in list(self.running):
            self.kill(name)
        if self.nursery is not None:
            self.nursery.close()
        if self.said is not None:
            self.said.close()


@contextmanager
def served(folder: Path, *names: str, **more: Any) -> Iterator[Site]:
    """A site with these processes up; whatever is left of it ends afterwards."""
    site = Site(folder, **more)
    try:
        site.start(*names)
        yield site
    finally:
        site.stop()


HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)


@dataclass
class Person:
    """Somebody who has signed in, at a browser that forgets a broken connection.

    `refused` counts what they were answered where something broke: status and what it said.
    """

    user: User
    browser: httpx.Client
    refused: Counter[str] = field(default_factory=Counter)

    def get(self, path: str, **more: Any) -> httpx.Response | None:
        """The answer; None where none came."""
        return self._sent("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response | None:
        """The answer; None where none came."""
        return self._sent("POST", path, **more)

    def sign_in(self) -> bool:
        """By name and password, as on the page of a browser that knows nobody yet; whether."""
        words = {"username": self.user.username, "password": PASSWORD}
        names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
        with httpx.Client(
            base_url=self.browser.base_url, cookies={names[1]: TOKEN}, timeout=30, trust_env=False
        ) as fresh:
            try:
                done = fresh.post("/sign-in/", data=words, headers={"X-CSRFToken": TOKEN})
            except httpx.HTTPError:
                return False
        if done.status_code != 302:
            return False
        given = {name: done.cookies[name] for name in names}
        self.browser.cookies.clear()
        self.browser.cookies.update(given)
        self.browser.headers["X-CSRFToken"] = given[names[1]]
        return True

    def _sent(self, method: str, path: str, **more: Any) -> httpx.Response | None:
        try:
            answer = self.browser.request(method, path, **more)
        except httpx.HTTPError:
            return None
        if answer.status_code >= 500:
            self.refused[f"{answer.status_code} {_said(answer)}"] += 1
        return answer


def _said(answer: httpx.Response) -> str:
    """What a page's heading or a program's answer says of it."""
    if "json" in answer.headers.get("Content-Type", ""):
        return str(answer.json().get("error", ""))
    found = HEADING.search(answer.text)
    return found[1].strip() if found else answer.text[:80]


def signed_in(user: User, site: Site) -> Person:
    """The person with a session of their own."""
    client = Client()
    client.force_login(user)
    assert client.session[SESSION_KEY] == str(user.pk)
    cookies = {
        settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value,
        settings.CSRF_COOKIE_NAME: TOKEN,
    }
    headers = {"X-CSRFToken": TOKEN, "Accept-Language": "zh-CN"}
    browser = httpx.Client(
        base_url=site.address, cookies=cookies, headers=headers, timeout=30, trust_env=False
    )
    return Person(user, browser)


def acknowledged(answer: httpx.Response | None) -> bool:
    """Whether the person was told that it is done."""
    if answer is None or answer.status_code >= 400:
        return False
    return "/sign-in/" not in answer.headers.get("Location", "")
