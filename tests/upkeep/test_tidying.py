"""What killed writers left is taken away, what is being written is not (§4.2b)."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.upkeep.world import own_places
from yihu.intake.files import keep, load
from yihu.kit import clock
from yihu.upkeep.copies import Copy, names_on, shelf
from yihu.upkeep.jobs import tidy_by_night
from yihu.upkeep.tidying import ABANDONED, tidy

KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from yihu.kit.disk import put

def chunks():
    yield b"begun"
    os.kill(os.getpid(), signal.SIGKILL)

put(Path(sys.argv[1]), chunks())
"""


def leave_part(path: Path, *, old: timedelta) -> Path:
    """What a writer of that file leaves who is killed; so long ago."""
    done = subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    part = max(path.parent.glob(".part-*"), key=lambda found: found.stat().st_mtime)
    moment = (clock.now() - old).timestamp()
    os.utime(part, (moment, moment))
    return part


@pytest.mark.clause("4.2b")
def test_parts_of_a_day_ago_go_and_all_else_stays(settings: Any, tmp_path: Path) -> None:
    own_places(settings, tmp_path)
    whole = keep(b"a ledger")
    ledger = tmp_path / "uploads" / "imports" / whole[:2] / whole
    long_ago = (clock.now() - 9 * ABANDONED).timestamp()
    os.utime(ledger, (long_ago, long_ago))
    fresh = leave_part(ledger, old=ABANDONED - timedelta(minutes=1))
    stale = [
        leave_part(tmp_path / place, old=ABANDONED + timedelta(minutes=1))
        for place in (f"uploads/imports/{whole[:2]}/x", "uploads/papers/ab/x", "backups/files/ab/x")
    ]
    assert tidy(clock.now()) == len(stale)
    assert [part.exists() for part in stale] == [False] * len(stale)
    assert fresh.exists()
    assert load(whole) == b"a ledger"
    tidy_by_night(0)
    assert fresh.exists()


def test_places_that_nobody_has_used_yet_are_no_fault(settings: Any, tmp_path: Path) -> None:
    own_places(settings, tmp_path)
    assert tidy(clock.now()) == 0


@pytest.mark.clause("4.2b")
def test_a_copy_that_was_broken_off_is_removed_with_its_part(settings: Any, tmp_path: Path) -> None:
    own_places(settings, tmp_path)
    copy = Copy(shelf(), "20261104T183000Z-0a1b")
    leave_part(tmp_path / "backups" / copy.database_place, old=timedelta(0))
    assert names_on(shelf()) == [copy.name]
    copy.remove()
    assert names_on(shelf()) == []
