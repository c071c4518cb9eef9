"""What the doors of this slice share."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.dossiers.problems import Refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def person(request: HttpRequest) -> User:
    """Who is signed in."""
    assert isinstance(request.user, User)
    return request.user


def done(request: HttpRequest, act: Callable[[], object], said: str) -> bool:
    """Do it and say so; or say why it cannot be done."""
    try:
        act()
    except (Refused, Denied) as why:
        messages.error(request, str(why))
        return False
    messages.success(request, said)
    return True


def file(content: bytes, name: str, kind: str) -> HttpResponse:
    """A download of that name."""
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer
