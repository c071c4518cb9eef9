"""The least that Django takes: its own session and accounts, one table, one list, one form.

    bare.py list FILES     plants, then answers each line of `list`, `told` (as JSON) or `made`
                           with the milliseconds that one request took
    bare.py start          answers its sign-in page once and ends
    bare.py served FILES   plants and prints the key of a session, for `bench.bare:application`

Run by the benches and `proof load` in a process of its own, so that nothing of Yihu is loaded. The
database is in `BARE_DATABASE` (JSON, as Django's settings have it).
"""

import json
import os
import sys
import time
from collections.abc import Callable

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="bare",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 600,
        **json.loads(os.environ["BARE_DATABASE"]),
    }},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions",
                    "django.contrib.messages"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "loaders": [("django.template.loaders.locmem.Loader", {
                "list.html": "<html><body><h1>{{ page.paginator.count }}</h1>"
                "{% for row in page %}"
                "<tr><td>{{ row.name }}</td><td>{{ row.number }}</td>"
                "<td>{{ row.code }}</td><td>"
                "{{ row.get_klass_display }}</td><td>{{ row.unit.name }}</td>"
                "<td>{{ row.opened_on }}</td></tr>{% endfor %}</body></html>",
                "in.html": "<form method=post>{% csrf_token %}{{ form }}</form>",
            })],
        },
    }],
    USE_TZ=True,
    TIME_ZONE="Asia/Shanghai",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)  # fmt: skip
django.setup()

from django import forms
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.core.management import call_command
from django.core.paginator import Paginator
from django.core.wsgi import get_wsgi_application
from django.db import connection, models, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.test import Client
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

PAGE, UNITS = 50, 12


class Unit(models.Model):
    name = models.CharField(max_length=100)

    class Meta:
        app_label = "bare"


class Customer(models.Model):
    unit = models.ForeignKey(Unit, models.PROTECT)
    name = models.CharField(max_length=200, db_index=True)
    number = models.CharField(max_length=40)
    code = models.CharField(max_length=18)
    klass = models.CharField(max_length=10, choices=[("a", "战略"), ("b", "一般")])
    opened_on = models.DateField()

    class Meta:
        app_label = "bare"


class CustomerForm(forms.ModelForm):
    class Meta:
        model = Customer
        fields = ("unit", "name", "number", "code", "klass", "opened_on")


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    rows = Customer.objects.select_related("unit").order_by("name", "pk")
    return render(request, "list.html", {"page": Paginator(rows, PAGE).page(1)})


@login_required
def told(request: HttpRequest) -> HttpResponse:
    rows = Customer.objects.order_by("name", "pk")[:PAGE]
    return JsonResponse({"items": list(rows.values())})


@csrf_exempt
@login_required
@transaction.atomic
def made(request: HttpRequest) -> HttpResponse:
    form = CustomerForm(json.loads(request.body))
    if not form.is_valid():
        return JsonResponse(form.errors, status=422)
    return JsonResponse({"id": form.save().pk}, status=201)


urlpatterns = [
    path("", listed),
    path("told", told),
    path("made", made),
    path("sign-in", LoginView.as_view(template_name="in.html")),
]
application = get_wsgi_application()


def plant(files: int) -> Client:
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Unit)
        editor.create_model(Customer)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bare_unit (name) SELECT '单位' || n FROM generate_series(1, %s) n", [UNITS]
        )
        cursor.execute(
            "INSERT INTO bare_customer (unit_id, name, number, code, klass, opened_on)"
            " SELECT 1 + n %% %s, md5(n::text) || '有限公司', 'B-' || n, lpad(n::text, 18, '0'),"
            " 'a',"
            " date '2020-01-01' + n %% 2000 FROM generate_series(1, %s) n",
            [UNITS, files],
        )
        cursor.execute("ANALYZE")
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create_user("bare"))
    return client


def get(client: Client, where: str) -> None:
    assert client.get(where).status_code == 200


def create(client: Client) -> None:
    given = {"unit": 1, "name": "新客户", "number": "N", "code": "1" * 18, "klass": "a",
             "opened_on": "2026-11-05"}  # fmt: skip
    assert client.post("/made", json.dumps(given), content_type="text/json").status_code == 201


def main() -> None:
    if sys.argv[1] == "start":
        assert Client().get("/sign-in").status_code == 200
        return
    client = plant(int(sys.argv[2]))
    if sys.argv[1] == "served":
        print(client.cookies[settings.SESSION_COOKIE_NAME].value)
        return
    ways: dict[str, Callable[[], None]] = {
        "list": lambda: get(client, "/"),
        "told": lambda: get(client, "/told"),
        "made": lambda: create(client),
    }
    for line in sys.stdin:
        started = time.perf_counter()
        ways[line.strip()]()
        print((time.perf_counter() - started) * 1000, flush=True)


if __name__ == "__main__":
    main()
