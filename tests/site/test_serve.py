"""`yihu serve` as people run it: one tree of processes that starts, stops and dies together."""

import json
import os
import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from tests.installation import CommandLine
from tests.site.conftest import Running, eventually, free_port
from yihu.kit.postgres import Cluster


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def database_stopped(yihu: CommandLine) -> bool:
    return not (Cluster(yihu.home).data / "postmaster.pid").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_and_stops_whole(served: Running, how: signal.Signals) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/", timeout=20) as page:
        assert page.status == 200
        assert page.url.endswith("/sign-in/?next=/")
        assert "一户" in page.read().decode()
        headers = page.headers
    assert headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]

    def sound() -> bool:
        return served.yihu("check").returncode == 0

    assert eventually(sound)
    answers = json.loads(served.yihu("check", "--json").stdout)
    assert [answer["name"] for answer in answers if not answer["ok"]] == []
    tree = served.tree()
    assert len(tree) >= 5  # itself, the web's head and two workers, the worker
    served.process.send_signal(how)
    assert served.process.wait(20) == 0
    assert [pid for pid in tree if _alive(pid)] == []
    assert database_stopped(served.yihu)


@pytest.mark.parametrize("victim", ["web", "worker"])
def test_the_death_of_one_stops_all(served: Running, victim: str) -> None:
    tree = served.tree()
    os.kill(served.children()[victim], signal.SIGKILL)
    assert served.process.wait(20) == 1
    assert eventually(lambda: not any(map(_alive, tree)), 10)
    assert database_stopped(served.yihu)


def test_killed_outright_it_leaves_nothing_behind(served: Running) -> None:
    tree = served.tree()
    served.process.kill()
    served.process.wait()
    assert eventually(lambda: not any(map(_alive, tree)))
    served.yihu("check")  # where the database stayed, the next one out stops it
    assert database_stopped(served.yihu)


def test_told_to_stop_while_starting_it_stops(installed: CommandLine) -> None:
    assert database_stopped(installed)
    running = Running(installed)
    assert eventually(lambda: not database_stopped(installed))
    running.process.terminate()
    assert running.process.wait(20) in {0, 128 + signal.SIGTERM}
    assert eventually(lambda: database_stopped(installed))
    running.process.communicate()


def test_a_port_in_use_is_said(installed: CommandLine) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = installed("serve", "--port", str(port))
    assert done.returncode == 1
    assert f"127.0.0.1:{port} 已被占用" in done.stderr


def test_an_empty_installation_is_not_served(command_line: CommandLine) -> None:
    done = command_line("serve", "--port", str(free_port()))
    assert done.returncode == 1
    assert "请先运行 yihu init（正式）或 yihu demo（演示）" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_worker_knows_the_jobs_of_every_slice(installed: CommandLine) -> None:
    code = (
        "from yihu.site.management.commands.worker import know_jobs; know_jobs(); "
        "from procrastinate.contrib.django import app; "
        "print(sorted({t.func.__module__ for t in app.tasks.values()} "
        "- {'procrastinate.builtin_tasks'}))"
    )
    modules = sorted(f"yihu.{path.parent.name}.jobs" for path in Path("yihu").glob("*/jobs.py"))
    assert len(modules) >= 3
    done = installed("shell", "-v0", "-c", code)
    assert done.stdout.strip() == str(modules)


def test_the_worker_sweeps_at_its_start(served: Running) -> None:
    """Also after days without one: the last hour's tick is made up for."""

    def swept() -> bool:
        done = served.yihu(
            "shell", "-v0", "-c",
            "from django.db import connection\n"
            "from yihu.access.entering import for_group\n"
            "with for_group(), connection.cursor() as c:\n"
            "    c.execute(\"SELECT count(*) FROM procrastinate_periodic_defers "
            "WHERE task_name = 'yihu.duties.jobs.sweep'\")\n"
            "    print(c.fetchone()[0])",
        )  # fmt: skip
        return done.stdout.strip() not in {"", "0"}

    assert eventually(swept)
