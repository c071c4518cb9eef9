"""The way to the draft: who may edit it, that there is one, what is said when an act fails."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from yihu.access.models import User
from yihu.access.policy import require
from yihu.guide.models import Edition
from yihu.guide.policy import may_edit_guide
from yihu.guide.problems import Refused
from yihu.guide.queries import draft_for

Door = Callable[[HttpRequest, User, Edition], HttpResponse]


def person(request: HttpRequest) -> User:
    """Who is signed in."""
    assert isinstance(request.user, User)
    return request.user


def on_draft(view: Door) -> Callable[[HttpRequest], HttpResponse]:
    """The view gets the editor and the draft; where there is none, they are sent to the list."""

    @wraps(view)
    def opened(request: HttpRequest) -> HttpResponse:
        user = person(request)
        require(may_edit_guide(user), _("编制填报指南的"))
        draft = draft_for(user)
        if draft is None:
            messages.error(request, _("没有填报指南草稿，可能刚被发布或放弃。"))
            if getattr(request, "htmx", None):
                return HttpResponseClientRedirect(reverse("guide:editions"))
            return redirect("guide:editions")
        return view(request, user, draft)

    return opened


def done(request: HttpRequest, act: Callable[[], object], said: str) -> bool:
    """Do it and say so; or say why it cannot be done."""
    try:
        act()
    except Refused as why:
        messages.error(request, str(why))
        return False
    messages.success(request, said)
    return True


def version_of(request: HttpRequest) -> int:
    """The version of the draft that the page showed; -1, which no draft has, for none."""
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 9 else -1
