"""The pace of programs, around everything that a token opens."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from yihu.access.tokens.door import bearer_of
from yihu.access.tokens.rules import SHAPE
from yihu.interface.pace import count
from yihu.kit.clock import now
from yihu.kit.problem import problem


class PaceMiddleware:
    """Outside the transaction of the response; says with each answer how much is left."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        secret = bearer_of(request) or ""
        standing = count(secret, now()) if SHAPE.fullmatch(secret) else None
        if standing is None:
            return self.get_response(request)
        if standing.over:
            said = _("每分钟最多 %(limit)d 次，请 %(wait)d 秒后再试。")
            facts = {"limit": standing.limit, "wait": standing.reset}
            answer: HttpResponse = problem(429, "too_many_requests", said % facts)
            answer["Retry-After"] = str(standing.reset)
        else:
            answer = self.get_response(request)
        for name, value in standing.headers().items():
            answer[name] = value
        return answer
