"""A worker as a process of its own, on the database of one test: `python -m … NAME`."""

import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "yihu.site.settings"
django.setup()

from django.conf import settings  # noqa: E402  # it is there once Django is set up
from django.db import connections  # noqa: E402  # as above
from procrastinate.contrib.django import app  # noqa: E402  # as above

from yihu.site.management.commands.worker import connector, know_jobs  # noqa: E402  # as above

settings.DATABASES["default"]["NAME"] = sys.argv[1]
connections["default"].settings_dict["NAME"] = sys.argv[1]
know_jobs()
with app.replace_connector(connector()) as working:
    working.run_worker(concurrency=4, fetch_job_polling_interval=0.2, delete_jobs="successful")
