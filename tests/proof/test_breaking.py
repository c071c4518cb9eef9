"""The quick parts of `proof kills`, `adversity` and `load`: a real web, killed and asked."""

from pathlib import Path
from typing import Any

import pytest

from proof import adversity, kills, load


@pytest.mark.usefixtures("own_database")
@pytest.mark.clause("5.3")
def test_killed_asked_twice_and_loaded_nothing_is_lost(settings: Any, tmp_path: Path) -> None:
    settings.ANCHOR_FILE = tmp_path / "anchors.log"
    with kills.stage(kills.SEED, "web", cluster=None) as on:
        killed = kills.rounds(on, 1, kills.SEED, ("web",))
        again = adversity.duplicate_jobs(on.clerks, 2, lambda: kills.drain(on.clerks))
        amiss, counts = on.amiss(), on.counts()
        with load.bare_site(120, 1) as bare:
            those = load.planted(120, 6)
            loaded = load.compared(those, on.site, bare, load.SEED, 0.05, 1.0)
    assert (killed.lost, killed.killed) == ([], {"web": 1})
    assert again["held"], again
    assert amiss == []
    assert min(counts["acknowledged"].values()) > 0, counts
    assert counts["webhooks_taken"] >= counts["events"] > 0
    assert loaded["wrong"] == {}
    assert loaded["by_page"]
    assert loaded["by_page"].keys() <= load.FILLING.keys()
    assert loaded["lines_of_the_log"] > 0
    assert min(loaded["bare_a_second"]) > 0
