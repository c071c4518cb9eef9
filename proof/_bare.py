"""A bare Django beside which load is judged: sign-in, a session, one list of fifty files.

`python -m proof._bare FILES` makes its tables in the database of BARE_URL and prints the key of a
session; `granian proof._bare:application` serves it. It knows nothing of units, rows or a log.
"""

import os
import sys
from typing import Any, ClassVar, cast

import environ
from django.conf import settings

settings.configure(
    SECRET_KEY="bare",
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={
        "default": {**environ.Env.db_url_config(os.environ["BARE_URL"]), "CONN_MAX_AGE": 600}
    },
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sessions",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    ROOT_URLCONF=__name__,
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)

import django

django.setup()

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client
from django.urls import path

PLANT = """
CREATE TABLE bare_file (id serial PRIMARY KEY, name text NOT NULL, number text NOT NULL,
    klass text NOT NULL, unit text NOT NULL, opened_on date NOT NULL);
INSERT INTO bare_file (name, number, klass, unit, opened_on)
SELECT '广州' || md5(n::text) || '有限公司', 'B-' || n,
       (ARRAY['战略', 'VIP', '内部', '一般'])[1 + n %% 4], 'B' || n %% 12,
       date '2020-01-01' + n %% 2000
FROM generate_series(1, %s) AS n;
CREATE INDEX ON bare_file (name, id);
ANALYZE bare_file;
"""
PAGE = engines["django"].from_string(
    "<!doctype html><title>files</title><p>{{ user.username }}</p><table>{% for row in rows %}"
    "<tr><td>{{ row.name }}</td><td>{{ row.number }}</td><td>{{ row.klass }}</td>"
    "<td>{{ row.unit }}</td><td>{{ row.opened_on }}</td></tr>{% endfor %}</table>"
)


class File(models.Model):
    """A row of the list."""

    name = models.TextField()
    number = models.TextField()
    klass = models.TextField()
    unit = models.TextField()
    opened_on = models.DateField()

    objects: ClassVar[models.Manager["File"]] = models.Manager()

    class Meta:
        app_label = "bare"
        db_table = "bare_file"
        managed = False

    def __str__(self) -> str:
        return self.name


@login_required
def files(request: HttpRequest) -> HttpResponse:
    """Fifty of them, from a name on."""
    rows = File.objects.filter(name__gt=request.GET.get("after", "")).order_by("name", "pk")[:50]
    return HttpResponse(PAGE.render({"rows": rows, "user": request.user}))


urlpatterns = [path("", files)]
application = get_wsgi_application()


def main() -> None:
    """Make the tables, a person and their session."""
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(PLANT, [int(sys.argv[1])])
    client, user = Client(), User.objects.create_user("bare")
    cast(Any, client).force_login(user)
    print(client.cookies["sessionid"].value)


if __name__ == "__main__":
    main()
