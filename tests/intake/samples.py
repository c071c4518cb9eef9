"""The sample ledgers of two units, and what a correct import answers."""

import json
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
UNITS = ("GD", "FJ")


def expected(unit: str) -> dict[str, dict[str, Any]]:
    """File name → what its import answers, in the order of import."""
    path = SAMPLES / unit / "expected.json"
    if not path.exists():
        pytest.fail(f"the sample ledgers are not at {SAMPLES}")
    answer: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return answer


def content(unit: str, name: str) -> bytes:
    return (SAMPLES / unit / name).read_bytes()


def rejected(answer: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Row and code of each rejected row."""
    return [{"row": one["row"], "code": one["code"]} for one in answer]
