"""A real streaming replica: read where it will do, in the same scope, never older than it says."""

import io
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker

from tests import plant
from tests.conftest import CLUSTER
from tests.exports.taking import take
from tests.site.conftest import BOSS, Server, eventually, free_port
from tests.upkeep.world import own_places, planted
from yihu.access.entering import for_person
from yihu.access.models import RoleAssignment, User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.boards.actions import reckon
from yihu.dossiers.models import Dossier
from yihu.kit import clock
from yihu.kit.postgres import OWNER, environment, program
from yihu.kit.scoped import acting, replica
from yihu.site.database import REPLICA_OPTIONS
from yihu.upkeep.soundness import follower

DATABASE = "replicated"


@pytest.fixture
def primary(
    other_server: Server, both_roles: str, template_database: str,
    django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Server]:  # fmt: skip
    """The schema on the other server, and both our connections there."""
    other_server.create(DATABASE, owner="yihu_owner")
    to = other_server.url(DATABASE, OWNER, both_roles)
    dump = subprocess.Popen(
        [program("pg_dump"), "-O", "-h", CLUSTER.socket_folder, "-U", OWNER, template_database],
        stdout=subprocess.PIPE, env=environment(),
    )  # fmt: skip
    loaded = subprocess.run(
        [program("psql"), "-X", "-q", "-o", "/dev/null", to],
        stdin=dump.stdout, stderr=subprocess.DEVNULL, env=environment(), check=False,
    )  # fmt: skip
    assert (dump.wait(), loaded.returncode) == (0, 0)
    with django_db_blocker.unblock():
        for alias in ("default", "owner"):
            connections[alias].close()
            for name, value in {
                "HOST": "127.0.0.1", "PORT": str(other_server.port), "NAME": DATABASE,
                "PASSWORD": both_roles,
            }.items():  # fmt: skip
                monkeypatch.setitem(connections[alias].settings_dict, name, value)
        yield other_server
        for alias in ("default", "owner"):
            connections[alias].close()
    other_server.run(f"DROP DATABASE {DATABASE}")


