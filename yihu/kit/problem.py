"""What an interface answers where it cannot: problem details (RFC 9457), in Chinese."""

from http import HTTPStatus
from typing import Any

from django.http import JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: gettext_lazy("请求有误"),
    401: gettext_lazy("未登录"),
    403: gettext_lazy("没有权限"),
    404: gettext_lazy("没有找到"),
    405: gettext_lazy("方法不对"),
    409: gettext_lazy("与现状冲突"),
    412: gettext_lazy("内容已变"),
    413: gettext_lazy("内容过大"),
    415: gettext_lazy("类型不对"),
    422: gettext_lazy("内容不符"),
    428: gettext_lazy("缺少前提"),
    429: gettext_lazy("过于频繁"),
    500: gettext_lazy("系统出错"),
    503: gettext_lazy("暂不可用"),
}


def problem(status: int, code: str, detail: str, **more: Any) -> JsonResponse:
    """`code` names the kind of problem for programs, `detail` says for people what to do."""
    body = {
        "type": f"urn:yihu:problem:{code}",
        "title": str(TITLES.get(status, HTTPStatus(status).phrase)),
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }
    return JsonResponse(
        body, status=status, content_type=MEDIA_TYPE, json_dumps_params={"ensure_ascii": False}
    )


def not_by(method: str, *allowed: str) -> JsonResponse:
    """405 with what would do."""
    said = _("这里不接受 %(method)s，请用 %(allowed)s。")
    found = problem(405, "method_not_allowed", said % {"method": method, "allowed": allowed[0]})
    found["Allow"] = ", ".join(allowed)
    return found
