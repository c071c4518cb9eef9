"""A real PostgreSQL for the tests: our own launcher, the two roles, a template a schema.

The tests connect as the application's role, which owns nothing, as the web does. The tables are
migrated once into a template database, kept as long as no migration changes, and each run works
on a copy of it. Nothing is truncated: a test that must commit gets a database of its own.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = hashlib.sha256(str(ROOT).encode()).hexdigest()[:6]
CACHE = Path(tempfile.gettempdir()) / f"yihu-tests-{os.getuid()}-{PLACE}"
LONG = (
    "site/test_check.py",  # these three need no template: the other worker migrates it meanwhile
    "site/test_serve.py",
    "site/test_other_server.py",
    "site/test_demo.py",
    "proof/test_quick.py",
    "proof/test_schema.py",
    "guide/test_editor.py",
)
KEPT_TEMPLATES = 3  # a run that began before a migration was written still copies the old one
os.environ["DJANGO_SETTINGS_MODULE"] = "yihu.site.settings"
os.environ["YIHU_HOME"] = str(CACHE)
os.environ.pop("DATABASE_URL", None)
os.environ.pop("DATABASE_OWNER_URL", None)
os.environ.pop("YIHU_TODAY", None)
os.environ["YIHU_SECOND_FACTOR"] = "off"  # tests/access/signing asks for it where it is meant
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright's sync API runs a loop

import psycopg  # noqa: E402  # the environment above decides what the imports below read
import pytest  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402
from django.utils import translation  # noqa: E402
from psycopg import sql  # noqa: E402
from pytest_django.plugin import DjangoDbBlocker  # noqa: E402

from tests.installation import CommandLine, discard  # noqa: E402
from yihu.access.entering import for_group, keep_key  # noqa: E402  # as above
from yihu.contracts.months import AHEAD, BACK  # noqa: E402  # as above
from yihu.kit.postgres import APP, DATABASE, OWNER, Cluster  # noqa: E402
from yihu.site.database import grant  # noqa: E402

CACHE.mkdir(mode=0o700, exist_ok=True)
MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3


def lay_in_memory(place: Path) -> None:
    """Let the tables lie in memory where there is room: a copy of the template is two thousand
    files, and hundreds of tests make one."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        with suppress(FileExistsError):  # laid by a run before, or by the other worker
            place.symlink_to(MEMORY / f"{place.parent.name}-{place.name}")


lay_in_memory(CACHE / "pg")
CLUSTER = Cluster(
    CACHE,
    settings={
        "fsync": "off",
        "full_page_writes": "off",
        "max_wal_size": "512MB",
        "shared_buffers": "128MB",
        "track_activities": "on",
    },
)
CLUSTER.attach()


def pytest_configure() -> None:
    """Quick hashing and plain static files; everything else as it is served."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.LOG_STRICT = True
    settings.WHITENOISE_AUTOREFRESH = True  # each client would list all static files at its start
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, so that none begins when the other worker is about to be done."""
    order = {(ROOT / "tests" / name).resolve(strict=True): n for n, name in enumerate(LONG)}
    items.sort(key=lambda item: order.get(item.path, len(LONG)))


def pytest_unconfigure() -> None:
    CLUSTER.release()


def as_owner(name: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=str(CLUSTER.socket_folder), dbname=name, user=OWNER, autocommit=True
    )


def part(name: str) -> None:
    """End the sessions in a database: each role may end its own."""
    for role in (OWNER, APP):
        with psycopg.connect(
            host=str(CLUSTER.socket_folder), dbname=DATABASE, user=role
        ) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = %s AND usename = current_user",
                [name],
            )


def drop(name: str) -> None:
    """Drop a database and whoever of ours is still in it, for whom the server would wait five
    seconds; vacuum ends by itself."""
    for _attempt in range(100):
        part(name)
        try:
            with as_owner(DATABASE) as owner:
                owner.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            return
        except psycopg.errors.ObjectInUse:
            time.sleep(0.1)
    raise RuntimeError(f"{name} is still in use")


