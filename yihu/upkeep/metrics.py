"""Figures for Prometheus: requests as they pass, and the state of things as it is asked for.

No label names a person, a unit or a customer. Where several processes serve, each keeps its
figures in a file of PROMETHEUS_MULTIPROC_DIR and whoever is asked adds them up.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from django.db import DatabaseError, connection
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from yihu.access.entering import for_group
from yihu.audit.queries import last_sent, newest_block
from yihu.audit.sinks import sinks
from yihu.duties.models import Duty
from yihu.upkeep.queries import newest_copy, newest_trial

REQUESTS = Counter("yihu_requests", "Requests that were answered", ["route", "method", "status"])
SECONDS = Histogram(
    "yihu_request_seconds", "How long an answer took", ["route"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
STATEMENTS = Counter("yihu_statements", "Statements that requests asked of the database")
STATEMENT_SECONDS = Counter("yihu_statement_seconds", "Time that these took")

BY_STATE = {
    "yihu_jobs": ("Jobs in the queue", "status", "procrastinate_jobs"),
    "yihu_imports": ("Imports", "state", "intake_import"),
}
WORKERS = (
    "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute'"
)


class State:
    """What the database says when it is asked: a handful of counts."""

    def __init__(self, *, today: date, at: datetime) -> None:
        self._today, self._at = today, at

    def collect(self) -> Iterator[Metric]:
        """Without a database there is one figure: that it is away."""
        up = GaugeMetricFamily("yihu_database_up", "Whether the database answers")
        try:
            with for_group():
                found = [*self._counts(), *self._ages()]
        except DatabaseError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from found

    def _counts(self) -> Iterator[Metric]:
        with connection.cursor() as cursor:
            for name, (said, label, table) in BY_STATE.items():
                family = GaugeMetricFamily(name, said, labels=[label])
                cursor.execute(f"SELECT {label}::text, count(*) FROM {table} GROUP BY 1 ORDER BY 1")
                for state, number in cursor.fetchall():
                    family.add_metric([state], number)
                yield family
            cursor.execute(WORKERS)
            yield _one("yihu_workers", "Workers that gave a sign of life", cursor.fetchone()[0])
        late = Duty.objects.filter(
            done_at=None, dropped_at=None, waived_at=None, due_on__lt=self._today
        )
        yield _one("yihu_duties_overdue", "Duties past their day and not done", late.count())

    def _ages(self) -> Iterator[Metric]:
        block, made, tried = newest_block(), newest_copy(), newest_trial()
        if block is not None:
            yield self._age("yihu_log_seal_age_seconds", "Since the last seal", block.sealed_at)
        if made is not None:
            yield self._age("yihu_backup_age_seconds", "Since the last copy", made.at)
        if tried is not None:
            yield self._age("yihu_backup_trial_age_seconds", "Since the last trial", tried.at)
            yield _one("yihu_backup_trial_ok", "Whether that went well", int(tried.data["ok"]))
        sent = GaugeMetricFamily(
            "yihu_log_sent_age_seconds", "Since a head of the log arrived there", labels=["sink"]
        )
        for name in sinks():
            if (anchor := last_sent(name)) is not None:
                sent.add_metric([name], (self._at - anchor.at).total_seconds())
        yield sent

    def _age(self, name: str, said: str, since: datetime) -> Metric:
        return _one(name, said, (self._at - since).total_seconds())


def _one(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(name, said, value=value)


class _Asked:
    """A collector that was made for one question; the registry need not know its names ahead."""

    def __init__(self, state: State) -> None:
        self._state = state

    def collect(self) -> Iterable[Metric]:
        return self._state.collect()

    def describe(self) -> Iterable[Metric]:
        return []


def exposed(*, today: date, at: datetime) -> bytes:
    """All figures, in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Asked(State(today=today, at=at)))
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # its own omission
        return generate_latest(registry)
    return generate_latest(REGISTRY) + generate_latest(registry)


def seen(*, route: str, method: str, status: int, seconds: float, count: int, asked: float) -> None:
    """One request more."""
    REQUESTS.labels(route, method, str(status)).inc()
    SECONDS.labels(route).observe(seconds)
    STATEMENTS.inc(count)
    STATEMENT_SECONDS.inc(asked)
