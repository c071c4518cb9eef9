"""What is answered when something broke: 500, or 503 where the log cannot be written."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yihu.audit.actions import NotRecorded, request_id

RETRY_SECONDS = 60


def failed(request: HttpRequest) -> HttpResponse:
    """Neither page asks the database: its transaction may be broken."""
    context = {"number": request_id.get(), "path": request.path}
    if not isinstance(sys.exc_info()[1], NotRecorded):
        return render(None, "500.html", context, status=500)
    answer = render(None, "503.html", context, status=503)
    answer["Retry-After"] = str(RETRY_SECONDS)
    return answer
