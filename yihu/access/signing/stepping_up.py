"""Acts that ask for fresh proof: reveal, export, grant (SECURITY.md T23)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from yihu.access.signing import sessions
from yihu.access.signing.answers import here, send
from yihu.access.signing.rules import PROOF
from yihu.kit.clock import now

View = Callable[..., HttpResponse]


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person gave a password or a code within the last ten minutes."""
    proved = sessions.moment(request.session, sessions.PROVED)
    return proved is not None and now() - proved <= PROOF


def ask_again(request: HttpRequest) -> HttpResponse:
    """To the question for a password or code, and back to the page of the act afterwards."""
    said = _("此操作须在十分钟内验证过身份，请先输入密码或动态验证码。")
    return send(request, "confirm", code="reauthenticate", said=said, next=here(request))


def reauthenticated(view: View) -> View:
    """The view runs only right after a proof; otherwise the person is asked and comes back.

    A POST comes back to its page, not to itself: what was typed must be sent again.
    """

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        return ask_again(request)

    return asked
