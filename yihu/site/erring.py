"""What is answered for an address that is not there, and when something broke: to programs as
problem details, to people as pages."""

import sys

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found

from yihu.audit.actions import NotRecorded
from yihu.kit.problem import problem
from yihu.site import failing

PROGRAMS = "/api/"


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    if not request.path.startswith(PROGRAMS):
        return page_not_found(request, exception)
    return problem(404, "not_found", _("没有找到，或您无权查看。"))


def failed(request: HttpRequest) -> HttpResponse:
    """500, or 503 where the log cannot be written; nothing asks the database."""
    if not request.path.startswith(PROGRAMS):
        return failing.failed(request)
    if not isinstance(sys.exc_info()[1], NotRecorded):
        return problem(
            500, "failed", _("系统出了差错，数据没有改变；请凭请求编号告知信息技术中心。")
        )
    answer = problem(
        503, "not_recorded", _("日志无法写入，暂不提供查阅；数据没有改变，请稍后重试。")
    )
    answer["Retry-After"] = str(failing.RETRY_SECONDS)
    return answer
