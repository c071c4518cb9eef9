"""A real Chromium against a real server, on a database of the test's own."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread
from playwright.sync_api import Page, expect

ROOT = Path(__file__).resolve().parents[2]
SHOTS = Path(os.environ.get("YIHU_ARTEFACTS") or ROOT / "var" / "shots")
AXE = ROOT / "vendor" / "axe" / "axe.min.js"
CHROMIUMS = ("chromium-headless-shell", "chromium", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--font-render-hinting=none",
)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The system's own Chromium, without the windows around its pages where that is there."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    assert path, "No Chromium: apt install chromium-headless-shell fonts-noto-cjk, or set CHROMIUM"
    return {"executable_path": path, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """A clerk's desktop in China."""
    return {
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": 1440, "height": 900},
        "color_scheme": "light",
    }


@pytest.fixture
def server(own_database: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a running Yihu, on 5 November 2026."""
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")
    thread = LiveServerThread("127.0.0.1", StaticFilesHandler)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error is not None:
        raise thread.error
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()


@pytest.fixture
def desk(page: Page, server: str) -> Iterator[Page]:
    """A page that fails its test when it errs, breaks the policy or calls anywhere else."""
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda sent: None if sent.url.startswith((server, "data:")) else wrong.append(sent.url),
    )
    page.set_default_timeout(10_000)
    expect.set_options(timeout=10_000)
    yield page
    assert wrong == []


@pytest.fixture
def shoot(page: Page) -> Callable[[str], None]:
    """Keep a picture of the page for people to look at."""

    def take(name: str) -> None:
        page.wait_for_load_state()
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png")

    return take


@pytest.fixture
def accessible(page: Page) -> Callable[[], None]:
    """Fails with every violation of WCAG 2.2 AA that axe finds on the page."""

    def check() -> None:
        page.wait_for_load_state()  # a link that was clicked may have brought no more than its head
        protocol = page.context.new_cdp_session(page)  # the page's own policy lets no script in
        protocol.send("Runtime.evaluate", {"expression": AXE.read_text("utf-8")})
        found = page.evaluate(
            "only => axe.run(only)", {"runOnly": WCAG, "resultTypes": ["violations"]}
        )
        assert [
            (rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found["violations"]
        ] == []

    return check


@pytest.fixture
def narrow(page: Page) -> Callable[[], None]:
    """Fails when something sticks out of the window sideways."""

    def check() -> None:
        page.wait_for_load_state()
        wide, shown = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= shown

    return check
