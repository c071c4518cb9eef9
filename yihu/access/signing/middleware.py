"""Whether this session may go on: who it is, since when, how long idle, and what is owed first."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from yihu.access.models import User
from yihu.access.signing import sessions
from yihu.access.signing.actions import note_use
from yihu.access.signing.answers import here, send, sign_in_again
from yihu.access.signing.queries import owed_first
from yihu.access.signing.rules import Why
from yihu.kit.clock import now

BEFORE_ANYTHING = {"password", "factor", "factor-codes", "confirm", "sign-out", "set_language"}
"""What a person may do who still owes a new password or a second factor."""


class DoorMiddleware(LoginRequiredMiddleware):
    """Every page asks for a sign-in unless it is marked `login_not_required`."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        open_to_all = not getattr(view_func, "login_required", True)
        named = SESSION_KEY in request.session  # before the account is looked up and refused
        user = request.user
        if not isinstance(user, User):
            if open_to_all:
                return None
            if named:
                request.session.flush()
                return sign_in_again(request, Why.CHANGED)
            gone = settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.is_empty()
            return sign_in_again(request, Why.ENDED if gone else None)
        at = now()
        seen = sessions.moment(request.session, sessions.SEEN) or at
        opened = sessions.moment(request.session, sessions.OPENED) or at
        idle = at - seen > timedelta(seconds=settings.IDLE_SECONDS)
        if idle or at - opened > timedelta(seconds=settings.SESSION_COOKIE_AGE):
            logout(request)
            return None if open_to_all else sign_in_again(request, Why.TIMEOUT)
        if sessions.touch(request.session, at):
            note_use(user, at)
        match = request.resolver_match
        if open_to_all or (match is not None and match.view_name in BEFORE_ANYTHING):
            return None
        outside = request.session.get("means") == "oidc"
        owed = owed_first(user, outside=outside, at=at)
        return send(request, owed, code="owed", next=here(request)) if owed else None
