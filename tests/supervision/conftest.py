"""The day of these tests is 5 November 2026."""

import pytest


@pytest.fixture(autouse=True)
def _own_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")
