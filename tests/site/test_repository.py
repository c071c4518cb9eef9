"""What is committed: no registry's name, no machine's path, nobody else's code, hashed locks."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOSTS = re.compile(
    rb"(pypi|files\.pythonhosted|registry\.npmjs|registry\.yarnpkg|deb\.debian|npmmirror)\.[a-z]+"
    rb"|https?://[^\s\"')>]*(/simple/|/npm/|artifactory|nexus)"
)
ABSOLUTE = re.compile(rb"(?<![\w./{<*])/(work|home|root|Users)/\w")
SELF = Path(__file__).relative_to(ROOT)


def committed() -> list[Path]:
    """Every file that git knows, and what is new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    found = [Path(name) for name in listed.split("\0") if name]
    return [path for path in found if path != SELF and (ROOT / path).is_file()]


def test_no_file_names_a_registry_or_a_path_of_a_machine() -> None:
    wrong = []
    for path in committed():
        content = (ROOT / path).read_bytes()
        if HOSTS.search(content) or (path.suffix != ".svg" and ABSOLUTE.search(content)):
            wrong.append(str(path))
    assert wrong == []


def test_python_locks_carry_versions_and_hashes() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
        lines = [line for line in text.splitlines() if line.strip()]
        assert len(lines) > 10
        bad = [line for line in lines if not re.match(r"[\w.\[\],-]+==\S+.*--hash=sha256:", line)]
        assert bad == []


def test_the_npm_lock_has_hashes_and_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    below = {name: entry for name, entry in packages.items() if name}
    assert below
    assert [name for name, entry in below.items() if "resolved" in entry] == []
    assert [name for name, entry in below.items() if "integrity" not in entry] == []


@pytest.mark.parametrize("folder", ["vendor", "node_modules", "staticroot", ".venv", "var"])
def test_no_built_or_foreign_file_is_committed(folder: str) -> None:
    assert [path for path in committed() if path.parts[0] == folder] == []


def test_every_dependency_has_its_line_among_the_decisions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    named = [re.split(r"[^A-Za-z0-9-]", line)[0] for line in wanted]
    text = (ROOT / "docs/decisions/0001-stack.md").read_text("utf-8").lower()
    assert [name for name in named if name.lower() not in text] == []


def test_every_class_of_ours_that_a_page_names_is_drawn_or_looked_for() -> None:
    """A class without a rule is a word mistyped: figures of seven pages once stood on the left."""
    kinds = {".html", ".py", ".css", ".js"}
    ours = [path for path in committed() if path.parts[0] == "yihu" and path.suffix in kinds]
    texts = {path: (ROOT / path).read_text() for path in ours}
    ruled = "".join(text for path, text in texts.items() if path.suffix in {".css", ".js"})
    known = set(re.findall(r"(?<![\w-])yh-[a-z0-9-]+", ruled))
    pages = (text for path, text in texts.items() if path.suffix in {".html", ".py"})
    named = {
        name
        for text in pages
        for words in re.findall(r'class="([^"]*)"', text)
        for name in re.findall(r"(?<![\w-])yh-[a-z0-9-]+(?![\w{-])", words)
    }
    assert len(named) > 100
    assert named - known == set()
