"""Who is asking: the scope of every transaction of the request, its number for the log, and
refusals that outlive their rollback."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from contextvars import Token
from dataclasses import dataclass
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from yihu.access.entering import for_person, of_session
from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.scope import Unreachable
from yihu.audit import actions as audit
from yihu.kit.asking import request_id
from yihu.kit.scoped import acting

_GIVEN = re.compile(r"[0-9A-Za-z-]{8,40}")


class ActorMiddleware:
    """Outside the transaction of the response: what it records stays when that rolls back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        number = given if _GIVEN.fullmatch(given) else uuid4().hex
        key = request.session.session_key
        token = request_id.set(number)
        with acting(of_session(key) if key else None):
            response = self._answer(request, token)
        response["X-Request-Id"] = number
        return response

    def _answer(self, request: HttpRequest, token: Token[str]) -> HttpResponse:
        try:
            response = self.get_response(request)
            refusal: Refusal | None = getattr(request, "refusal", None)
            if refusal is not None and isinstance(request.user, User):
                with _own_scope(request, request.user), transaction.atomic():
                    audit.record(request.user, "refused", refusal.label, data=refusal.data)
            return response
        finally:
            request_id.reset(token)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Keep the refusal until the transaction of the response is over."""
        note_refusal(request, exception)


def _own_scope(request: HttpRequest, user: User) -> AbstractContextManager[None]:
    """The session's scope is still there; a token's ended with its view."""
    return for_person(user.pk) if "Authorization" in request.headers else nullcontext()


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the log says of a request that was turned away: of what kind, and which."""

    label: str
    data: dict[str, object]


def note_refusal(request: HttpRequest, exception: Exception) -> None:
    """Have the log say that the request was turned away, if that is what happened."""
    refusal = _refusal(request, exception)
    if refusal is not None:
        request.refusal = refusal  # type: ignore[attr-defined]  # our own mark


def _refusal(request: HttpRequest, exception: Exception) -> Refusal | None:
    """A row that is not there for the person (404), or an act that is not theirs (403)."""
    if isinstance(exception, Unreachable):
        return Refusal(exception.label, {"lookup": exception.lookup})
    if isinstance(exception, PermissionDenied):
        match = request.resolver_match
        wanted = exception.wanted if isinstance(exception, Denied) else ""
        route = match.view_name if match is not None else ""
        return Refusal("access.permission", {"permission": wanted, "route": route})
    return None
