"""What the interface can do, for programs: gathered from the views themselves (OpenAPI 3.1)."""

from importlib.metadata import version

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import get_resolver
from django.views.decorators.csrf import csrf_exempt

from yihu.kit.openapi import Operation, describes, document
from yihu.kit.problem import not_by

DESCRIBE = Operation(
    method="get",
    name="describe",
    summary="接口说明",
    description="本文件；不含任何客户资料。",
    answers={"type": "object", "required": ["openapi", "info", "paths"]},
    problems=[],
)


@describes(DESCRIBE)
@csrf_exempt  # nothing but GET is served
@login_not_required
def openapi(request: HttpRequest) -> HttpResponse:
    """The document itself; it says nothing of anybody."""
    if request.method != "GET":
        return not_by(request.method or "", "GET")
    schemes = {
        "session": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
        "ownToken": {
            "type": "http", "scheme": "bearer", "description": "个人接口令牌，在“接口令牌”页签发",
        },
        "personnelToken": {
            "type": "http", "scheme": "bearer", "description": "人事系统的令牌，由信息技术中心签发",
        },
    }  # fmt: skip
    found = document(get_resolver(), title="一户", version=version("yihu"), schemes=schemes)
    return JsonResponse(found, json_dumps_params={"ensure_ascii": False})
