"""`yihu check` says what is sound, what is not and the way out; machines read it as JSON."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.installation import CommandLine
from tests.site.conftest import Running, eventually
from yihu.kit.postgres import DATABASE, OWNER, Cluster


def asked(yihu: CommandLine) -> tuple[int, dict[str, tuple[bool, str]]]:
    """The exit code, and each line's answer."""
    done = yihu("check", "--json")
    assert done.stderr == ""
    return done.returncode, {
        line["name"]: (line["ok"], line["message"]) for line in json.loads(done.stdout)
    }


def working(yihu: CommandLine) -> bool:
    """Whether the worker has given its first sign of life; it may do so after the web is up."""
    return eventually(lambda: asked(yihu)[1]["worker"][0])


@contextmanager
def a_migration_fewer(yihu: CommandLine) -> Iterator[None]:
    """As after an upgrade of the program before `yihu init`."""
    where = str(Cluster(yihu.home).socket_folder)
    row = "('duties', (SELECT max(name) FROM django_migrations WHERE app = 'duties'))"
    with psycopg.connect(host=where, dbname=DATABASE, user=OWNER, autocommit=True) as owner:
        gone = owner.execute(
            f"DELETE FROM django_migrations WHERE (app, name) = {row} RETURNING app, name, applied"
        ).fetchone()
        assert gone is not None
        yield
        owner.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", gone
        )


@pytest.mark.clause("4.2a")
def test_while_it_serves_everything_is_sound(served: Running) -> None:
    assert working(served.yihu)
    code, lines = asked(served.yihu)
    assert code == 0
    assert all(ok for ok, _ in lines.values())
    assert set(lines) == {
        "program", "database", "roles", "chinese", "migrations", "scope",
        "storage", "clock", "worker", "log", "backup",
    }  # fmt: skip


def test_each_fault_is_said_with_its_way_out(served: Running) -> None:
    assert working(served.yihu)
    uploads = served.yihu.home / "uploads"
    shutil.rmtree(uploads, ignore_errors=True)
    uploads.write_text("a file where a folder should be")
    try:
        with a_migration_fewer(served.yihu):
            code, lines = asked(served.yihu)
    finally:
        uploads.unlink()
    assert code == 1
    assert {name for name, (ok, _) in lines.items() if not ok} == {"migrations", "storage"}
    assert lines["migrations"][1] == "还有 1 个数据库迁移未执行；请运行 yihu upgrade。"
    assert "改设 YIHU_HOME" in lines["storage"][1]
    done = served.yihu("check")  # people read a line an answer
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["正常"] * 11
