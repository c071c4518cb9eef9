"""Files, copies, key and heads lie in a folder of the test's own."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _own_places(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.ANCHOR_FILE = tmp_path / "anchors.log"
    settings.BACKUP_KEY_FILE = str(tmp_path / "key")
    settings.STORAGES = {
        **settings.STORAGES,
        "backups": {
            "BACKEND": "yihu.papers.storage.Folder",
            "OPTIONS": {"location": str(tmp_path / "backups")},
        },
    }
