"""C15: what the interface says of itself, tried on a live server by schemathesis.

A trial is a generated case of an operation, right and wrong ones in turn; none may be answered by
an error of the server, none that is wrong by the schema may be taken, none without its token or
with a false one may be let in, and each answer is of a status, type and shape that are described.
Each finds the rows as they were planted: what it changed is undone. Chains of linked operations
keep what they did. One thread serves, so all requests share its connection to the database.
Control: an operation that takes everything, and one that lets everybody in, are found out.
"""

import json
import logging
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import make_server

from django.conf import settings
from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection, connections, transaction
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
from yihu.kit.scoped import acting

FIGURE, TRIALS, SEED = "C15", 200, 15
BY_CHANCE = 4
"""At least a quarter of the cases are drawn by chance, however many the description asks for."""
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


App = Callable[[dict[str, Any], Any], Any]


@contextmanager
def serving(app: App) -> Iterator[str]:
    """The application on a port of this machine, one request after the other."""
    server = make_server("127.0.0.1", 0, app, WSGIServer, Quiet)

    def serve() -> None:
        server.serve_forever()
        connections.close_all()

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def undoing(app: App) -> Iterator[App]:
    """The application, each of whose requests is answered in full and then never happened."""

    def undone(environ: dict[str, Any], start: Any) -> list[bytes]:
        with transaction.atomic():
            with acting(None):
                answer = app(environ, start)
                content = list(answer)
                answer.close()
            connection.check_constraints()  # as the commit would
            transaction.set_rollback(True)
        return content

    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)  # inside a transaction it takes ours for broken
    try:
        yield undone
    finally:
        for signal in ends:
            signal.connect(close_old_connections)


@dataclass(slots=True)
class Outcome:
    """Of one operation, or of all chains: answers by status, and failures by check."""

    statuses: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(self.statuses + other.statuses, self.failures + other.failures)


@dataclass(frozen=True, slots=True)
class Target:
    """Of an operation: its token ("" for none), how many cases by chance, and the row it is tried
    on, with whatever tag it has; without one, rows that nobody has.
    """

    secret: str
    trials: int
    key: str = ""

    def described(self, name: str) -> str:
        """As schemathesis is told of it."""
        lines = ["[[operations]]", f'include-operation-id = "{name}"']
        lines += [f"generation = {{ max-examples = {self.trials} }}"]
        if self.secret:
            lines += [f'headers = {{ Authorization = "Bearer {self.secret}" }}']
        if self.key:
            lines += [f'parameters = {{ "path.pk" = "{self.key}" }}']
        return "\n".join(lines)


def tried(
    address: str, targets: Mapping[str, Target], seed: int, *, phases: str
) -> dict[str, Outcome]:
    """What came of the cases, by the operation's method and address.

    The phase `coverage` tries each word of a description, as many cases as that takes; `fuzzing`
    goes by chance; `stateful` follows the links from one operation to the next, and what comes of
    it all stands under a name of its own.
    """
    most = max(target.trials for target in targets.values())
    told = ["[checks.negative_data_rejection]", f"expected-statuses = {REFUSALS}"]
    told += [target.described(name) for name, target in targets.items()]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.ndjson"
        (Path(folder) / "schemathesis.toml").write_text("\n".join(told))
        command = [
            str(Path(sys.executable).parent / "schemathesis"), "run",
            f"{address}/api/v1/openapi.json",
            *(part for name in targets for part in ("--include-operation-id", name)),
            "--phases", phases, "--mode", "all",
            "--checks", ",".join(CHECKS), "--max-examples", str(most), "--seed", str(seed),
            "--continue-on-failure", "--no-shrink", "--generation-database", "none",
            "--suppress-health-check", "all", "--report", "ndjson",
            "--report-ndjson-path", str(report), "--no-color",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
        if not report.exists():
            raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
        return counted(report.read_text(encoding="utf-8"))


def counted(lines: str) -> dict[str, Outcome]:
    """Of schemathesis' own events, by the operation's method and address."""
    found: dict[str, Outcome] = defaultdict(Outcome)
    for line in lines.splitlines():
        finished = json.loads(line).get("ScenarioFinished")
        if not finished:
            continue
        recorder = finished["recorder"]
        outcome = found[recorder["label"]]
        for interaction in recorder.get("interactions", {}).values():  # or a chain ended before
            answer = interaction.get("response")
            outcome.statuses[str(answer["status_code"]) if answer else "none"] += 1
        for checks in recorder.get("checks", {}).values():
            outcome.failures.update(one["name"] for one in checks if one["status"] == "failure")
    return found


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


def described() -> dict[str, tuple[str, bool]]:
    """Every operation: its method and address, and whether a person's own token opens it."""
    return {
        one.name: (f"{one.method.upper()} {path.path}", "ownToken" in one.security)
        for path in gathered(get_resolver())
        for one in path.operations
    }


def run(trials: int, seed: int) -> dict[str, Any]:
    """Every described operation, all of them by their links, and the control."""
    logging.getLogger("django").setLevel(logging.CRITICAL)  # refusals are the point
    own, keys = planted()
    known = described()
    secrets = {name: own if by_own else "" for name, (_label, by_own) in known.items()}
    secrets["sendPersonnel"] = issue_personnel("proof", at=now())
    settings.INTERFACE_A_MINUTE = settings.READS_A_MINUTE = 10**9  # pace is not the point here
    targets = {name: Target(secret, trials, keys.get(name, "")) for name, secret in secrets.items()}
    app = get_wsgi_application()
    with undoing(app) as undone, serving(undone) as address:
        covered = tried(address, targets, seed, phases="coverage")
        for name, (label, _own) in known.items():
            left = max(trials - covered[label].statuses.total(), trials // BY_CHANCE)
            targets[name] = replace(targets[name], trials=left)
        fuzzed = tried(address, targets, seed, phases="fuzzing")
    with serving(app) as address:
        free = {name: Target(secret, trials) for name, secret in secrets.items()}
        linked = tried(address, free, seed, phases="stateful")
    with serving(careless) as address:
        loose = {"careless": Target("x", min(trials, 50))}
        control = tried(address, loose, seed, phases="coverage,fuzzing")["POST /careless"]
    found = {name: covered[label] + fuzzed[label] for name, (label, _own) in known.items()}
    found |= {f"linked: {label}": outcome for label, outcome in linked.items()}
    cases = {name: outcome.statuses.total() for name, outcome in found.items()}
    few = {name: cases[name] for name, secret in secrets.items() if secret and cases[name] < trials}
    failed = {name: dict(one.failures) for name, one in found.items() if one.failures}
    return {
        "operations": len(known),
        "cases": sum(cases.values()),
        "cases_of_each": cases,
        "answers": dict(sum((one.statuses for one in found.values()), Counter())),
        "never_taken": [name for name in known if not found[name].statuses["200"]],
        "too_few": few,
        "failed": failed,
        "control_found": dict(control.failures),
        "held": not few
        and not failed
        and {"negative_data_rejection", "ignored_auth"} <= control.failures.keys(),
    }
