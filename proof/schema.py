"""C15: what the interface says of itself, tried on a live server by schemathesis.

A trial is a generated case of an operation, right and wrong ones in turn; none may be answered by
an error of the server, none that is wrong by the schema may be taken, none without its token or
with a false one may be let in, and each answer is of a status, type and shape that are described.
Control: an operation that takes everything, and one that lets everybody in, are found out.
"""

import json
import logging
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import make_server

from django.conf import settings
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from tests import plant
from tests.flows.routes import owned, owned_by
from yihu.access.rules import Role
from yihu.access.tokens.actions import issue as issue_own
from yihu.access.tokens.rules import Days, Use
from yihu.handover.tokens import issue as issue_personnel
from yihu.interface.writing.urls import DEEDS, name_of
from yihu.kit.clock import now
from yihu.kit.openapi import gathered

FIGURE, TRIALS, SEED = "C15", 200, 15
CHECKS = (
    "not_a_server_error", "negative_data_rejection", "ignored_auth", "use_after_free",
    "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "unsupported_method",
)  # fmt: skip
REFUSALS = "[400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429]"
"""What counts as not taken; by itself schemathesis knows no 409, 412, 413 and 415."""
HARD = ("not_a_server_error", "negative_data_rejection", "ignored_auth", "use_after_free")


class Quiet(WSGIRequestHandler):
    """A server that writes no line for each request."""

    def log_message(self, *_args: Any) -> None:
        pass


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The application on a port of this machine."""
    server = make_server("127.0.0.1", 0, app, ThreadedWSGIServer, Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def tried(
    address: str,
    names: Sequence[str],
    secret: str,
    trials: int,
    seed: int,
    *,
    phases: str = "coverage,fuzzing",
    keys: Mapping[str, str] | None = None,
) -> tuple[Counter[str], dict[str, int]]:
    """The cases of the operations by what came back, and the checks that failed how often.

    `keys`: by operation the row that it is tried on, with whatever tag it has; without one, rows
    that nobody has. The phase `stateful` follows the links from one operation to the next.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.ndjson"
        (Path(folder) / "schemathesis.toml").write_text(
            f"[checks.negative_data_rejection]\nexpected-statuses = {REFUSALS}\n"
            + "".join(
                f'[[operations]]\ninclude-operation-id = "{name}"\n'
                f'parameters = {{ "path.pk" = "{key}" }}\n'
                for name, key in (keys or {}).items()
            )
        )
        command = [
            str(Path(sys.executable).parent / "schemathesis"), "run",
            f"{address}/api/v1/openapi.json",
            *(part for name in names for part in ("--include-operation-id", name)),
            "--phases", phases, "--mode", "all",
            "--checks", ",".join(CHECKS), "--max-examples", str(trials), "--seed", str(seed),
            "--continue-on-failure", "--no-shrink", "--generation-database", "none",
            "--suppress-health-check", "all", "--report", "ndjson",
            "--report-ndjson-path", str(report), "--no-color",
        ]  # fmt: skip
        if secret:
            command += ["--header", f"Authorization: Bearer {secret}"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
        if not report.exists():
            raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
        return counted(report.read_text(encoding="utf-8"))


def counted(lines: str) -> tuple[Counter[str], dict[str, int]]:
    """Answers by status and failures by check, of schemathesis' own events."""
    statuses: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    for line in lines.splitlines():
        event = json.loads(line)
        finished = event.get("ScenarioFinished")
        if not finished:
            continue
        recorder = finished["recorder"]
        for interaction in recorder["interactions"].values():
            answer = interaction.get("response")
            statuses[str(answer["status_code"]) if answer else "none"] += 1
        for checks in recorder["checks"].values():
            for check in checks:
                if check["status"] == "failure":
                    failures[check["name"]] += 1
    return statuses, dict(failures)


def careless(environ: dict[str, Any], start: Any) -> list[bytes]:
    """An interface that lets everybody in and takes whatever comes: the control."""
    document = json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "careless", "version": "1"},
            "paths": {
                "/careless": {
                    "post": {
                        "operationId": "careless",
                        "security": [{"token": []}],
                        "requestBody": {
                            "required": True,
                            "content": {
                                "application/json": {
                                    "schema": {"type": "array", "items": {"type": "integer"}}
                                }
                            },
                        },
                        "responses": {"200": {"description": "OK"}},
                    }
                }
            },
            "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        }
    ).encode()
    start("200 OK", [("Content-Type", "application/json")])
    return [document if environ["PATH_INFO"].endswith("openapi.json") else b"{}"]


def planted() -> tuple[str, dict[str, str]]:
    """A filler's token, and by operation the row of the unit that it is tried on."""
    gd = plant.unit("GD")
    filler = plant.person(Role.FILLER, gd)
    rows = owned(gd, "试验")
    _row, own = issue_own(filler, label="proof", uses=list(Use), days=Days.WEEK, at=now())
    routes = {deed.name: name_of(deed.path) for deed in DEEDS if deed.thing is not None}
    return own, {name: str(owned_by(f"do:{route}", rows)["pk"]) for name, route in routes.items()}


def described() -> dict[str, bool]:
    """Every operation, and whether a person's own token opens it."""
    return {
        one.name: "ownToken" in one.security
        for path in gathered(get_resolver())
        for one in path.operations
    }


def run(trials: int, seed: int) -> dict[str, Any]:
    """Every described operation, all of them by their links, and the control."""
    logging.getLogger("django").setLevel(logging.CRITICAL)  # refusals are the point
    own, keys = planted()
    known = described()
    secrets = {name: own for name, by_own in known.items() if by_own}
    secrets["sendPersonnel"] = issue_personnel("proof", at=now())
    settings.INTERFACE_A_MINUTE = settings.READS_A_MINUTE = 10**9  # pace is not the point here
    cases: dict[str, dict[str, int]] = {}
    failed: dict[str, dict[str, int]] = {}
    with serving(get_wsgi_application()) as address:
        for name in known:
            secret = secrets.get(name, "")
            given = {name: keys[name]} if name in keys else {}
            statuses, wrong = tried(address, [name], secret, trials, seed, keys=given)
            cases[name], failed[name] = dict(statuses), wrong
        statuses, wrong = tried(address, list(secrets), own, trials, seed, phases="stateful")
        cases["linked"], failed["linked"] = dict(statuses), wrong
    with serving(careless) as address:
        _statuses, control = tried(address, ["careless"], "x", min(trials, 50), seed)
    enough = all(sum(found.values()) >= trials for name, found in cases.items() if name in secrets)
    return {
        "operations": len(known),
        "cases": cases,
        "failed": {name: wrong for name, wrong in failed.items() if wrong},
        "control_found": control,
        "held": enough
        and not any(failed.values())
        and {"negative_data_rejection", "ignored_auth"} <= control.keys(),
    }
