"""The quick parts of `proof kills`, `adversity` and `load`: a real web, killed and asked."""

from pathlib import Path
from typing import Any

import pytest

from proof import adversity, kills, load


@pytest.mark.usefixtures("own_database")
@pytest.mark.clause("5.3")
def test_killed_and_asked_twice_nothing_is_lost(settings: Any, tmp_path: Path) -> None:
    settings.ANCHOR_FILE = tmp_path / "anchors.log"
    with kills.stage(kills.SEED, "web", cluster=None) as on:
        found = kills.rounds(on, 1, kills.SEED, ("web",))
        assert found.lost == []
        assert found.killed == {"web": 1}
        again = adversity.duplicate_jobs(on.clerks, 2, lambda: kills.drain(on.clerks))
        assert again["held"], again
        assert on.amiss() == []
        counts = on.counts()
    assert min(counts["acknowledged"].values()) > 0, counts
    assert counts["webhooks_taken"] >= counts["events"] > 0


@pytest.mark.usefixtures("own_database")
def test_load_asks_every_page_and_judges_by_a_bare_one() -> None:
    found = load.run(240, load.SEED, minutes=0.03, bare_seconds=0.5, workers=1, people=8)
    assert found["wrong"] == {}
    assert set(found["by_page"]) == {
        "dossier", "dossiers", "duties", "fill", "home", "save", "search"
    }  # fmt: skip
    assert found["lines_of_the_log"] > 0
    assert min(found["bare_a_second"]) > 0
    assert found["share"] > 0
