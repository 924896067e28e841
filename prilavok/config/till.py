"""The till process's application: what a till waits for, by token. No sessions, no pages; the same operations."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prilavok.config.settings")
settings.MIDDLEWARE = settings.TILL_MIDDLEWARE
settings.ROOT_URLCONF = "prilavok.config.till_urls"
_long_way = get_wsgi_application()
from prilavok.config.doors import quick_doors  # noqa: E402  (it stands on what was set up just now)

application = quick_doors(_long_way)
get_resolver().check()  # reads every address now and not while the first customer waits
gc.collect()
gc.freeze()  # what is loaded by now stays: looking through it again would hold a request up
