"""A day for ledgers to be brought in on, and a place for their files."""

from pathlib import Path

import pytest
from pytest_django import Settings

DAY = "2026-11-05"
"""`tests.intake.test_actions.TODAY`, which is not there before Django is."""


@pytest.fixture
def on_the_day(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setenv("YIHU_TODAY", DAY)
