"""What the installation tells machines and ITC: probes, figures, lines, slow statements (§4.2a)."""

import json
import logging
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.upkeep.world import own_places
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit import actions as audit
from yihu.audit import chain
from yihu.kit import clock
from yihu.upkeep.logs import KEYS, logging_config
from yihu.upkeep.timing import Statements, bare, keep, slowest

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_places(settings: Any, tmp_path: Path) -> None:
    own_places(settings, tmp_path)


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(plant.person(role, plant.unit() if role == Role.FILLER else None))
    return client


def figures(text: str) -> dict[str, float]:
    rows = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in rows if name.startswith("yihu_")}


def test_probes_answer_without_a_sign_in() -> None:
    assert Client().get("/healthz").content == b"ok\n"
    ready = Client().get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "amiss": []})
    assert Client().post("/readyz").status_code == 405


def test_without_a_database_the_process_lives_and_is_not_ready(
    own_database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "NAME", "gone")
    connection.close()
    try:
        assert Client().get("/healthz").status_code == 200
        ready = Client().get("/readyz")
        assert (ready.status_code, ready.json()) == (503, {"ready": False, "amiss": ["database"]})
        assert figures(Client().get("/metrics").text)["yihu_database_up"] == 0
    finally:
        monkeypatch.undo()
        connection.close()


def test_figures_say_what_was_asked_and_how_things_stand() -> None:
    chain.take_care(at=clock.now())
    before = figures(Client().get("/metrics").text)
    client = signed_in(Role.FILLER)
    assert client.get("/").status_code == 200
    after = figures(client.get("/metrics").text)
    name = 'yihu_requests_total{method="GET",route="desk:home",status="200"}'
    assert after[name] - before.get(name, 0) == 1
    assert after["yihu_statements_total"] - before["yihu_statements_total"] >= 5
    assert after["yihu_statement_seconds_total"] > before["yihu_statement_seconds_total"]
    assert 'yihu_request_seconds_bucket{le="10.0",route="desk:home"}' in after
    assert after["yihu_database_up"] == 1
    assert after["yihu_duties_overdue"] == 0
    assert 0 <= after["yihu_log_seal_age_seconds"] < 60
    assert "yihu_backup_age_seconds" not in after
    with transaction.atomic():
        said = {"ok": False, "copy": "c", "why": "坏了", "by": "t"}
        audit.record(None, "backup.made", "upkeep.backup", data={"files": 3, "missing": 0})
        audit.record(None, "backup.tested", "upkeep.backup", data=said)
    last = figures(client.get("/metrics").text)
    assert 0 <= last["yihu_backup_age_seconds"] < 60
    assert last["yihu_backup_trial_ok"] == 0


def test_figures_are_for_this_machine_or_the_token(settings: Any) -> None:
    assert Client().get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="10.0.0.9").get("/metrics").status_code == 404
    assert Client(headers={"X-Forwarded-For": "127.0.0.1"}).get("/metrics").status_code == 404
    settings.PROXIES = 1
    assert Client().get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "token"
    assert Client().get("/metrics").status_code == 404
    far = Client(REMOTE_ADDR="10.0.0.9", headers={"Authorization": "Bearer token"})
    assert far.get("/metrics").status_code == 200


@pytest.mark.clause("5.5")
def test_a_line_says_codes_and_never_what_is_somebody_s() -> None:
    form = logging_config("json")["formatters"]["console"]
    handler = logging.StreamHandler()
    handler.setFormatter(form["()"]())
    lines: list[dict[str, Any]] = []
    handler.emit = lambda record: lines.append(json.loads(handler.format(record)))  # type: ignore[method-assign]  # what would go to the console is read here
    watched = [logging.getLogger(name) for name in ("yihu.upkeep.middleware", "django.request")]
    for logger in watched:
        logger.addHandler(handler)
    watched[0].setLevel("INFO")
    number = uuid4().hex
    try:
        client = signed_in(Role.FILLER)
        client.get("/dossiers/?q=只有我知道", headers={"X-Request-Id": number})
        client.get("/绝密客户有限公司/13800000001/")
        try:
            with transaction.atomic():
                plant.unit("ZZ")
                User.objects.create(username="甲某某", name="甲某某")
                User.objects.create(username="甲某某", name="甲某某")
        except Exception:
            watched[0].exception("account %s", 7, extra={"customer": "绝密", "route": "accounts"})
    finally:
        for logger in watched:
            logger.removeHandler(handler)
        watched[0].setLevel("NOTSET")
    first, *_others, last = lines
    assert first.pop("at")
    assert first.pop("ms") >= first.pop("query_ms") >= 0
    assert first.pop("queries") > 3
    assert first == {
        "level": "info", "logger": "yihu.upkeep.middleware", "event": "request", "method": "GET",
        "route": "desk:dossiers", "status": 200, "request_id": number,
    }  # fmt: skip
    assert (last["event"], last["route"], last["sqlstate"]) == ("account 7", "accounts", "23505")
    assert "django.db.utils.IntegrityError" in last["error"]
    said = json.dumps(lines, ensure_ascii=False)
    for secret in ("只有我知道", "绝密", "13800000001", "甲某某"):
        assert secret not in said
    known = {*KEYS, "at", "level", "logger", "event", "error", "where", "sqlstate"}
    assert {key for line in lines for key in line} <= known


def test_slow_statements_are_kept_without_their_values(settings: Any, tmp_path: Path) -> None:
    settings.SLOW_FILE, settings.SLOW_SECONDS = tmp_path / "slow.jsonl", 0.05
    asked = Statements()
    with connection.execute_wrapper(asked), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.06), %s, '绝密', 13800000001", ["机密"])
        cursor.execute("SELECT 1")
    assert (asked.count, len(asked.slow)) == (2, 1)
    for _twice in range(2):
        keep(asked.slow, route="desk:home", at=clock.now())
    (tmp_path / "slow.jsonl").open("a").write('{"cut')
    (line,) = slowest(9)
    assert (line.sql, line.times) == ("SELECT pg_sleep(?), %s, ?, ?", 2)
    assert line.total_ms == 2 * line.most_ms >= 100
    assert bare(b"bytes") == "(bytes)"
    page = signed_in(Role.ITC).get(reverse("upkeep:slow"))
    assert "SELECT pg_sleep(?), %s, ?, ?" in page.text
    assert "desk:home" in page.text


@pytest.mark.clause("4.2b")
def test_itc_reads_what_the_check_says_and_nobody_else() -> None:
    with transaction.atomic():
        said = {
            "ok": False,
            "copy": "20261201T023000Z-ab12",
            "why": "database.age 打不开",
            "by": "t",
        }
        audit.record(None, "backup.made", "upkeep.backup", data={**said, "files": 3, "missing": 0})
        audit.record(None, "backup.tested", "upkeep.backup", data=said)
    page = signed_in(Role.ITC).get(reverse("upkeep:home")).text
    assert "恢复演练没有通过（database.age 打不开）" in page
    assert "没有后台任务进程在运行" in page
    for role in (Role.SUPERVISOR, Role.FILLER, Role.AUDITOR):
        for name in ("upkeep:home", "upkeep:slow"):
            assert signed_in(role).get(reverse(name)).status_code == 403


def test_a_made_up_method_makes_no_figure_of_its_own() -> None:
    Client().generic("SECRET", "/")
    said = Client().get("/metrics").text
    assert 'method="OTHER"' in said
    assert "SECRET" not in said
