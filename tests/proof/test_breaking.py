"""The quick parts of `proof kills` and `adversity`: a real web, killed and asked again."""

from pathlib import Path
from typing import Any

import pytest

from proof import adversity, kills


@pytest.mark.usefixtures("own_database")
@pytest.mark.clause("5.3")
def test_killed_and_asked_twice_nothing_is_lost(settings: Any, tmp_path: Path) -> None:
    settings.ANCHOR_FILE = tmp_path / "anchors.log"
    with kills.stage(kills.SEED, "web", cluster=None) as on:
        killed = kills.rounds(on, 1, kills.SEED, ("web",))
        again = adversity.duplicate_jobs(on.clerks, 2, lambda: kills.drain(on.clerks))
        amiss, counts = on.amiss(), on.counts()
    assert (killed.lost, killed.killed) == ([], {"web": 1})
    assert again["held"], again
    assert amiss == []
    assert min(counts["acknowledged"].values()) > 0, counts
    assert counts["webhooks_taken"] >= counts["events"] > 0
