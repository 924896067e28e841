"""The settings as tests need them: quick password hashes, no connection pool, one host name more."""

import os

os.environ["PRILAVOK_TESTING"] = "1"

from prilavok.config.settings import *  # noqa: F403
from prilavok.config.settings import INSTALLED_APPS, LOGGING, PACKAGE_DIR

INSTALLED_APPS = [*INSTALLED_APPS, "tests"]  # for its command `flush`
STATIC_ROOT = PACKAGE_DIR / "ui" / "static"  # nothing is gathered: whitenoise finds files where they lie
WHITENOISE_AUTOREFRESH = True  # instead of looking through all of them for each test's client
FACTS_URL = ""  # a test that wants facts asks for the fixture `facts`
LOGGING["loggers"]["django.request"] = {"level": "ERROR"}  # what a test is refused it asserts
