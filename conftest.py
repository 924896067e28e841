"""The ground that every test stands on: a real PostgreSQL, started on first need and left running between runs.

PRILAVOK_TEST_SERVER, where it is set, is the address of another server; PRILAVOK_TEST_DB names the database.
"""

import os
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import pytest

pytest_plugins = ["tests.cast", "prilavok.facts.testing"]

ROOT = Path(__file__).resolve().parent
TEST_HOME = ROOT / "var" / "test"
os.environ.setdefault("PRILAVOK_HOME", str(TEST_HOME))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Point Django at the test server, starting it if need be; processes that tests start find it by DATABASE_URL."""
    from django.db import connections

    from prilavok.cli.home import Home
    from prilavok.cli.postgres import Server
    from prilavok.config.settings import database

    # Consumers read below the oldest transaction of the whole server: each pytest worker has a server of its own.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    home = Home(TEST_HOME.with_name(f"test-{worker}") if worker else TEST_HOME)
    url = os.environ.get("PRILAVOK_TEST_SERVER") or Server(home, for_tests=True).start()
    settings = connections["default"].settings_dict
    test_name = settings["TEST"]["NAME"]
    connected = database(url)
    settings.update({key: connected[key] for key in ("HOST", "PORT", "USER", "PASSWORD", "NAME")})
    os.environ["DATABASE_URL"] = urlunsplit(urlsplit(url)._replace(path="/" + quote(test_name)))
