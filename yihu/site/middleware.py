"""One transaction around the whole response, and the headers of every answer."""

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

FAILED = "yihu.failed"


class TransactionMiddleware:
    """Everything of a request, its rendering included, happens in one transaction.

    An exception has become a response before it gets here, so `process_exception` takes note of
    it: then, and with every 5xx, all is rolled back. A streamed body would run after the commit:
    stream finished files only.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with transaction.atomic():
            response = self.get_response(request)
            if response.status_code >= 500 or FAILED in request.META:
                transaction.set_rollback(True)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """What failed leaves nothing behind; the page that says so may still read."""
        request.META[FAILED] = True


class HeadersMiddleware:
    """Pages of signed-in people stay out of every cache (a shared computer's, too)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Cache-Control", "no-store")
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response
