"""Processes of a site, each forked from one that has loaded Django: for kills by the hundred.

`python -m proof._nursery` takes commands, one JSON list a line (`[python, "-m", module, …]`), and
says the number of the process that it made of each: at the head of a group of its own, it runs
that module as a program of its own would, save for the seconds of loading. Nothing is open and no
thread runs before the fork.
"""

import json
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import active_count
from typing import IO, NoReturn


@dataclass(frozen=True)
class Forked:
    """One of them, asked as a `Popen` is; whoever made it has no exit code to tell."""

    pid: int

    def poll(self) -> int | None:
        """None while it lives."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return -1
        return None

    def wait(self) -> None:
        """Until it has ended."""
        while self.poll() is None:
            time.sleep(0.01)


class Nursery:
    """The process that has loaded Django under that environment."""

    def __init__(self, environment: Mapping[str, str], folder: Path, said: IO[bytes]) -> None:
        self.environment = dict(environment)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "proof._nursery"], env=self.environment, cwd=folder, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, start_new_session=True,
        )  # fmt: skip

    def fork(self, command: Sequence[str]) -> Forked:
        """A process that runs the command."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return Forked(int(self._process.stdout.readline()))

    def close(self) -> None:
        """No more are made; those that live, live on."""
        self._process.communicate()


def become(command: Sequence[str]) -> NoReturn:
    """In the child: the program that the command names, told nothing by anybody."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.argv = list(command[2:])
    runpy.run_module(command[2], run_name="__main__", alter_sys=True)
    sys.exit()


def main() -> None:
    """Load, then fork whenever told to; nobody has to wait for what ended."""
    from django.conf import settings
    from django.urls import reverse
    from granian import cli

    from yihu.site.wsgi import application

    assert application
    assert cli.entrypoint
    assert reverse(settings.LOGIN_URL)
    assert active_count() == 1
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        number = os.fork()
        if not number:
            become(json.loads(line))
        os.setpgid(number, number)  # before anybody is told, who may kill the group at once
        print(number, flush=True)


if __name__ == "__main__":
    main()
