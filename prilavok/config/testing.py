"""The settings as tests need them: quick password hashes, no connection pool, one host name more."""

import os

os.environ["PRILAVOK_TESTING"] = "1"

from prilavok.config.settings import *  # noqa: F403
from prilavok.config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests"]  # for its command `flush`
FACTS_URL = ""  # a test that wants facts asks for the fixture `facts`
