"""The three ways to be told to go elsewhere: a page, a part of one (HTMX), the API."""

from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from yihu.access.signing.rules import Why

API = "/api/"


def safe_next(request: HttpRequest, given: str) -> str:
    """An address of this host, or the home page."""
    own = url_has_allowed_host_and_scheme(
        given, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return given if own else reverse("desk:home")


def here(request: HttpRequest) -> str:
    """Where to come back to: this page, or the one that a POST or a part of a page stands on."""
    if request.method == "GET" and not request.headers.get("HX-Request"):
        return request.get_full_path()
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    parts = urlsplit(safe_next(request, page))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def send(
    request: HttpRequest, name: str, *, code: str, said: str = "", **query: str
) -> HttpResponse:
    """Send to the page of this name; an API client gets 401 with the code and the sentence.

    A part of that very page (the bell asks at its load) stays empty: it would reload without end.
    """
    if request.path.startswith(API):
        return JsonResponse({"code": code, "message": said}, status=401)
    url = f"{reverse(name)}?{urlencode({key: v for key, v in query.items() if v}, safe='/')}"
    if request.headers.get("HX-Request"):
        there = urlsplit(request.headers.get("HX-Current-URL", "")).path == reverse(name)
        return HttpResponse(status=204, headers={} if there else {"HX-Redirect": url})
    return redirect(url)


def sign_in_again(request: HttpRequest, why: Why | None) -> HttpResponse:
    """To the door, with the reason where there is one, and back afterwards."""
    said = str(why.label) if why else ""
    return send(
        request,
        "sign-in",
        code=why.value if why else "unauthenticated",
        said=said,
        next=here(request),
        why=why.value if why else "",
    )
