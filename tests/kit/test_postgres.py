"""The launcher against real processes: who gets in, what survives, what a leftover breaks."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.installation import discard
from yihu.kit.postgres import (
    APP,
    DATABASE,
    OWNER,
    SOCKET_LIMIT,
    SOCKET_NAME,
    SUPERUSER,
    CannotStart,
    Cluster,
)

ROOT = Path(__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
USES = (
    "import sys, time; from pathlib import Path; from yihu.kit.postgres import Cluster; "
    "cluster = Cluster(Path(sys.argv[1])); cluster.attach(); print('up', flush=True); "
    "sys.stdin.read(); cluster.release()"
)


def folder() -> Path:
    """A folder that everybody may walk into; the cluster in it is not theirs."""
    path = Path(tempfile.mkdtemp(prefix="yihu-cluster-"))
    path.chmod(0o755)
    return path


@pytest.fixture
def bare() -> Iterator[Path]:
    """A folder without a cluster yet."""
    path = folder()
    yield path
    discard(path)


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A cluster as the first start leaves it, stopped; only copied."""
    path = folder()
    leave(user_process(path))
    yield path
    discard(path)


@pytest.fixture
def home(bare: Path, made: Path) -> Path:
    """A folder with a stopped cluster in it."""
    subprocess.run(["cp", "-a", str(made / "pg"), str(bare / "pg")], check=True)
    return bare


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A running server for those who only look."""
    path = folder()
    running = Cluster(path)
    running.attach()
    yield running
    running.release()
    discard(path)


@pytest.fixture
def victim(home: Path) -> Iterator[Cluster]:
    """A running server for those who break it."""
    running = Cluster(home)
    running.attach()
    yield running
    running.release()


def connect(cluster: Cluster, role: str = OWNER) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=str(cluster.socket_folder), port=5432, dbname=DATABASE, user=role, autocommit=True
    )


def ask(cluster: Cluster, question: str, role: str = OWNER) -> object:
    with connect(cluster, role) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def as_user(cluster: Cluster, user: str, role: str) -> str:
    """What psql says to a system user who tries a role; empty where it lets them in."""
    done = subprocess.run(
        [
            str(cluster._programs() / "bin" / "psql"), "-X", "-w", "-At", "-h",
            str(cluster.socket_folder), "-p", "5432", "-U", role, "-d", DATABASE, "-c", "SELECT 1",
        ],
        user=user, extra_groups=[], cwd="/", text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode == 0) == (done.stderr == "")
    return done.stderr


def user_process(home: Path, **environment: str) -> subprocess.Popen[str]:
    """Another process that claims the server until its standard input closes."""
    process = subprocess.Popen(
        [sys.executable, "-c", USES, str(home)],
        cwd=ROOT, env={**os.environ, **environment}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=30)
    assert process.returncode == 0


def postmaster(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().splitlines()[0])


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int) -> bool:
    """Within seconds: the server takes its file away, on which whoever stops it waits, before it
    ends."""
    until = time.monotonic() + 10
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(pid)


def kill_all(pid: int) -> None:
    """The postmaster and everything it started, at once, as a power switch would."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for one in (pid, *map(int, children)):
        os.kill(one, signal.SIGKILL)


def test_roles_are_no_more_than_they_must_be(cluster: Cluster) -> None:
    with connect(cluster) as connection:
        rows = connection.execute(
            "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolinherit, rolbypassrls "
            "FROM pg_roles WHERE rolcanlogin ORDER BY 1"
        ).fetchall()
    assert rows == [
        (APP, False, False, False, False, False),
        (OWNER, False, True, False, True, False),
        (SUPERUSER, True, True, True, True, True),
    ]


def test_every_commit_reaches_the_disk(cluster: Cluster) -> None:
    names = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums")
    assert [ask(cluster, f"SHOW {name}") for name in names] == ["on"] * 4


def test_there_is_no_network(cluster: Cluster) -> None:
    assert ask(cluster, "SHOW listen_addresses") == ""


