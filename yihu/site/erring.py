"""What is answered for an address that is not there, and when something broke: to programs as
problem details, to people as pages."""

import sys

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found

from yihu.kit.problem import problem
from yihu.site import failing

PROGRAMS = "/api/"


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    if not request.path.startswith(PROGRAMS):
        return page_not_found(request, exception)
    return problem(404, "not_found", _("没有找到，或您无权查看。"))


def failed(request: HttpRequest) -> HttpResponse:
    """500, or why it could not be; nothing asks the database."""
    if not request.path.startswith(PROGRAMS):
        return failing.failed(request)
    found = failing.failure(sys.exc_info()[1])
    answer = problem(found.status, found.code, str(found.said))
    if found.status == 503:
        answer["Retry-After"] = str(failing.RETRY_SECONDS)
    return answer
