"""A view of the interface, for a session or a token: `Authorization: Bearer …` goes first."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from yihu.access.entering import of_token
from yihu.access.models import User
from yihu.access.signing.queries import owed_first
from yihu.access.tokens.queries import holder
from yihu.access.tokens.rules import SHAPE, Use
from yihu.kit.clock import now
from yihu.kit.problem import problem
from yihu.kit.scoped import acting

View = Callable[..., HttpResponse]


def bearer_of(request: HttpRequest) -> str | None:
    """What stands after `Bearer`; None where no such header was sent, "" where it is not one."""
    said = request.headers.get("Authorization")
    if said is None:
        return None
    scheme, _space, secret = said.partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def unauthorized(said: str) -> HttpResponse:
    """401, and what would help."""
    answer = problem(401, "unauthorized", said)
    answer["WWW-Authenticate"] = 'Bearer realm="yihu"'
    return answer


def by_token(use: Use, *, session: bool = True) -> Callable[[View], View]:
    """The view runs as whoever is signed in, or as whose token for this use is shown.

    The transaction enters the scope by the token itself, so that what ended a moment ago sees no
    row. `session` False: a token alone opens it, as whatever changes something must ask for,
    since no guard against forged requests stands here.
    """

    def wrapped(view: View) -> View:
        @csrf_exempt  # nothing is changed by a session here
        @login_not_required
        @wraps(view)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            secret = bearer_of(request)
            if secret is None:
                if not session:
                    return unauthorized(_("请在 Authorization 里给出令牌；登录状态不能报送。"))
                if not isinstance(request.user, User):
                    return unauthorized(_("请先登录，或在 Authorization 里给出令牌。"))
                outside = request.session.get("means") == "oidc"
                if owed_first(request.user, outside=outside, at=now()):
                    said = _("请先在页面上修改密码或启用二次验证，再调用接口。")
                    return problem(403, "owed_first", said)
                return view(request, *args, **kwargs)
            with acting(of_token(use, secret) if SHAPE.fullmatch(secret) else None):
                person = holder()
                if person is None:
                    return unauthorized(_("令牌无效、已到期或已吊销，请在“接口令牌”页重新签发。"))
                request.user = person
                return view(request, *args, **kwargs)

        return asked

    return wrapped
