"""A start waits for what answers need, not for what one job needs."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STARTED = """
import json, sys
from yihu.site.wsgi import application
from django.urls import get_resolver
assert get_resolver().url_patterns
print(json.dumps(sorted(sys.modules)))
"""


def test_a_start_of_the_web_loads_no_library_of_one_job() -> None:
    """Of those that pyproject.toml lets nobody import at the head of a module."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    late = set(rules["flake8-tidy-imports"]["banned-module-level-imports"])
    said = subprocess.check_output([sys.executable, "-c", STARTED], cwd=ROOT, text=True)
    loaded = set(json.loads(said))
    assert {"yihu.papers.views", "yihu.supervision.takeouts"} <= loaded
    assert late & loaded == set()
