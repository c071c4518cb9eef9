"""Spans of requests, statements and jobs for OpenTelemetry, where the standard environment asks.

Off unless `OTEL_EXPORTER_OTLP_ENDPOINT` (or `…_TRACES_ENDPOINT`) names a collector and the extra
`otel` is installed; all other `OTEL_…` settings are the SDK's own. A span says routes, methods,
codes and statements without any value: no person, no path with its keys, no parameter.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connection

from yihu.upkeep.timing import bare

ASKS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
Say = Callable[[str, str | int], object]
log = logging.getLogger(__name__)


@cache
def provider() -> Any:
    """What makes spans and sends them, begun when this process first needs it; None where off."""
    if not any(os.environ.get(name) for name in ASKS):
        return None
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("OTEL_… is set and the extra is not installed: pip install 'yihu[otel]'")
        return None
    name = os.environ.get("OTEL_SERVICE_NAME", "yihu")
    made = TracerProvider(resource=Resource.create({"service.name": name}))
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return made


def _silent(_name: str, _value: str | int) -> None:
    """Where nothing is traced."""


@contextmanager
def span(name: str, kind: str, *, headers: Mapping[str, str] | None = None) -> Iterator[Say]:
    """What happens inside is a span; `say` adds a word of it. `kind`: server, client, consumer.

    `headers`: of a request, whose `traceparent` it continues. An exception counts as an error; what
    it says is left out.
    """
    made = provider()
    if made is None:
        yield _silent
        return
    from opentelemetry.trace import SpanKind, Status, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    context = None
    if headers is not None:
        carried = {key.lower(): value for key, value in headers.items()}
        context = TraceContextTextMapPropagator().extract(carried)
    tracer = made.get_tracer("yihu")
    with tracer.start_as_current_span(
        name,
        context=context,
        kind=SpanKind[kind.upper()],
        record_exception=False,
        set_status_on_exception=False,
    ) as current:

        def say(key: str, value: str | int) -> None:
            if key == "name":
                current.update_name(str(value))
            else:
                current.set_attribute(key, value)

        try:
            yield say
        except BaseException as why:
            say("error.type", type(why).__name__)
            current.set_status(Status(StatusCode.ERROR))
            raise


class Asked:
    """A wrapper of Django's connection: each statement is a span of its own."""

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        if provider() is None:
            return execute(sql, params, many, context)
        said = bare(sql)
        with span(said.split(" ", 1)[0][:20], "client") as say:
            say("db.system.name", "postgresql")
            say("db.query.text", said)
            return execute(sql, params, many, context)


def job(call_next: Callable[[], Any], context: Any, _worker: Any) -> Any:
    """A middleware of the worker: each job is a span, by its task's name alone."""
    if provider() is None:
        return call_next()
    with span(f"job {context.job.task_name}", "consumer") as say:
        say("messaging.operation.type", "process")
        say("yihu.job.attempts", context.job.attempts)
        with connection.execute_wrapper(Asked()):
            return call_next()
