"""Spans reach a collector over OTLP, and say nothing of anybody (§5.5)."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests import plant
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.upkeep import tracing

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.5")]
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """What a collector on this machine was sent."""
    bodies: list[bytes] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_said: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    tracing.provider.cache_clear()
    yield bodies
    if (made := tracing.provider()) is not None:
        made.shutdown()
    tracing.provider.cache_clear()
    server.shutdown()
    server.server_close()


def spans(bodies: list[bytes]) -> list[Any]:
    tracing.provider().force_flush()
    return [
        span
        for body in bodies
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def words(span: Any) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_a_page_its_statements_and_a_job_reach_the_collector(collector: list[bytes]) -> None:
    user = plant.person(Role.FILLER, plant.unit("GD"))
    file = plant.dossier(plant.unit("GD"), name="只有广东知道的客户")
    client = Client()
    client.force_login(user)
    answer = client.get(
        f"/dossiers/{file.pk}/", {"q": "13800138000"}, headers={"traceparent": PARENT}
    )
    job = SimpleNamespace(job=SimpleNamespace(task_name="duties.plan", attempts=1))
    assert tracing.job(lambda: User.objects.count(), job, None) > 0

    found = spans(collector)
    (page,) = [span for span in found if span.name == "GET desk:dossier"]
    assert words(page) == {
        "http.request.method": "GET",
        "http.route": "desk:dossier",
        "http.response.status_code": 200,
        "yihu.request_id": answer["X-Request-Id"],
    }
    assert page.trace_id.hex() == PARENT.split("-")[1]
    inside = [span for span in found if span.parent_span_id == page.span_id]
    assert {words(span)["db.system.name"] for span in inside} == {"postgresql"}
    assert any("dossiers_dossier" in str(words(span)["db.query.text"]) for span in inside)
    (done,) = [span for span in found if span.name == "job duties.plan"]
    assert [span.name for span in found if span.parent_span_id == done.span_id] == ["SELECT"]
    whole = b"".join(collector)
    for secret in ("只有广东", "13800138000", str(file.pk), user.username, user.name):
        assert secret.encode() not in whole


def test_an_error_says_its_kind_alone(collector: list[bytes]) -> None:
    with pytest.raises(ValueError, match="客户"), tracing.span("x", "server"):
        raise ValueError("客户的电话 13800138000")
    (span,) = spans(collector)
    assert (words(span), span.status.code) == ({"error.type": "ValueError"}, 2)
    assert b"138" not in b"".join(collector)


def test_without_an_address_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tracing.ASKS:
        monkeypatch.delenv(name, raising=False)
    tracing.provider.cache_clear()
    assert tracing.provider() is None
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    tracing.provider.cache_clear()
    assert tracing.provider() is None
    tracing.provider.cache_clear()
