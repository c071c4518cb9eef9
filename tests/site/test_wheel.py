"""`make wheel`: what is installed from it serves without the sources and without Node (§4.2a)."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

ASKED = """
import django
from django.conf import settings
django.setup()
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template.loader import get_template
from yihu.kit.postgres import program
from yihu.site.home import ROOT
get_template("upkeep/home.html")
print(ROOT, settings.HOME, settings.VERIFIER.is_file(), program("pg_dump").is_file(), sep="|")
print((settings.STATIC_ROOT / staticfiles_storage.stored_name("yihu/yihu.css")).is_file())
"""


@pytest.mark.clause("4.2a")
def test_a_wheel_holds_all_that_it_takes_to_serve(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "wheel.py"), str(tmp_path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    with zipfile.ZipFile(made.stdout.strip()) as wheel:
        held = set(wheel.namelist())
        wheel.extractall(tmp_path / "installed")
    known = subprocess.run(
        ["git", "ls-files", "yihu"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    sources = {name for name in known.stdout.splitlines() if not name.endswith(".po")}
    assert len(sources) > 900
    assert {name for name in sources if (ROOT / name).exists()} - held == set()
    assert {
        "yihu/locale/en/LC_MESSAGES/django.mo",
        "yihu/built/static/staticfiles.json",
        "yihu/built/verifier/audit_chain.py",
    } <= held
    environment = {
        name: value for name, value in os.environ.items() if name not in {"YIHU_HOME", "PYTHONPATH"}
    }
    environment |= {"PYTHONPATH": str(tmp_path / "installed"), "HOME": str(tmp_path / "me")}
    asked = subprocess.run(
        [sys.executable, "-c", ASKED],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    said = asked.stdout.splitlines()
    home = tmp_path / "me" / ".local" / "share" / "yihu"
    assert said == [f"{tmp_path / 'installed'}|{home}|True|True", "True"]
