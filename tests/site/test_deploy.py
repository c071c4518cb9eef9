"""`deploy/` says the same as the program: commands, settings, roles, folders (§4.2a).

What no test runs, an engine does: docs/running.md tells how its files were run, and when to again.
"""

import re
import shlex
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
UNITS = sorted(DEPLOY.glob("*.service"))
TEXTS = {path.name: path.read_text("utf-8") for path in sorted(DEPLOY.iterdir())}
SETTING = re.compile(r"\bYIHU_[A-Z0-9_]+")
LINES = [
    *(shlex.join(service["command"]) for service in COMPOSE["services"].values()
      if "command" in service),
    *re.findall(r"run --rm -T web (yihu [^<\n]+)", TEXTS["compose.yaml"]),
    *(line for unit in UNITS
      for line in re.findall(r"/opt/yihu/bin/(yihu [^\n]+)", unit.read_text("utf-8"))),
    shlex.join(yaml.safe_load(re.findall(r"^CMD (.+)$", TEXTS["Containerfile"], re.M)[0])),
]  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_every_command_takes_what_is_asked_of_it(line: str) -> None:
    program, name, *given = shlex.split(line)
    assert program == "yihu"
    command = load_command_class(get_commands()[name], name)
    if name == "worker":  # it has the options of procrastinate's own, none of which is given
        assert given == []
    else:
        assert command.create_parser(program, name).parse_known_args(given)[1] == []


def test_the_lines_of_all_files_were_found() -> None:
    assert {line.split()[1] for line in LINES} == {"init", "serve", "worker"}
    assert len(LINES) == 8


def test_every_setting_named_there_is_one_that_is_read() -> None:
    read = {
        name
        for path in (ROOT / "yihu").rglob("*.py")
        for name in SETTING.findall(path.read_text("utf-8"))
    }
    named = {name for text in TEXTS.values() for name in SETTING.findall(text)}
    assert len(named) > 8
    assert named - read == set()


def test_every_setting_of_the_services_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in SETTING.findall(TEXTS["yihu.env"]) if name not in readme] == []


def test_compose_signs_in_with_the_roles_of_its_database() -> None:
    asked = COMPOSE["x-yihu"]["environment"]
    roles = re.findall(r"CREATE ROLE (\w+) LOGIN .*PASSWORD '([^']+)'", TEXTS["roles.sql"])
    addresses = [urlsplit(asked[name]) for name in ("DATABASE_OWNER_URL", "DATABASE_URL")]
    assert [(one.username, one.password) for one in addresses] == roles
    assert {(one.hostname, one.port, one.path) for one in addresses} == {
        ("database", 5432, "/yihu")
    }
    assert "database" in COMPOSE["services"]


def test_compose_mounts_only_what_is_there() -> None:
    mounted = [
        volume.split(":")[0]
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", [])
    ]
    files = {name for name in mounted if name.startswith(".")}
    assert files == {"./Caddyfile", "./roles.sql"}
    assert set(mounted) - files == set(COMPOSE["volumes"])
    assert [name for name in files if not (DEPLOY / name).is_file()] == []


def test_a_proxy_leads_to_where_the_web_listens() -> None:
    proxy = COMPOSE["services"]["proxy"]
    assert proxy["environment"] == {"WEB": "web:8000"}
    assert "reverse_proxy {$WEB:127.0.0.1:8000} {" in TEXTS["Caddyfile"]
    serving = [line for line in LINES if line.startswith("yihu serve")]
    assert len(serving) == 4
    assert {line.rpartition("--port ")[2] for line in serving} == {"8000"}


@pytest.mark.parametrize("name", ["yihu.service", "yihu-worker.service"])
def test_a_unit_may_write_its_backups_and_starts_without_their_folder(name: str) -> None:
    folder = re.findall(r"^YIHU_BACKUP_FOLDER=(.+)$", TEXTS["yihu.env"], re.M)
    assert re.findall(r"^ReadWritePaths=-(.+)$", TEXTS[name], re.M) == folder


def test_a_lock_is_installed_as_it_stands() -> None:
    """Older pips resolve extras anew, and refuse the lock for what they find."""
    told = [
        line
        for path in (*DEPLOY.iterdir(), ROOT / "docs" / "running.md", ROOT / "README.md")
        for line in path.read_text("utf-8").splitlines()
        if "--require-hashes" in line
    ]
    assert len(told) == 3
    assert [line for line in told if "--no-deps --require-hashes" not in line] == []


def test_no_secret_but_a_placeholder_is_committed() -> None:
    secrets = re.findall(r"(?:PASSWORD:? '?|://\w+:)([\w-]+)", "\n".join(TEXTS.values()))
    assert len(secrets) > 5
    assert {one for one in secrets if not one.startswith("change-me")} <= {"PASSWORD"}


def test_the_proxy_hides_the_doors_of_machines() -> None:
    hidden = re.findall(r"@machines path (.+)", TEXTS["Caddyfile"])
    assert hidden == ["/metrics /readyz /healthz"]
