"""Bringing an installation to this version: schema, column store, static files, PostgreSQL's major version."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from prilavok.cli.home import write
from prilavok.cli.installation import Installation, enter
from prilavok.cli.major import bring_over, data_version
from prilavok.cli.postgres import major_version
from prilavok.cli.trouble import Trouble
from prilavok.cli.words import _

Tell = Callable[[str], None]


def migrate(tell: Tell) -> None:
    """Bring database, roles, facts and static files to this version. Does nothing where nothing is to be done."""
    from django.core.management import call_command

    from prilavok.company import actions as company
    from prilavok.facts import actions as facts
    from prilavok.facts.client import FactsDown
    from prilavok.kernel import journal

    pending = pending_migrations()
    if pending:
        tell(_("Bringing the database to this version: {count} steps").format(count=len(pending)))
        call_command("migrate", interactive=False, verbosity=0)
    if journal.check_epoch():
        tell(_("The database was restored by hand: the journal begins a new epoch."))
    company.make_roles()
    try:
        facts.prepare()
    except FactsDown:
        tell(_("The column store doesn't run: its tables will be made when it does."))
    collect_static_files(tell)


def pending_migrations() -> list[str]:
    """The steps that the database lacks."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def is_empty() -> bool:
    """Whether the database has never been migrated."""
    from django.db import connection

    return "django_migrations" not in connection.introspection.table_names()


def collect_static_files(tell: Tell) -> None:
    """Copy, name by content and compress what browsers fetch, when any of it has changed."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    total = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: str(found[0])):
            state = Path(storage.path(name)).stat()
            total.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    if stamp.exists() and stamp.read_text(encoding="ascii") == total.hexdigest():
        return
    tell(_("Preparing static files"))
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    write(stamp, total.hexdigest())


def upgrade(installation: Installation, *, backup_first: bool, tell: Tell) -> None:
    """The whole way to this version, with a backup before it. Raises Trouble if the installation is running."""
    from prilavok.cli.backup import backup
    from prilavok.cli.restore import finish
    from prilavok.cli.supervisor import alone

    with alone(installation.home):
        finish(installation, tell)
        server = installation.server()
        if server and data_version(server) not in ("", major_version()):
            bring_over(server, tell)
        if server:
            server.start()
        enter(installation)
        if is_empty():
            raise Trouble(_("There is nothing to upgrade yet."), _("Start with: prilavok up"))
        if backup_first and pending_migrations():
            backup(installation, None, tell=tell)
        migrate(tell)
        tell(_("The installation is of version {version} now.").format(version=_version()))


def _version() -> str:
    from prilavok import __version__

    return __version__
