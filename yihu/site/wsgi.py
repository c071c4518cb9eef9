"""The door for the web server."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")

# What a process loads lives as long as it: to look through it for garbage, while it grows and in
# the middle of requests ever after, finds none. Views are loaded here, not by the first request.
gc.disable()
application = get_wsgi_application()
resolve("/")
gc.freeze()
gc.enable()
# A page makes some tens of thousands of things that live on until it is answered. Looked through
# after every 700, as Python does unasked, a list of fifty lines took a tenth longer.
gc.set_threshold(10_000)
