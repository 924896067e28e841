"""The ground that every test stands on: a real PostgreSQL, started on first need and left running between runs.

PRILAVOK_TEST_SERVER, where it is set, is the address of another server, by a role that may create databases and set
session_replication_role; PRILAVOK_TEST_DB names the database.
"""

import gc
import importlib
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
import pytest
from _pytest.doctest import DoctestModule
from hypothesis import HealthCheck, settings
from pytest_django.plugin import DjangoDbBlocker

pytest_plugins = ["tests.cast", "prilavok.facts.testing"]

# How many cases a property is tried on: a hundred, fewer in `make check`, many when one looks for a rare one
# (`make chaos`: CHAOS_EXAMPLES of them). How long one takes is no matter: it tells of the machine.
ANY_PACE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("usual", ANY_PACE)
settings.register_profile("quick", ANY_PACE, max_examples=20)
# pytest --hypothesis-profile=hunt --hypothesis-seed=1
settings.register_profile("hunt", ANY_PACE, max_examples=int(os.environ.get("CHAOS_EXAMPLES", "1000")))
settings.load_profile("usual")

ROOT = Path(__file__).resolve().parent
TEST_HOME = ROOT / "var" / "test"
os.environ.setdefault("PRILAVOK_HOME", str(TEST_HOME))
# The command line speaks English in tests, whatever the terminal of whoever runs them speaks.
os.environ.update(LANG="C.UTF-8", LC_ALL="C.UTF-8", LC_MESSAGES="C.UTF-8", LANGUAGE="")

MEMORY = Path("/dev/shm")


def _has_plenty() -> bool:
    """Whether some gigabytes of memory can be spared; a container may have less than its machine."""
    from prilavok.cli.postgres import memory_mb  # speaks the language of when it is imported

    writable = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
    return writable and shutil.disk_usage(MEMORY).free > 4 << 30 and memory_mb() > 7 << 10


# Tests make and drop files by the thousand, tables above all. ext4 keeps an inode free for five seconds after its
# file is gone and looks through all such at each new one, which took up to a third of the facts' time. So they lie in
# memory where there is plenty.
if _has_plenty():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))  # what pytest makes folders of tests in


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Doctests are looked for where there are any: to look through every module takes seconds in each worker.

    Such a module is imported by its own name first: pytest would run it a second time if its package had imported it,
    and then two classes of one name would stand beside each other.
    """
    found = yield
    if file_path.suffix == ".py" and ">>>" not in file_path.read_text():
        return [one for one in found if not isinstance(one, DoctestModule)]
    if any(isinstance(one, DoctestModule) for one in found) and (file_path.parent / "__init__.py").exists():
        importlib.import_module(".".join(file_path.relative_to(ROOT).with_suffix("").parts))
    return found


def pytest_collection_finish() -> None:
    """What is loaded by now stays: collecting garbage need not look through it again after every few objects. Most of
    what tests make goes without it; the rest is a few megabytes until there are many.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)


@pytest.fixture(scope="session")
def test_server() -> str:
    """The server's address. Each pytest worker has one of its own: consumers read below the oldest transaction of
    the whole server.
    """
    from prilavok.cli.home import Home
    from prilavok.cli.postgres import NAME, Server
    from tests import ground

    if given := os.environ.get("PRILAVOK_TEST_SERVER"):
        return given
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    server = Server(Home(TEST_HOME.with_name(f"test-{worker}") if worker else TEST_HOME), for_tests=True)
    if os.environ.get("PYTEST_DEBUG_TEMPROOT") == str(MEMORY):
        ground.keep_in_memory(server, MEMORY)
    address = server.start()
    with psycopg.connect(server.owner_url()) as owner:  # for tests/management/commands/flush.py
        owner.execute(f"GRANT SET ON PARAMETER session_replication_role TO {NAME}")
    return address


@pytest.fixture(scope="session")
def django_db_setup(
    test_server: str,
    django_test_environment: None,
    django_db_modify_db_settings_parallel_suffix: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Instead of pytest-django's: the server is ours, and what it migrated once it copies."""
    from django.db import connections

    from prilavok.config.settings import database
    from tests import ground

    settings = connections["default"].settings_dict
    connected = database(test_server)
    settings.update({key: connected[key] for key in ("HOST", "PORT", "USER", "PASSWORD", "NAME")})
    # Processes that tests start find the database by it.
    path = "/" + quote(settings["TEST"]["NAME"])
    os.environ["DATABASE_URL"] = urlunsplit(urlsplit(test_server)._replace(path=path))
    with django_db_blocker.unblock():
        ground.lay(test_server)
    yield
    with django_db_blocker.unblock():
        ground.clear(test_server)