def test_what_people_typed_stays_out_of_the_log(cluster: Cluster) -> None:
    with connect(cluster) as connection:
        connection.execute("CREATE TABLE person (name text UNIQUE)")
        connection.execute("INSERT INTO person VALUES ('只有广东知道的名字')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES ('只有广东知道的名字')")
    end = time.monotonic() + 20  # the collector writes when it gets round to it
    logs = b""
    while b"person_name_key" not in logs and time.monotonic() < end:
        logs = b"".join(path.read_bytes() for path in (cluster.data / "log").iterdir())
    assert b"person_name_key" in logs
    assert "只有广东知道的名字".encode() not in logs


def test_no_connection_of_a_role_reads_the_statements_of_another(cluster: Cluster) -> None:
    """They hold what others typed a moment ago; row security does not reach them there."""
    with connect(cluster) as one, connect(cluster) as other:
        one.execute("SELECT '只有广东知道的价格'")
        seen = other.execute(
            "SELECT query FROM pg_stat_activity WHERE pid = %s", [one.info.backend_pid]
        ).fetchall()
    assert seen == [("",)]


def test_nobody_is_superuser_over_the_socket(cluster: Cluster) -> None:
    with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
        connect(cluster, SUPERUSER)


@as_root
@pytest.mark.parametrize("role", [OWNER, APP, SUPERUSER])
def test_another_system_user_stays_out(cluster: Cluster, role: str) -> None:
    assert "Permission denied" in as_user(cluster, "nobody", role)


@as_root
@pytest.mark.parametrize("role", [OWNER, APP, SUPERUSER])
def test_whom_the_server_runs_as_stays_out(cluster: Cluster, role: str) -> None:
    service = cluster.data.owner()
    assert service != "root"
    assert "Peer authentication failed" in as_user(cluster, service, role)


@as_root
def test_a_long_path_gets_a_private_folder_for_its_socket(bare: Path) -> None:
    far = bare / ("很长的目录名" * 8)
    far.mkdir()
    cluster = Cluster(far)
    assert len(os.fsencode(cluster.data.parent / "run" / SOCKET_NAME)) > SOCKET_LIMIT
    cluster.attach()
    try:
        folder = cluster.socket_folder
        assert len(os.fsencode(folder / SOCKET_NAME)) <= SOCKET_LIMIT
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert ask(cluster, "SELECT current_user", APP) == APP
        for role in (OWNER, APP, SUPERUSER):
            assert "Permission denied" in as_user(cluster, "nobody", role)
    finally:
        cluster.release()
        discard(far)


@as_root
def test_a_folder_that_others_may_write_is_not_taken_for_the_socket(bare: Path, made: Path) -> None:
    far = bare / ("很长的目录名" * 8)
    far.mkdir()
    subprocess.run(["cp", "-a", str(made / "pg"), str(far / "pg")], check=True)
    cluster = Cluster(far)
    squatted = cluster.socket_folder
    squatted.parent.mkdir(mode=0o711, exist_ok=True)
    squatted.mkdir()
    squatted.chmod(0o777)
    with pytest.raises(CannotStart, match=str(squatted)):
        cluster.attach()
    discard(far)


@as_root
def test_closed_folders_stay_closed(bare: Path) -> None:
    closed = bare / "root's own"
    closed.mkdir(mode=0o700)
    inside = closed / "var"
    inside.mkdir(mode=0o700)
    cluster = Cluster(inside)
    cluster.attach()
    try:
        assert ask(cluster, "SELECT 1") == 1
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert stat.S_IMODE(inside.stat().st_mode) == 0o700
        assert stat.S_IMODE(cluster.data.parent.stat().st_mode) == 0o700
    finally:
        cluster.release()
        discard(inside)


def test_chinese_has_trigrams_whatever_the_machine_speaks(bare: Path) -> None:
    process = user_process(bare, LANG="C", LC_ALL="C", LC_CTYPE="C")
    cluster = Cluster(bare)
    with connect(cluster) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        row = connection.execute("SELECT cardinality(show_trgm('中文')), lower('ÄÖ')").fetchone()
    assert row == (3, "äö")
    leave(process)


def test_variables_of_another_postgresql_lead_nowhere(home: Path) -> None:
    process = user_process(home, PGPORT="6000", PGHOST="/nowhere", PGDATA="/nowhere")
    assert ask(Cluster(home), "SELECT 1") == 1
    leave(process)


