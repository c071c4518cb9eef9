"""What the interface can do, gathered from the views themselves: for programs and for people."""

from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import render
from django.urls import get_resolver
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt

from yihu.access.models import User
from yihu.interface.manual import chapters
from yihu.interface.operations import CODES
from yihu.interface.rules import KEPT, LIMIT, MOST
from yihu.kit.batch import MOST_ROWS
from yihu.kit.openapi import Operation, describes, document
from yihu.kit.problem import not_by

DESCRIBE = Operation(
    method="get",
    name="describe",
    summary=gettext_lazy("接口说明"),
    description=gettext_lazy("本文件；不含任何客户资料。"),
    answers={"type": "object", "required": ["openapi", "info", "paths"]},
    problems=[],
)


def _document() -> dict[str, Any]:
    schemes = {
        "session": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
        "ownToken": {
            "type": "http",
            "scheme": "bearer",
            "description": _("个人接口令牌，在“接口令牌”页签发"),
        },
        "personnelToken": {
            "type": "http",
            "scheme": "bearer",
            "description": _("人事系统的令牌，由信息技术中心签发"),
        },
    }
    return document(get_resolver(), title=_("一户"), version=version("yihu"), schemes=schemes)


@describes(DESCRIBE)
@csrf_exempt  # nothing but GET is served
@login_not_required
def openapi(request: HttpRequest) -> HttpResponse:
    """The document itself; it says nothing of anybody."""
    if request.method != "GET":
        return not_by(request.method or "", "GET")
    return JsonResponse(_document(), json_dumps_params={"ensure_ascii": False})


@login_not_required  # or a stranger would be answered as a program is, by 401
def docs(request: HttpRequest) -> HttpResponse:
    """接口文档: the same for people, made from the document and from nowhere else."""
    if not isinstance(request.user, User):
        return redirect_to_login(request.get_full_path())
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    return render(
        request,
        "interface/docs.html",
        {
            "chapters": chapters(_document(), settings.ADDRESS),
            "codes": CODES,
            "limit": LIMIT,
            "most": MOST,
            "most_rows": MOST_ROWS,
            "a_minute": settings.INTERFACE_A_MINUTE,
            "kept_days": KEPT.days,
        },
    )
