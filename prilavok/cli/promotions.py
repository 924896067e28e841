"""`prilavok promotions`: try scenario files, print the format's schema."""

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from prilavok.cli.trouble import Trouble
from prilavok.cli.words import _
from prilavok.loyalty import scenarios


def try_files(paths: Sequence[Path]) -> int:
    """Try all scenarios of the files and print what differs; 0 when nothing does, else 1. Raises Trouble."""
    tried = [scenario for path in paths for scenario in _read(path)]
    differences = [one for scenario in tried for one in scenarios.run(scenario)]
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


def _read(path: Path) -> list[scenarios.Scenario]:
    try:
        return scenarios.read(path.read_text(encoding="utf-8"))
    except (scenarios.BadScenario, UnicodeDecodeError) as error:
        raise Trouble(
            _("{file} is not a file of scenarios.").format(file=path.name),
            f"{error}\n" + _("The format: prilavok promotions schema"),
        ) from error


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
