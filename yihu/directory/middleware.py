"""The door of SCIM: a token of its own, and how fast it may ask.

Counted before the transaction of the response begins and in one of its own, so that a request that
fails has still been made.
"""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from yihu.access.entering import for_door
from yihu.access.tokens.door import bearer_of
from yihu.directory.actions import digest_of
from yihu.directory.models import ScimToken
from yihu.directory.queries import token_of
from yihu.kit.clock import now

PREFIX = "/scim/v2/"


class ScimMiddleware:
    """Leaves the token on the request as `scim_token`, None where it opens nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        at = now()
        minute = at.replace(second=0, microsecond=0)
        token = token_of(digest_of(bearer_of(request) or ""), at)
        request.scim_token = token  # type: ignore[attr-defined]  # our own mark
        if token is None:
            return self.get_response(request)
        with for_door(), transaction.atomic():
            rows = ScimToken.objects.filter(pk=token.pk)
            rows.update(
                used=Case(When(minute=minute, then=F("used") + 1), default=Value(1)),
                minute=minute,
                used_at=at,
            )
            used = rows.values_list("used", flat=True).get()
        limit: int = settings.SCIM_A_MINUTE
        left = minute + timedelta(minutes=1) - at
        reset = max(1, -(-left // timedelta(seconds=1)))
        if used > limit:
            protocol = import_module("yihu.directory.scim.protocol")
            said = _("每分钟最多 %(limit)d 次，请 %(wait)d 秒后再试。")
            response: HttpResponse = protocol.error(429, said % {"limit": limit, "wait": reset})
            response["Retry-After"] = str(reset)
        else:
            response = self.get_response(request)
        response["RateLimit-Limit"] = str(limit)
        response["RateLimit-Remaining"] = str(max(limit - used, 0))
        response["RateLimit-Reset"] = str(reset)
        return response
