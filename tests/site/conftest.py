"""A PostgreSQL that is not ours, and an installation to serve."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.installation import CommandLine, discard

BOSS = "boss"


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Server:
    """Another PostgreSQL, reached over TCP by password."""

    port: int
    password: str
    folder: Path
    programs: Path

    def call(self, name: str, *arguments: str, **environment: str) -> None:
        """One of its programs, as the system user that it runs as."""
        user = _server_user()
        subprocess.run(
            [str(self.programs / name), *arguments],
            check=True, cwd=self.folder, stdout=subprocess.DEVNULL,
            env={**os.environ, **environment},
            **({"user": user.pw_uid, "group": user.pw_gid} if os.geteuid() == 0 else {}),
        )  # fmt: skip

    def start(self, data: str, port: int, more: str = "") -> None:
        """Serve what lies in that folder of it, over TCP; what was written goes to an archive."""
        options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {self.folder}"
            " -c archive_mode=on -c archive_command='test ! -f "
            f"{self.folder}/wal/%f && cp %p {self.folder}/wal/%f' {more}"
        )
        log = str(self.folder / f"{data}.log")
        place = str(self.folder / data)
        self.call("pg_ctl", "start", "-D", place, "-w", "-o", options, "-l", log)

    def stop(self, data: str) -> None:
        """At once, as by a crash."""
        self.call("pg_ctl", "stop", "-D", str(self.folder / data), "-w", "-m", "immediate")

    def url(self, database: str, role: str = BOSS, password: str = "") -> str:
        secret = password or self.password
        return f"postgres://{role}:{secret}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str, database: str = "postgres") -> None:
        """As its superuser."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def create(self, database: str, *, owner: str = BOSS, ctype: str = "C.UTF-8") -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL(
                    "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LOCALE {}"
                ).format(sql.Identifier(database), sql.Identifier(owner), sql.Literal(ctype))
            )


@pytest.fixture(scope="session")
def other_server() -> Iterator[Server]:
    """The distribution's PostgreSQL, freshly made in a folder of its own."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert found, "No PostgreSQL of the distribution: apt install postgresql"
    user = _server_user()
    folder = Path(tempfile.mkdtemp(prefix="yihu-other-"))
    server = Server(free_port(), secrets.token_hex(12), folder, found[-1])
    word = folder / "word"
    word.write_text(server.password)
    (folder / "wal").mkdir()
    for path in (folder, folder / "wal", word):
        os.chown(path, user.pw_uid, user.pw_gid)
    server.call(
        "initdb", "-D", str(folder / "data"), "-U", BOSS, "-A", "scram-sha-256",
        "--pwfile", str(word), "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync",
    )  # fmt: skip
    server.start("data", server.port)
    yield server
    server.stop("data")
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def both_roles(other_server: Server) -> str:
    """The two roles, on the other server; their password."""
    for role in ("yihu_owner", "yihu_app"):
        other_server.run(f"CREATE ROLE {role} LOGIN PASSWORD 'of-both-roles'")
    return "of-both-roles"


def _server_user() -> pwd.struct_passwd:
    """Whom the distribution's server runs as: root may not."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


@pytest.fixture(scope="session")
def installed() -> Iterator[CommandLine]:
    """`yihu` on an installation with units and people and the embedded server."""
    home = Path(tempfile.mkdtemp(prefix="yihu-home-"))
    home.chmod(0o755)
    yihu = CommandLine(home)
    done = yihu("init", "--demo-people", "--password", "Yihu-测试-2026")
    assert (done.returncode, done.stderr) == (0, "")
    yield yihu
    discard(home)


def eventually(true: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.1)
    return true()


class Running:
    """A started `yihu serve`."""

    def __init__(self, yihu: CommandLine) -> None:
        self.yihu = yihu
        self.port = free_port()
        self.process = yihu.start("serve", "--port", str(self.port))
        self.said: list[str] = []

    def wait(self) -> None:
        """Until it says that it is up, with web and worker."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if "Ctrl-C" in line:
                return
        raise AssertionError("".join(self.said))

    def children(self) -> dict[str, int]:
        """Web and worker, by name."""
        pid = self.process.pid
        numbers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        lines = {int(n): Path(f"/proc/{n}/cmdline").read_text() for n in numbers}
        return {"web" if "granian" in line else "worker": n for n, line in lines.items()}

    def tree(self) -> set[int]:
        """Every process of it, the database aside."""
        sessions = {*self.children().values(), self.process.pid}
        return {
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and _session(int(entry.name)) in sessions
        } | sessions


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0


@pytest.fixture
def served(installed: CommandLine) -> Iterator[Running]:
    running = Running(installed)
    running.wait()
    yield running
    if running.process.poll() is None:
        running.process.terminate()
    running.process.communicate(timeout=30)
