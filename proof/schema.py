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
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import make_server

from django.conf import settings
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from tests import plant
from yihu.access.rules import Role
from yihu.access.tokens.actions import issue as issue_own
from yihu.access.tokens.rules import Days, Use
from yihu.handover.tokens import issue as issue_personnel
from yihu.kit.clock import now
from yihu.kit.openapi import gathered

FIGURE, TRIALS, SEED = "C15", 200, 15
CHECKS = (
    "not_a_server_error", "negative_data_rejection", "ignored_auth", "use_after_free",
    "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "unsupported_method",
)  # fmt: skip
OWN = (
    "riskCheck", "listDossiers", "readDossier", "listCustomers", "listContracts", "listOfftake",
    "listDuties", "listRisks", "listEvents", "assessments", "assessment",
    "upsertContracts", "upsertOfftake",
)  # fmt: skip
"""The operations that a person's own token opens."""
REFUSALS = "[400, 401, 403, 404, 405, 409, 413, 415, 422, 428, 429]"
"""What counts as not taken; by itself schemathesis knows no 413, 415 and 409."""
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
    address: str, operation: str, secret: str, trials: int, seed: int
) -> tuple[Counter[str], dict[str, int]]:
    """The cases of one operation by what came back, and the checks that failed how often."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.ndjson"
        (Path(folder) / "schemathesis.toml").write_text(
            f"[checks.negative_data_rejection]\nexpected-statuses = {REFUSALS}\n"
        )
        command = [
            str(Path(sys.executable).parent / "schemathesis"), "run",
            f"{address}/api/v1/openapi.json",
            "--include-operation-id", operation, "--phases", "coverage,fuzzing", "--mode", "all",
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


def run(trials: int, seed: int) -> dict[str, Any]:
    """Every described operation, and the control."""
    logging.getLogger("django").setLevel(logging.CRITICAL)  # refusals are the point
    gd = plant.unit("GD")
    filler = plant.person(Role.FILLER, gd)
    plant.month(plant.contract(plant.dossier(gd)), date(2026, 10, 1))
    _row, own = issue_own(filler, label="proof", uses=list(Use), days=Days.WEEK, at=now())
    secrets = {**dict.fromkeys(OWN, own), "sendPersonnel": issue_personnel("proof", at=now())}
    settings.INTERFACE_A_MINUTE = settings.READS_A_MINUTE = 10**9  # pace is not the point here
    names = [one.name for path in gathered(get_resolver()) for one in path.operations]
    cases: dict[str, dict[str, int]] = {}
    failed: dict[str, dict[str, int]] = {}
    with serving(get_wsgi_application()) as address:
        for name in names:
            statuses, wrong = tried(address, name, secrets.get(name, ""), trials, seed)
            cases[name], failed[name] = dict(statuses), wrong
    with serving(careless) as address:
        _statuses, control = tried(address, "careless", "x", min(trials, 50), seed)
    enough = all(sum(found.values()) >= trials for name, found in cases.items() if name in secrets)
    return {
        "operations": len(names),
        "cases": cases,
        "failed": {name: wrong for name, wrong in failed.items() if wrong},
        "control_found": control,
        "held": enough
        and not any(failed.values())
        and {"negative_data_rejection", "ignored_auth"} <= control.keys(),
    }
