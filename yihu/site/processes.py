"""The process tree of `yihu serve`: web and worker live and die together."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
PATIENCE_SECONDS = 8
START_SECONDS = 60


def _die_with_parent() -> None:
    """In the child, before it runs: a group of its own, and SIGTERM when the parent is gone."""
    os.setsid()
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(arguments: Sequence[str], *, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A child in a process group of its own that dies with us."""
    return subprocess.Popen(arguments, env=environment, preexec_fn=_die_with_parent)


def web(host: str, port: int, workers: int) -> list[str]:
    """The command of the web server."""
    return [
        sys.executable, "-m", "granian", "yihu.site.wsgi:application",
        "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", str(workers), "--blocking-threads", "2",
        "--respawn-failed-workers", "--workers-kill-timeout", "3", "--log-level", "warning",
        "--no-ws",
    ]  # fmt: skip


def taken(host: str, port: int) -> bool:
    """Whether somebody listens there already.

    The web server shares ports (SO_REUSEPORT): without asking, an old one would go on answering
    every other request beside the new.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def listens(host: str, port: int, child: subprocess.Popen[bytes]) -> bool:
    """Wait until the child listens; False when it is gone or takes too long."""
    place = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    end = time.monotonic() + START_SECONDS
    while child.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection((place, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def watch(children: Sequence[subprocess.Popen[bytes]]) -> int:
    """Wait until we are told to stop or a child is gone; then stop all. Returns an exit code."""
    told = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal told
        told = True

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    while not told and all(child.poll() is None for child in children):
        time.sleep(0.1)
    for child in children:
        _signal_group(child, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_SECONDS
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(0.1, deadline - time.monotonic()))
        _signal_group(child, signal.SIGKILL)  # granian's workers outlive a killed supervisor
        child.wait()
    if not told:
        sys.stderr.write("一个子进程意外退出，服务已全部停止；请查看上面的日志。\n")
    return 0 if told else 1


def _signal_group(child: subprocess.Popen[bytes], name: int) -> None:
    try:
        os.killpg(child.pid, name)
    except ProcessLookupError:
        return
