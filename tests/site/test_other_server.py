"""`DATABASE_URL`: a PostgreSQL that is not the embedded one, with the roles it has."""

import json
import stat
from pathlib import Path

import psycopg
import pytest

from tests.installation import CommandLine
from tests.site.conftest import Server


@pytest.fixture
def yihu(command_line: CommandLine, other_server: Server) -> CommandLine:
    """`yihu` without an embedded server."""
    command_line.environment["DATABASE_URL"] = "to be set"
    return command_line


def wrong(yihu: CommandLine) -> dict[str, str]:
    """What `yihu check --json` finds wrong besides the worker that nobody started, which would
    also have sealed the log."""
    done = yihu("check", "--json")
    assert done.returncode == 1
    answers = json.loads(done.stdout)
    assert [answer["name"] for answer in answers] == [
        "program", "database", "roles", "chinese", "migrations", "scope",
        "storage", "clock", "worker", "log", "backup",
    ]  # fmt: skip
    bad = {answer["name"]: answer["message"] for answer in answers if not answer["ok"]}
    assert "yihu serve" in bad.pop("worker")
    assert "yihu worker" in bad.pop("log")
    return bad


def said(yihu: CommandLine, *arguments: str) -> str:
    """The one sentence with which a command gives up."""
    done = yihu(*arguments)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr.strip()


def test_one_url_is_enough_and_may_move(yihu: CommandLine, other_server: Server) -> None:
    other_server.create("group_files")
    yihu.environment["DATABASE_URL"] = other_server.url("group_files")
    done = yihu("init", "--demo-people", "--password", "Yihu-测试-2026")
    assert (done.returncode, done.stderr) == (0, "")
    assert "单位：新建 15 个" in done.stdout
    assert "演示人员 60 名" in done.stdout
    assert wrong(yihu) == {}
    again = yihu("init", "--demo-people", "--password", "Yihu-测试-2026")
    assert again.stdout.splitlines() == [
        "单位：均已存在，未改动",
        "演示人员：均已存在，未改动",
        "完成。用 yihu serve 启动。",
    ]
    assert not (yihu.home / "pg").exists()
    kept = {path.name: path for path in (yihu.home / "secrets").iterdir()}
    assert len(kept) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept.values()} == {0o600}
    with psycopg.connect(other_server.url("group_files")) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolinherit FROM pg_roles "
            "WHERE rolname = 'group_files_app'"
        ).fetchone()
        owned = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = 'group_files_app'::regrole"
        ).fetchone()
    assert row == (False, False, False, False, False)
    assert owned == (0,)
    assert serves(yihu) == "group_files group_files_app"

    # an owner that may create roles is enough; a URL that moved leaves the web nowhere else
    other_server.run("CREATE ROLE maker LOGIN CREATEROLE PASSWORD 'word'")
    other_server.create("made", owner="maker")
    yihu.environment["DATABASE_URL"] = other_server.url("made", "maker", "word")
    done = yihu("init")
    assert (done.returncode, done.stderr) == (0, "")
    assert wrong(yihu) == {}
    assert serves(yihu) == "made made_app"


def serves(yihu: CommandLine) -> str:
    """The database and the role of the web."""
    show = (
        "from django.db import connection as c; print(*map(c.settings_dict.get, ('NAME', 'USER')))"
    )
    return yihu("shell", "-v0", "-c", show).stdout.strip()


def test_two_urls_for_two_roles_of_which_the_web_is_neither_owner_nor_superuser(
    yihu: CommandLine, other_server: Server
) -> None:
    refusals: list[str] = []
    other_server.run(
        "CREATE ROLE files_owner LOGIN PASSWORD 'one'", "CREATE ROLE files_web LOGIN PASSWORD 'two'"
    )
    other_server.create("two_roles", owner="files_owner")
    yihu.environment["DATABASE_URL"] = other_server.url("two_roles", "files_web", "two")
    yihu.environment["DATABASE_OWNER_URL"] = other_server.url("two_roles", "files_owner", "one")
    done = yihu("init")
    assert (done.returncode, done.stderr) == (0, "")
    assert wrong(yihu) == {}
    del yihu.environment["DATABASE_OWNER_URL"]  # the web's machine needs the web's role only
    assert wrong(yihu) == {}

    for role, password in (("files_owner", "one"), ("boss", "")):
        url = other_server.url("two_roles", role, password)
        yihu.environment |= {"DATABASE_URL": url, "DATABASE_OWNER_URL": url}
        assert list(wrong(yihu)) == ["roles"]
        refusals.append(said(yihu, "serve", "--port", "0"))
    assert "应用角色 files_owner 拥有库表，拒绝启动" in refusals[0]
    assert "应用角色 boss 是超级用户、可绕过行级安全、可建立角色" in refusals[1]


def test_a_database_that_does_not_know_chinese_is_refused(
    yihu: CommandLine, other_server: Server
) -> None:
    other_server.create("deaf", ctype="C")
    yihu.environment["DATABASE_URL"] = other_server.url("deaf")
    assert "LC_CTYPE" in said(yihu, "init")
    with psycopg.connect(other_server.url("deaf")) as connection:
        made = connection.execute("SELECT FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert made == []


def test_a_plain_role_alone_is_not_enough(yihu: CommandLine, other_server: Server) -> None:
    other_server.run("CREATE ROLE plain LOGIN PASSWORD 'word'")
    other_server.create("plain")
    yihu.environment["DATABASE_URL"] = other_server.url("plain", "plain", "word")
    assert "DATABASE_OWNER_URL" in said(yihu, "init")


def test_an_owner_that_may_not_make_tables_is_told(yihu: CommandLine, other_server: Server) -> None:
    other_server.run("CREATE ROLE stranger LOGIN CREATEROLE PASSWORD 'word'")
    other_server.create("not_its_own")
    yihu.environment["DATABASE_URL"] = other_server.url("not_its_own", "stranger", "word")
    assert 'ALTER DATABASE "not_its_own" OWNER TO "stranger"' in said(yihu, "init")


@pytest.mark.parametrize("command", ["init", "serve", "demo", "duties"])
def test_a_server_that_is_not_there_is_said_in_one_sentence(
    yihu: CommandLine, command: str, tmp_path: Path
) -> None:
    yihu.environment["DATABASE_URL"] = "postgres://a:b@127.0.0.1:1/c"
    more = {"serve": ["--port", "0"], "duties": ["refresh"]}.get(command, [])
    sentence = said(yihu, command, *more)
    assert sentence.startswith("连接不上数据库：")
    assert sentence.endswith("请检查DATABASE_URL 与数据库服务。")
    assert sentence.count("\n") == 0


def test_another_kind_of_database_is_refused(yihu: CommandLine) -> None:
    yihu.environment["DATABASE_URL"] = "mysql://a:b@127.0.0.1/c"
    assert "DATABASE_URL 必须指向 PostgreSQL" in said(yihu, "check")
