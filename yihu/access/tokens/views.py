"""接口令牌 on one's own account: issued, shown once, listed, revoked."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from yihu.access.models import ApiToken, User
from yihu.access.signing.stepping_up import reauthenticated
from yihu.access.tokens import actions, queries
from yihu.access.tokens.forms import TokenForm
from yihu.access.tokens.rules import Use
from yihu.kit.clock import now


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@never_cache
@require_http_methods(["GET", "POST"])
@reauthenticated
def own_tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens, and a new one, whose secret stands on the page that answers, once."""
    user, at = _person(request), now()
    form = TokenForm(request.POST or None)
    secret, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _made, secret = actions.issue(user, **form.content(), at=at)
            except actions.TooMany as why:
                form.add_error(None, str(why))
            else:
                form, status = TokenForm(), 200
    lines = [(row, _state(row), _uses(row)) for row in queries.tokens_of(user)]
    context = {"form": form, "secret": secret, "lines": lines}
    return render(request, "access/tokens.html", context, status=status)


def _state(row: ApiToken) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "open" if row.expires_at > now() else "expired"


def _uses(row: ApiToken) -> str:
    return "、".join(str(Use(one).label) for one in row.uses if one in Use.values)


@require_POST
def revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    """It opens nothing from now on."""
    if actions.revoke(_person(request), pk, at=now()):
        messages.success(request, _("已吊销，用它的程序从此进不来。"))
    else:
        messages.info(request, _("这个令牌已经不在有效之列。"))
    return redirect("tokens")
