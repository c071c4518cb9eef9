"""The process tree of `yihu serve`: web and worker live and die together."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

PR_SET_PDEATHSIG = 1
PATIENCE_SECONDS = 10


def _die_with_parent() -> None:
    """In the child, before it runs: a group of its own, and SIGTERM when the parent is gone."""
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(arguments: Sequence[str], *, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A child in a process group of its own that dies with us."""
    return subprocess.Popen(arguments, env=environment, preexec_fn=_die_with_parent)


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