def schema_digest() -> str:
    """What the tables hang on: the migrations, the packages that bring their own, the months."""
    sources = [*ROOT.glob("yihu/*/migrations/*.py"), ROOT / "requirements-dev.txt"]
    sources.append(ROOT / "tests" / "upkeep" / "released.json")
    sources.append(ROOT / "yihu" / "contracts" / "months.py")
    text = b"".join(path.read_bytes() for path in sorted(sources))
    return hashlib.sha256(text).hexdigest()[:12]


def point_at(name: str) -> None:
    """Both connections work on this database from now on."""
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
        settings.DATABASES[alias]["NAME"] = name


@contextmanager
def database(name: str, template: str) -> Iterator[None]:
    """A copy of the template, for as long as it is used."""
    with as_owner(DATABASE) as owner:
        target = sql.Identifier(name)
        drop(name)
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")  # nothing is synced
        owner.execute(copy.format(target, sql.Identifier(template)))
        before = settings.DATABASES["default"]["NAME"]
        point_at(name)
        try:
            yield
        finally:
            point_at(before)
            drop(name)


def migrated_beyond_the_release() -> dict[str, list[str]]:
    """Migrate, and say of each migration that no release has yet which tables it would hold up
    were they big, and which columns it takes from the version before (tools/released.py)."""
    from yihu.kit.migrating import Executor
    from yihu.upkeep import locks

    released = json.loads((ROOT / "tests" / "upkeep" / "released.json").read_text())
    Executor(connections["owner"]).migrate(list(released.items()))
    found: dict[str, list[str]] = {}
    for trace in locks.watched(connections["owner"], locks.pending()):
        bad = [danger.table for danger in locks.dangers([trace], defaultdict(lambda: 1), 0)]
        found.setdefault(trace.migration, []).extend([*bad, *sorted(trace.broken)])
    return found


@pytest.fixture
def one_minute() -> None:
    """A quarter of the minute is left: what is counted by minutes is counted in this one."""
    passed = time.time() % 60
    if passed > 45:
        time.sleep(60 - passed)


@pytest.fixture(scope="session")
def template_database(django_db_blocker: DjangoDbBlocker) -> str:
    """A migrated, otherwise empty database that nobody works in."""
    from django.core.management import call_command

    name = f"template_{schema_digest()}"
    with as_owner(DATABASE) as owner:
        owner.execute("SELECT pg_advisory_lock(20241)")
        if owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        rows = owner.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%' ORDER BY oid DESC"
        )
        for (old,) in rows.fetchall()[KEPT_TEMPLATES - 1 :]:
            drop(str(old))
        building = sql.Identifier("building")
        drop("building")
        owner.execute(sql.SQL("CREATE DATABASE {}").format(building))
        with as_owner("building") as inside:
            grant(inside, APP)
        with django_db_blocker.unblock():
            before = settings.DATABASES["default"]["NAME"]
            point_at("building")
            kept = CACHE / f"{name}.json"
            kept.write_text(json.dumps(migrated_beyond_the_release()))
            call_command("migrate", database="owner", interactive=False, verbosity=0)
            with as_owner("building") as inside:
                keep_key(inside)
                inside.execute(f"SELECT keep_offtake_months('2026-11-05', {BACK}, {AHEAD}, 0)")
            point_at(before)
        owner.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(building, sql.Identifier(name))
        )
    return name


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker, template_database: str) -> Iterator[None]:
    """The database of this run; each test's transaction is rolled back."""
    with django_db_blocker.unblock(), database(f"run_{os.getpid()}", template_database):
        yield


@pytest.fixture
def own_database(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, template_database: str
) -> Iterator[None]:
    """A database of the test's own, where it may commit: for concurrency, jobs and servers."""
    with django_db_blocker.unblock(), database(f"own_{os.getpid()}", template_database):
        yield


@pytest.fixture
def command_line(tmp_path: Path) -> Iterator[CommandLine]:
    """`yihu` as a real process on an installation of its own."""
    yield CommandLine(tmp_path)
    discard(tmp_path)


@pytest.fixture(autouse=True)
def _arranging() -> Iterator[None]:
    """What a test itself plants and reads is the group's own work; requests enter their own."""
    with for_group():
        yield


@pytest.fixture(autouse=True)
def _in_chinese() -> None:
    """A page in English leaves its language with the thread; each test begins in Chinese."""
    translation.activate("zh-hans")
