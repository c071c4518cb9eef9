"""One transaction around the whole response: what fails leaves nothing, pages still render."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from django.core.handlers.exception import convert_exception_to_response
from django.http import Http404, HttpRequest, HttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from tests import plant
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.site.middleware import TransactionMiddleware

pytestmark = pytest.mark.django_db
View = Callable[[HttpRequest], HttpResponse]


def write() -> None:
    User.objects.create(username="written", name="写入")


def answer(view: View) -> HttpResponse:
    """The view behind the middleware, as the handler wires it."""
    request = RequestFactory().get("/")
    noted: list[TransactionMiddleware] = []

    def inner(request: HttpRequest) -> HttpResponse:
        try:
            response = view(request)
        except Exception as reason:
            noted[0].process_exception(request, reason)
            raise
        return response.render() if isinstance(response, TemplateResponse) else response

    noted.append(TransactionMiddleware(convert_exception_to_response(inner)))
    done = noted[0](request)
    assert isinstance(done, HttpResponse)
    return done


def written() -> bool:
    return User.objects.filter(username="written").exists()


def test_what_succeeds_stays() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        write()
        return HttpResponse("ok")

    assert answer(view).status_code == 200
    assert written()


def test_an_answer_of_500_is_undone() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        write()
        return HttpResponse("no", status=503)

    assert answer(view).status_code == 503
    assert not written()


def test_what_raises_is_undone_and_its_page_may_still_read() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        write()
        raise Http404

    def again(request: HttpRequest) -> HttpResponse:
        write()
        raise Http404(str(User.objects.count()))

    assert answer(view).status_code == 404
    assert not written()
    assert answer(again).status_code == 404
    assert not written()


def test_a_template_is_rendered_inside_the_transaction() -> None:
    template = engines["django"].from_string("{% for user in users %}{{ user.name }}{% endfor %}")

    def view(request: HttpRequest) -> HttpResponse:
        write()
        late = User.objects.filter(username="written")
        response = TemplateResponse(request, template, {"users": late})
        response.status_code = 500  # undone after it was rendered, so the page saw the row
        return response

    assert answer(view).content.decode() == "写入"
    assert not written()


def test_a_page_that_is_not_there_reads_who_asks(client: Client) -> None:
    """The page for 404 greets by name; the transaction is not yet broken when it does."""
    client.force_login(plant.person(Role.FILLER, plant.unit("GD")))
    response = client.get("/nothing-here/")
    assert response.status_code == 404
    assert response["Cache-Control"] == "no-store"


def test_signed_in_pages_stay_out_of_caches(client: Client) -> None:
    client.force_login(plant.person(Role.FILLER, plant.unit("GD")))
    response = client.get(reverse("desk:home"))
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response["X-Frame-Options"] == "DENY"
    policy = {
        part.split()[0]: part.split()[1:] for part in response["Content-Security-Policy"].split(";")
    }
    assert policy == {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }


def test_the_cookie_of_the_language_is_no_script_s(client: Client) -> None:
    answered = client.post(reverse("set_language"), {"language": "en"})
    cookie = answered.cookies["language"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_behind_https_every_cookie_is_this_host_s_alone() -> None:
    """A process of its own, because settings are read once (ASVS 3.3.1)."""
    said = (
        "from yihu.site import settings as s\n"
        "for kind in ('SESSION', 'CSRF', 'LANGUAGE'):\n"
        "    name = getattr(s, kind + '_COOKIE_NAME')\n"
        "    print(name.startswith('__Host-'), getattr(s, kind + '_COOKIE_SECURE'))\n"
        "print(s.DEVICE_COOKIE_NAME.startswith('__Host-'), s.SECURE)"
    )
    done = subprocess.run(
        [sys.executable, "-c", said],
        env={**os.environ, "YIHU_SECURE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["True True"] * 4