def test_the_last_one_out_stops_it(home: Path) -> None:
    first, second = user_process(home), user_process(home)
    pid = postmaster(Cluster(home))
    leave(first)
    assert alive(pid)
    leave(second)
    assert gone(pid)


def test_a_killed_user_leaves_no_claim(home: Path) -> None:
    first, second = user_process(home), user_process(home)
    pid = postmaster(Cluster(home))
    first.kill()
    first.wait()
    leave(second)
    assert gone(pid)


def test_four_at_once_share_one(bare: Path) -> None:
    several = [
        subprocess.Popen(
            [sys.executable, "-c", USES, str(bare)],
            cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]  # fmt: skip
    for process in several:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
    pid = postmaster(Cluster(bare))
    for process in several:
        leave(process)
    assert gone(pid)


def test_acknowledged_rows_survive_a_kill_of_everything(home: Path) -> None:
    cluster = Cluster(home)
    cluster.attach()
    with connect(cluster) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    for round_ in range(1, 4):
        with connect(cluster) as connection:
            connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
            kill_all(postmaster(cluster))
        again = Cluster(home)  # at once, while the last of the killed may still be going
        again.attach()
        assert ask(again, "SELECT count(*) FROM kept") == round_ * 1000
        cluster = again
    cluster.release()


def test_a_killed_postmaster_alone_is_replaced(victim: Cluster, home: Path) -> None:
    with connect(victim) as connection:
        connection.execute("SELECT 1")
        os.kill(postmaster(victim), signal.SIGKILL)
        again = Cluster(home)
        again.attach()
    assert ask(again, "SELECT 1") == 1
    again.release()


@pytest.mark.parametrize("content", ["{}\n", "", "nonsense\n"])
def test_a_lock_file_of_a_stranger_is_void(home: Path, content: str) -> None:
    """After a restart of the machine the number in it may be anybody's: here, ours."""
    cluster = Cluster(home)
    cluster.attach()
    kill_all(postmaster(cluster))
    lines = [content.format(os.getpid()).strip(), str(cluster.data), "0", "5432"]
    (cluster.data / "postmaster.pid").write_text("\n".join(lines) + "\n")
    (cluster.socket_folder / f"{SOCKET_NAME}.lock").write_text("\n".join(lines) + "\n")
    again = Cluster(home)
    again.attach()
    assert ask(again, "SELECT 1") == 1
    assert alive(os.getpid())
    again.release()


def test_a_server_without_its_socket_is_started_anew(victim: Cluster, home: Path) -> None:
    pid = postmaster(victim)
    (victim.socket_folder / SOCKET_NAME).unlink()
    again = Cluster(home)
    again.attach()
    assert ask(again, "SELECT 1") == 1
    assert postmaster(again) != pid
    again.release()


def test_a_broken_first_start_leaves_nothing_in_the_way(home: Path) -> None:
    folder = Cluster(home).data.parent
    (folder / "data").rename(folder / "new-broken")  # as if killed before it was ready
    again = Cluster(home)
    again.attach()
    assert ask(again, "SELECT 1") == 1
    assert list(folder.glob("new-*")) == []
    again.release()


def test_another_major_version_is_named(home: Path) -> None:
    version = Cluster(home).data / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(CannotStart, match="由 PostgreSQL 17 建立，本程序自带的是 18"):
        Cluster(home).attach()


def test_what_postgresql_refuses_is_said_in_one_sentence(home: Path) -> None:
    with pytest.raises(CannotStart) as refusal:
        Cluster(home, settings={"shared_buffers": "much"}).attach()
    said = str(refusal.value)
    assert "shared_buffers" in said
    assert "DATABASE_URL" in said
    assert said.count("\n") == 0


@as_root
def test_a_folder_of_another_user_is_not_taken_over(bare: Path) -> None:
    (bare / "pg").mkdir(mode=0o700)
    os.chown(bare / "pg", 65534, 65534)
    with pytest.raises(CannotStart, match="属于系统用户 nobody"):
        Cluster(bare).attach()


def test_starting_again_is_quick(home: Path) -> None:
    cluster = Cluster(home)
    began = time.monotonic()
    cluster.attach()
    took = time.monotonic() - began
    cluster.release()
    assert took < 3
