"""`prilavok promotions`: try scenario files, print the format's schema."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from prilavok.cli.trouble import Trouble
from prilavok.cli.words import _
from prilavok.loyalty import scenarios


def try_files(paths: Sequence[Path], *, enter: Callable[[], object]) -> int:
    """Try all scenarios of the files and print what differs; 0 when nothing does, else 1. Raises Trouble.

    `enter` makes the installation's database ready, if a scenario needs one.
    """
    tried = [(path, scenario) for path in paths for scenario in _read(path)]
    if any(scenario.needs_database for _path, scenario in tried):
        _find_database(enter)
    differences = [one for path, scenario in tried for one in _tried(path, scenario)]
    console = Console()
    if differences:
        console.print(_table(differences))
    failed = len({one.scenario for one in differences})
    console.print(
        _("Scenarios: {tried}, as expected: {good}, otherwise: {bad}").format(
            tried=len(tried), good=len(tried) - failed, bad=failed
        )
    )
    return 1 if differences else 0


def _find_database(enter: Callable[[], object]) -> None:
    enter()
    from django.db import connection
    from django.db.utils import OperationalError, ProgrammingError

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT number FROM loyalty_booknumber")
    except (OperationalError, ProgrammingError) as failure:
        raise Trouble(
            _("These scenarios pay, return or merge: they need the database, and there is none here."),
            _(
                "Start Prilavok first (prilavok up), in the same PRILAVOK_HOME. Scenarios that only calculate "
                "need nothing."
            ),
        ) from failure


def _tried(path: Path, scenario: scenarios.Scenario) -> list[scenarios.Difference]:
    if not scenario.needs_database:
        return list(scenarios.run(scenario))
    from prilavok.loyalty import rehearsal  # its tables are known only once the database is found

    try:
        return rehearsal.run(scenario)
    except scenarios.BadScenario as error:
        raise _bad(path, error) from error


def _read(path: Path) -> list[scenarios.Scenario]:
    try:
        return scenarios.read(path.read_text(encoding="utf-8"))
    except (scenarios.BadScenario, UnicodeDecodeError) as error:
        raise _bad(path, error) from error


def _bad(path: Path, error: Exception) -> Trouble:
    return Trouble(
        _("{file} is not a file of scenarios.").format(file=path.name),
        f"{error}\n" + _("The format: prilavok promotions schema"),
    )


def _table(differences: Sequence[scenarios.Difference]) -> Table:
    table = Table(_("Scenario"), _("Step"), _("What"), _("Expected"), _("Came out"))
    for one in differences:
        table.add_row(one.scenario, str(one.step), one.what, _told(one.expected), _told(one.found))
    return table


def _told(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=lambda one: str(Decimal(one)))


def print_schema() -> None:
    """The format as JSON Schema, for editors that check while one types."""
    print(json.dumps(scenarios.Scenario.model_json_schema(), ensure_ascii=False, indent=2))
