"""Doors for machines before all others, and the measure of every request."""

import hmac
import logging
import time
from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from yihu.kit import clock
from yihu.upkeep import metrics, timing, tracing
from yihu.upkeep.soundness import answers

log = logging.getLogger(__name__)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
Answers = Callable[[HttpRequest], HttpResponse]


class ProbesMiddleware:
    """/healthz, /readyz and /metrics: before sessions, scopes and transactions, which need the
    database; they answer also when it is away."""

    def __init__(self, get_response: Answers) -> None:
        self.get_response = get_response
        self._ready = False
        self._doors: dict[str, Answers] = {
            "/healthz": self._alive,
            "/readyz": self._prepared,
            "/metrics": self._figures,
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        door = self._doors.get(request.path)
        if door is None:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        answer = door(request)
        answer["Cache-Control"] = "no-store"
        return answer

    def _alive(self, _request: HttpRequest) -> HttpResponse:
        """This process answers; it says nothing of others."""
        return HttpResponse("ok\n", content_type="text/plain")

    def _prepared(self, _request: HttpRequest) -> HttpResponse:
        """200 where pages can be served: what `yihu serve` asks, once; then the database alone.

        Names what is amiss, never why: that is for `yihu check`.
        """
        try:
            if not self._ready:
                amiss = [one.name for one in answers(fatal_only=True) if not one.sound]
                self._ready = not amiss
            else:
                amiss = []
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
        except DatabaseError:
            amiss = ["database"]
        return JsonResponse({"ready": not amiss, "amiss": amiss}, status=503 if amiss else 200)

    def _figures(self, request: HttpRequest) -> HttpResponse:
        if not _may_scrape(request):
            return HttpResponse(status=404)
        found = metrics.exposed(today=clock.today(), at=clock.now())
        return HttpResponse(found, content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_scrape(request: HttpRequest) -> bool:
    """With the token where one is set; without, from this machine and past no proxy."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    if settings.PROXIES or "X-Forwarded-For" in request.headers:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


class MeasureMiddleware:
    """Each request by its route: how long, how many statements, and those that were slow."""

    def __init__(self, get_response: Answers) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with tracing.span(str(request.method), "server", headers=request.headers) as say:
            answer, route = self._measured(request)
            say("name", f"{request.method} {route}".strip())
            say("http.request.method", str(request.method))
            say("http.route", route)
            say("http.response.status_code", answer.status_code)
            say("yihu.request_id", answer.get("X-Request-Id", ""))
        return answer

    def _measured(self, request: HttpRequest) -> tuple[HttpResponse, str]:
        asked, began = timing.Statements(), time.perf_counter()
        with connection.execute_wrapper(asked), connection.execute_wrapper(tracing.Asked()):
            answer = self.get_response(request)
        seconds = time.perf_counter() - began
        match = request.resolver_match
        route = match.view_name if match is not None else ""
        method = request.method if request.method in METHODS else "OTHER"
        metrics.seen(
            route=route, method=str(method), status=answer.status_code, seconds=seconds,
            count=asked.count, asked=asked.seconds,
        )  # fmt: skip
        if asked.slow:
            timing.keep(asked.slow, route=route, at=clock.now())
        said = {
            "request_id": answer.get("X-Request-Id", ""), "route": route, "method": method,
            "status": answer.status_code, "ms": round(seconds * 1000),
            "queries": asked.count, "query_ms": round(asked.seconds * 1000),
        }  # fmt: skip
        log.info("request", extra=said)
        return answer, route