@pytest.fixture
def follows(primary: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a replica that streams, and `YIHU_REPLICA_URL` leading there."""
    port = free_port()
    primary.call(
        "pg_basebackup", "-d", primary.url("postgres"), "-D", str(primary.folder / "standby"), "-R",
        "--checkpoint=fast", "--no-sync",
    )  # fmt: skip
    primary.start("standby", port)
    default = connections["default"].settings_dict
    monkeypatch.setitem(
        connections.settings, "replica",
        {**default, "PORT": str(port), "OPTIONS": {**default["OPTIONS"], **REPLICA_OPTIONS}},
    )  # fmt: skip
    yield port
    connections["replica"].close()
    del connections["replica"]
    primary.stop("standby")


def seen(by: User | None) -> tuple[int, int, datetime | None]:
    """Where somebody's rows are read, how many files they are, and until when that holds."""

    def count(until: datetime | None) -> tuple[int, int, datetime | None]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT inet_server_port()")
            return cursor.fetchone()[0], Dossier.objects.count(), until

    with for_person(by.pk) if by else acting(None), transaction.atomic():
        return replica.read(count)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.clause("6.3.1")
def test_boards_and_exports_are_read_from_a_replica_while_it_is_near(
    primary: Server, follows: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    gd, fujian = plant.unit("GD"), plant.unit("FJ", region="350000")
    for unit in (gd, gd, fujian):
        plant.dossier(unit)
    filler, boss = plant.person(Role.FILLER, gd), plant.person(Role.SUPERVISOR)
    reckon([gd.pk, fujian.pk], today=clock.today(), at=clock.now())

    def at_replica(by: User | None, files: int) -> bool:
        return seen(by)[:2] == (follows, files)

    assert eventually(lambda: at_replica(boss, 3))
    assert at_replica(filler, 2)
    assert at_replica(None, 0)
    assert follower().sound

    standby = Server(follows, primary.password, primary.folder, primary.programs)
    standby.run("SELECT pg_wal_replay_pause()")
    before = clock.now()
    plant.dossier(fujian)
    reckon([fujian.pk], today=clock.today(), at=clock.now())
    where, files, until = seen(boss)
    assert (where, files) == (follows, 3)
    assert until is not None
    assert before - timedelta(seconds=9) < until < before
    client = browser(boss)  # their session is newer than what the replica replayed
    assert client.get(reverse("boards:home")).context["files"] == 4
    settings.REPLICA_SECONDS = 0
    assert seen(boss) == (primary.port, 4, None)
    assert not follower().sound
    settings.REPLICA_SECONDS = 30

    standby.run("SELECT pg_wal_replay_resume()")
    assert eventually(lambda: at_replica(boss, 4))
    page = client.get(reverse("boards:home"))
    assert (page.status_code, page.context["files"]) == (200, 4)
    standby.run("SELECT pg_wal_replay_pause()")
    with connections["owner"].cursor() as owner:
        owner.execute("DELETE FROM boards_stock WHERE unit_id = %s", [fujian.pk])
    assert client.get(reverse("boards:home")).context["files"] == 4
    answer = take(browser(boss), "desk:dossiers-csv")
    assert answer.status_code == 200
    assert "数据截至：" not in answer.content.decode("utf-8-sig")

    RoleAssignment.objects.filter(user=filler).delete()
    assert seen(filler) == (primary.port, 0, None)
    standby.run("SELECT pg_wal_replay_resume()")
    assert eventually(lambda: at_replica(filler, 0))
    lines = Event.objects.filter(verb="dossiers.exported").count()
    taker = browser(boss)
    assert eventually(lambda: at_replica(boss, 4))
    answer = take(taker, "desk:dossiers-csv")
    assert "数据截至：" in answer.content.decode("utf-8-sig")
    assert Event.objects.filter(verb="dossiers.exported").count() == lines + 1

    primary.stop("standby")
    assert seen(boss) == (primary.port, 4, None)
    assert not follower().sound
    primary.start("standby", follows)
    assert seen(boss)[0] == primary.port  # it rests after a failure
    monkeypatch.setattr(replica, "_rests_until", 0.0)
    assert eventually(lambda: at_replica(boss, 4))
    connections["replica"].close()
    monkeypatch.setitem(connections["replica"].settings_dict, "USER", BOSS)
    monkeypatch.setitem(connections["replica"].settings_dict, "PASSWORD", primary.password)
    assert seen(boss)[0] == primary.port  # above row security
    assert "所用角色与应用角色不同" in follower().said


@pytest.mark.clause("4.2b")
def test_a_moment_comes_back_from_base_and_archive(
    primary: Server, settings: Any, tmp_path: Path
) -> None:
    """As docs/running.md says it, of a server of one's own."""
    own_places(settings, tmp_path)
    unit = planted(tmp_path).paper.unit
    primary.call(
        "pg_basebackup", "-d", primary.url("postgres"), "-D", str(primary.folder / "base"),
        "--checkpoint=fast", "--no-sync", "--wal-method=none", "--no-manifest",
    )  # fmt: skip
    kept = plant.dossier(unit)
    wanted = said(primary, "SELECT clock_timestamp()")
    lost = plant.dossier(unit)
    segment = said(primary, "SELECT pg_walfile_name(pg_switch_wal())")
    archived = "SELECT last_archived_wal >= %s FROM pg_stat_archiver"
    assert eventually(lambda: bool(said(primary, archived, segment)))
    base = primary.folder / "base"
    (base / "recovery.signal").touch()
    with (base / "postgresql.auto.conf").open("a") as conf:
        conf.write(
            f"restore_command = 'cp {primary.folder}/wal/%f %p'\n"
            f"recovery_target_time = '{wanted}'\nrecovery_target_action = 'promote'\n"
        )
    port = free_port()
    primary.start("base", port, "-c archive_mode=off")
    back = replace(primary, port=port)
    try:
        assert eventually(lambda: not said(back, "SELECT pg_is_in_recovery()"))
        for alias in ("default", "owner"):
            connections[alias].close()
            connections[alias].settings_dict["PORT"] = str(port)
        there = set(Dossier.objects.values_list("pk", flat=True))
        assert kept.pk in there
        assert lost.pk not in there
        out = io.StringIO()
        call_command("verify", "records", stdout=out)
        assert "相符" in out.getvalue()
    finally:
        back.stop("base")


def said(by: Server, statement: str, *values: str) -> Any:
    """What its superuser is told."""
    with psycopg.connect(by.url(DATABASE), autocommit=True) as asking:
        row = asking.execute(statement.encode(), values or None).fetchone()
        return row and row[0]
