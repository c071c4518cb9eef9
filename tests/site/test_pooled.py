"""Yihu on an older PostgreSQL of yours, brought there from a copy, and behind a real PgBouncer."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction

from tests import plant
from tests.site.conftest import Server, eventually, free_port
from tests.upkeep.world import World, own_places, planted
from yihu.access.entering import for_person
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier
from yihu.kit import clock
from yihu.kit.plans import by_kept_plans
from yihu.kit.scoped import acting
from yihu.upkeep.copies import read_list, shelf
from yihu.upkeep.dumping import load
from yihu.upkeep.taking import take
from yihu.upkeep.trying import compared

COUNT = "SELECT count(*) FROM dossiers_dossier WHERE char_length(number) >= %(least)s::int"
"""Planned once on the connection that all share."""


@pytest.fixture
def world(own_database: None, settings: Any, tmp_path: Path) -> World:
    own_places(settings, tmp_path)
    return planted(tmp_path)


@pytest.fixture
def pooler(other_server: Server, both_roles: str) -> Iterator[int]:
    """The port of a PgBouncer that gives each transaction the one connection there is."""
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    assert Path(program).exists(), "No PgBouncer: apt install pgbouncer"
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    folder, port = Path(tempfile.mkdtemp(prefix="yihu-pool-")), free_port()
    os.chown(folder, user.pw_uid, user.pw_gid)
    (folder / "ini").write_text(
        f"[databases]\n* = host=127.0.0.1 port={other_server.port} password={both_roles}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = trust\n"
        f"auth_file = {folder}/users\nunix_socket_dir =\npool_mode = transaction\n"
        f"default_pool_size = 1\nignore_startup_parameters = options\n"
    )
    (folder / "users").write_text(f'"yihu_app" "{both_roles}"\n')
    running = subprocess.Popen(
        [program, "-q", str(folder / "ini")], stderr=subprocess.DEVNULL,
        **({"user": user.pw_uid, "group": user.pw_gid} if os.geteuid() == 0 else {}),
    )  # fmt: skip
    yield port
    running.terminate()
    running.wait(10)
    shutil.rmtree(folder)


def move(alias: str, patch: pytest.MonkeyPatch, **to: Any) -> None:
    """The connection goes to another place from now on."""
    connections[alias].close()
    for name, value in to.items():
        patch.setitem(connections[alias].settings_dict, name, value)


@pytest.mark.clause("6.3.1")
def test_on_an_older_server_and_a_shared_connection_each_sees_their_own(
    world: World,
    other_server: Server,
    both_roles: str,
    pooler: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fujian = plant.unit("FJ", region="350000")
    plant.dossier(fujian)
    people = [plant.person(Role.FILLER, unit).pk for unit in (world.paper.unit, fujian)]
    copy = take(shelf(), world.key, at=clock.now(), by="test").copy
    listed = read_list(copy, world.key)
    other_server.create("moved", owner="yihu_owner")
    there = {"HOST": "127.0.0.1", "NAME": "moved", "PASSWORD": both_roles}
    try:
        move("owner", monkeypatch, **there, PORT=str(other_server.port))
        assert load(copy, world.key) == listed.database
        assert compared(listed) > 100
        move("default", monkeypatch, **there, PORT=str(pooler))
        assert eventually(answers)
        with ThreadPoolExecutor(3) as threads:
            found = list(threads.map(seen, [None, people[0], people[1]]))
        assert [files for files, _servers in found] == [{0}, {2}, {1}]
        assert len(set.union(*(servers for _files, servers in found))) == 1
    finally:
        connections["default"].close()
        connections["owner"].close()
        monkeypatch.undo()


def answers() -> bool:
    """Whether the pooler lets us in."""
    try:
        connection.ensure_connection()
    except OperationalError:
        return False
    return True


def seen(person: int | None) -> tuple[set[int], set[tuple[int, int]]]:
    """How many files somebody counts, again and again from a thread of their own; on which server
    by port and process."""
    counted, servers = set(), set()
    for _again in range(10):
        with acting(None) if person is None else for_person(person), transaction.atomic():
            counted.add(Dossier.objects.count())
            assert by_kept_plans([COUNT])([(COUNT, {"least": 0})])[0].rows == [(max(counted),)]
            with connection.cursor() as cursor:
                cursor.execute("SELECT inet_server_port(), pg_backend_pid()")
                servers.add(cursor.fetchone())
    connection.close()
    return counted, servers
