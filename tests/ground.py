"""The database that tests run in: a copy of one that is migrated once for each state of the migrations."""

import hashlib
import tempfile
from pathlib import Path

import psycopg
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from prilavok.cli.postgres import Server
from prilavok.cli.system_user import remove_server_folder
from tests import cast

ROOT = Path(__file__).resolve().parent.parent
MIGRATED = "migrated_"

# What every test finds (the company and its roles) is kept beside the tables, for those tests that commit.
KEEP = """
CREATE SCHEMA kept;
DO $$
DECLARE name text;
BEGIN
    FOR name IN
        SELECT relname FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
          AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
    LOOP
        EXECUTE format('CREATE TABLE kept.%1$I AS TABLE public.%1$I', name);
    END LOOP;
END $$
"""


def keep_in_memory(server: Server, memory: Path) -> None:
    """Let the server's files lie in that folder, unless it runs elsewhere already. `make stop` takes them away."""
    place = server.home.path / "postgres"
    if server.running() or (place.is_symlink() and place.exists()):
        return
    remove_server_folder(server.home, "postgres")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(tempfile.mkdtemp(prefix="prilavok-test-", dir=memory))


def lay(server: str) -> None:
    """Let Django stand on a fresh test database of the server (an address)."""
    settings = connections["default"].settings_dict
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(hashtext('tests.ground'))")  # one run at a time prepares
        _create(admin, settings["TEST"]["NAME"], template=_migrated(admin))
    settings["NAME"] = settings["TEST"]["NAME"]
    cast.found_company()
    with connections["default"].cursor() as cursor:
        cursor.execute(KEEP)


def clear(server: str) -> None:
    """Drop the test database, whoever still holds on to it."""
    settings = connections["default"].settings_dict
    connections.close_all()
    with psycopg.connect(server, autocommit=True) as admin:
        _drop(admin, settings["TEST"]["NAME"])


def _migrated(admin: psycopg.Connection) -> str:
    """The name of the migrated database, made if there is none; those of other migrations are dropped."""
    wanted = MIGRATED + _state()
    known = [name for (name,) in admin.execute("SELECT datname FROM pg_database").fetchall()]
    for old in known:
        if old.startswith(MIGRATED) and old != wanted:
            _drop(admin, old)
    if wanted not in known:
        unfinished = MIGRATED + "unfinished"
        _create(admin, unfinished)
        settings = connections["default"].settings_dict
        kept, settings["NAME"] = settings["NAME"], unfinished
        call_command("migrate", interactive=False, verbosity=0)
        connections.close_all()
        settings["NAME"] = kept
        admin.execute(_named("ALTER DATABASE {} RENAME TO {}", unfinished, wanted))
    return wanted


def _state() -> str:
    """What the migrations are now: ours, and those of the packages that are locked."""
    files = [
        file for app in apps.get_app_configs() for file in sorted(Path(app.path).glob("migrations/*.py"))
    ]
    files += sorted((ROOT / "requirements").glob("*.txt"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _create(admin: psycopg.Connection, name: str, template: str = "template1") -> None:
    _drop(admin, name)
    admin.execute(_named("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template))


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(_named("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))


def _named(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))
