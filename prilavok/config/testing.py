"""The settings as tests need them: quick password hashes, no connection pool, one host name more."""

import os

os.environ["PRILAVOK_TESTING"] = "1"

from prilavok.config.settings import *  # noqa: F403
from prilavok.config.settings import INSTALLED_APPS, PACKAGE_DIR

INSTALLED_APPS = [*INSTALLED_APPS, "tests"]  # for its command `flush`
STATIC_ROOT = PACKAGE_DIR / "ui" / "static"  # nothing is gathered: whitenoise finds files where they lie
FACTS_URL = ""  # a test that wants facts asks for the fixture `facts`
