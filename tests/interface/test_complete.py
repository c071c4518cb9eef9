"""Every page that writes has its operation, or a reason why it has none (docs/interface.md)."""

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from django.urls import get_resolver

from tests.flows.routes import ROUTES
from tests.installation import ROOT
from yihu.interface.writing.urls import DEEDS, LISTINGS, THINGS
from yihu.kit.openapi import gathered

WORD = re.compile(r"`([^`]+)`")
BATCHES = {"upsertDossiers", "upsertContracts", "upsertOfftake", "sendPersonnel"}


def tables() -> tuple[dict[str, list[str]], dict[str, str]]:
    """Page → its operations; page → why it has none."""
    said = (ROOT / "docs" / "interface.md").read_text(encoding="utf-8")
    done, alone = said.split("## Pages for people alone")
    operations, reasons = {}, {}
    for text, keep in ((done, operations), (alone, reasons)):
        for line in text.splitlines():
            if line.startswith("| `"):
                pages, told = (cell.strip() for cell in line.strip("|").split(" | "))
                for page in WORD.findall(pages):
                    assert page not in operations.keys() | reasons.keys(), f"{page} stands twice"
                    keep[page] = WORD.findall(told) if keep is operations else told
    return operations, reasons


def methods(view: Any, seen: set[int]) -> set[str]:
    """What a view is limited to by its decorators; nothing said: everything."""
    if id(view) in seen or not callable(view):
        return set()
    seen.add(id(view))
    free = getattr(getattr(view, "__code__", None), "co_freevars", ())
    held = dict(zip(free, getattr(view, "__closure__", None) or (), strict=True))
    if "request_method_list" in held:
        return set(held["request_method_list"].cell_contents)
    inner: list[Callable[..., Any]] = [cell.cell_contents for cell in held.values()]
    for one in inner:
        if found := methods(one, seen):
            return found
    return set()


def pages_that_write() -> set[str]:
    return {
        name
        for name, pattern in ROUTES
        if not name.startswith(("do:", "api-"))
        and (methods(pattern.callback, set()) or {"POST"}) & {"POST", "PUT", "PATCH", "DELETE"}
    }


def test_no_page_is_without_its_operation_or_its_reason() -> None:
    operations, reasons = tables()
    assert pages_that_write() == operations.keys() | reasons.keys()
    assert all(len(why) > 20 for why in reasons.values())
    assert len(pages_that_write()) > 200, "nothing was found to be covered"


def test_no_operation_is_without_its_page() -> None:
    operations, _reasons = tables()
    named = {one for found in operations.values() for one in found}
    described = {one.name for path in gathered(get_resolver()) for one in path.operations}
    assert named <= described
    assert {deed.name for deed in DEEDS} | BATCHES <= named


def test_names_are_given_once() -> None:
    described = [one.name for path in gathered(get_resolver()) for one in path.operations]
    assert len(described) == len(set(described))
    assert len(DEEDS) + len(THINGS) + len(LISTINGS) == sum(
        len(pattern.callback.operations) for name, pattern in ROUTES if name.startswith("do:")
    )


def test_the_client_has_every_operation() -> None:
    tool = ROOT / "tools" / "client.py"
    done = subprocess.run(
        [sys.executable, str(tool), "check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
