"""A copy of a real database and real files: made, proven, spoilt, brought back (§4.2b, 5.4)."""

import io
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from tests.conftest import database
from tests.upkeep.world import World, own_places, planted
from yihu.access.entering import for_group
from yihu.audit.models import Event
from yihu.dossiers.models import FileVersion
from yihu.kit import clock
from yihu.papers.models import Blob
from yihu.papers.storage import place_of as blob_place
from yihu.upkeep import jobs, queries
from yihu.upkeep.chest import Key, NoKey
from yihu.upkeep.copies import (
    Copy,
    Unreadable,
    copies_on,
    copy_at,
    examine,
    opened,
    place_of,
    read_list,
    shelf,
    write_list,
)
from yihu.upkeep.dumping import TABLES, as_owner
from yihu.upkeep.soundness import backup
from yihu.upkeep.taking import Taken, take
from yihu.upkeep.trying import try_newest


@pytest.fixture
def world(own_database: None, settings: Any, tmp_path: Path) -> World:
    """Committed, so that the programs of PostgreSQL see it."""
    own_places(settings, tmp_path)
    return planted(tmp_path)


def taken(world: World, **later: int) -> Taken:
    return take(shelf(), world.key, at=clock.now() + timedelta(**later), by="test")


def tables() -> int:
    with as_owner() as owner:
        return len(owner.execute(TABLES).fetchall())


@pytest.mark.clause("4.2b")
def test_what_was_copied_comes_back_equal(world: World, settings: Any, tmp_path: Path) -> None:
    first = taken(world)
    assert (first.files, first.added, first.missing) == (1, 1, [])
    lying = b"".join(p.read_bytes() for p in (tmp_path / "backups").rglob("*.age"))
    assert "合同正文".encode() not in lying
    assert world.paper.blob_id.encode() not in lying
    listed = read_list(first.copy, world.key)
    settings.ANCHOR_FILE = tmp_path / "elsewhere" / "anchors.log"
    settings.ANCHOR_FILE.parent.mkdir()
    settings.MEDIA_ROOT = tmp_path / "elsewhere" / "uploads"
    held = [FileVersion.objects.count(), Blob.objects.count(), Event.objects.count()]
    at = str(tmp_path / "backups" / "copies" / first.copy.name)

    with pytest.raises(CommandError, match=r"恢复只能写进空的地方：库 .* 里已有 .* 张表"):
        call_command("restore", at)
    assert not settings.MEDIA_ROOT.exists()

    with database("restored_here", "template0"):
        said = io.StringIO()
        call_command("restore", at, stdout=said)
        assert FileVersion.objects.count() == held[0] == 1
        assert Blob.objects.count() == held[1]
        restored = Event.objects.get(verb="backup.restored")
        assert restored.data["copy"] == first.copy.name
        assert restored.data["rows"] == sum(int(rows) for rows, _sum in listed.tables.values())
    assert "1 份档案的 1 个版本全部相符。\n所存 1 个文件全部与入库时相符。" in said.getvalue()
    assert "条全部相符，链头 1 个。" in said.getvalue()
    path = settings.MEDIA_ROOT / blob_place(world.paper.blob_id)
    assert path.read_text() == "合同正文"


@pytest.mark.clause("4.2b")
def test_the_trial_proves_the_newest_copy_and_the_check_says_so(world: World) -> None:
    assert backup().said == "新装，尚无备份；首次自动备份在下一个备份时刻"
    taken(world)
    second = taken(world, minutes=1)
    assert (second.files, second.added) == (1, 0)  # stored once, whichever copies name it
    tried = try_newest(shelf(), world.key, by="test")
    assert tried.problem == ""
    assert (tried.name, tried.files) == (second.copy.name, 1)
    answer = backup()
    assert answer.sound
    assert answer.said.endswith("，1 个文件；恢复演练 " + f"{clock.now():%Y-%m-%d} 通过")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'yihu\\_trial%%'")
        assert cursor.fetchone()[0] == 0

    (Path(shelf().path(second.copy.database_place))).write_bytes(b"cut")
    assert "database.age 打不开" in try_newest(shelf(), world.key, by="test").problem
    assert not backup().sound
    assert "yihu backup --try" in backup().said


def test_what_is_spoilt_is_refused_by_name_before_anything_is_written(
    world: World, tmp_path: Path
) -> None:
    copy = taken(world).copy
    listed = read_list(copy, world.key)
    places = [copy.database_place, copy.list_place, place_of(world.key, world.paper.blob_id)]
    whole = {place: Path(shelf().path(place)).read_bytes() for place in places}
    spoiling = {
        "不见了": None,
        "打不开": lambda content: content[:-40],
        "打不开：被截短": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    }
    with database("kept_empty", "template0"):
        for place in places:
            for said, spoil in spoiling.items():
                path = Path(shelf().path(place))
                path.unlink() if spoil is None else path.write_bytes(spoil(whole[place]))
                with pytest.raises(CommandError, match=f"备份文件 {place} {said}"):
                    call_command("restore", str(tmp_path / "backups" / "copies" / copy.name))
                path.write_bytes(whole[place])
        assert tables() == 0
    shutil.copytree(shelf().path(f"copies/{copy.name}"), shelf().path("copies/20200101T000000Z-a"))
    with pytest.raises(Unreadable, match=f"属于另一份备份 {copy.name}"):
        read_list(Copy(shelf(), "20200101T000000Z-a"), world.key)
    other = Copy(shelf(), copy.name)
    write_list(other, Forger(world.key), listed)
    with pytest.raises(Unreadable, match="不是本系统写的"):
        read_list(other, world.key)
    with pytest.raises(Unreadable, match="请给出备份目录"):
        copy_at(str(tmp_path))


class Forger(Key):
    """Who knows the public half of the key, and no more."""

    def __init__(self, known: Key) -> None:
        self._identity = known._identity
        self._secret = b"guessed"


def test_what_cannot_be_copied_is_said_and_the_next_copy_makes_up_for_it(world: World) -> None:
    content = Path(world.folder / "uploads" / blob_place(world.paper.blob_id))
    whole = content.read_bytes()
    content.write_bytes(b"rotten")
    with pytest.raises(CommandError, match="有 1 个所存文件缺失或已变"):
        call_command("backup", stdout=io.StringIO())
    assert "1 个所存文件缺失或已变" in backup().said
    content.write_bytes(whole)
    said = io.StringIO()
    call_command("backup", stdout=said)
    assert "文件 1 个（新增 1 个）" in said.getvalue()
    newest = next(copies_on(shelf()))
    examine(newest, world.key, read_list(newest, world.key))
    found = io.BytesIO()
    opened(shelf(), place_of(world.key, world.paper.blob_id), world.key, found)
    assert found.getvalue() == whole
    with pytest.raises(NoKey, match="AGE-SECRET-KEY-1"):
        Key("a password")


def test_the_worker_copies_when_a_slot_has_begun(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.copy(0)
    assert queries.newest_copy() is None  # as young as this, it has time until the next slot
    later = clock.now() + timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert backup().said.startswith("备份过期：最近一次 还没有。")
    settings.BACKUP = False
    jobs.copy(0)
    assert queries.newest_copy() is None
    settings.BACKUP = True
    jobs.copy(0)
    with for_group():
        made = queries.newest_copy()
    assert made is not None
    assert made.data["by"] == "worker"
