"""`prilavok doctor`: looks at the installation from the outside, then lets the installation look at itself."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from prilavok.cli import processes
from prilavok.cli.installation import Installation, enter
from prilavok.cli.supervisor import answers
from prilavok.cli.trouble import Trouble
from prilavok.cli.words import _, language

if TYPE_CHECKING:
    from prilavok.administration.queries import Finding

MARKS = {"good": "✓", "warn": "!", "bad": "✗"}


def examine(installation: Installation, *, as_json: bool, repair: bool = False) -> int:
    """Print the findings; 0 when nothing is bad, else 1. With `repair` facts are mended first.

    Raises Trouble when PostgreSQL doesn't run at all, or what facts need for their mending.
    """
    server = installation.server()
    if server and not server.running():
        raise Trouble(
            _("PostgreSQL in {folder} does not run.").format(folder=server.place),
            _("Start the shop: prilavok up"),
        )
    enter(installation)
    from django.utils import translation

    from prilavok.administration import queries
    from prilavok.cli.migration import is_empty
    from prilavok.kernel.actors import SYSTEM

    if is_empty():
        raise Trouble(_("The installation is empty."), _("Start the shop: prilavok up"))
    with translation.override(language()):
        if repair:
            _repair(quiet=as_json)
        findings = [*_processes(installation), *queries.health(SYSTEM), *queries.books(SYSTEM)]
    if as_json:
        json.dump([asdict(finding) for finding in findings], sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
    else:
        for finding in findings:
            click.echo(f"{MARKS[finding.state]} {finding.label}: {finding.words}")
            if finding.remedy and finding.state != "good":
                click.echo(f"    {finding.remedy}")
    return 1 if any(finding.state == "bad" for finding in findings) else 0


def _repair(*, quiet: bool) -> None:
    from prilavok.facts import actions
    from prilavok.kernel.actors import SYSTEM
    from prilavok.kernel.errors import Problem

    try:
        found = actions.repair(by=SYSTEM)
    except Problem as problem:
        raise Trouble(str(problem), _("Start the shop: prilavok up")) from problem
    for one in () if quiet else found:
        where = one.day.isoformat() if one.day else _("{n} customers").format(n=len(one.ids))
        figures = ", ".join(
            f"{name} {one.facts.get(name, 0)} ≠ {value}"
            for name, value in {**dict.fromkeys(one.facts, 0), **one.truth}.items()
            if one.facts.get(name, 0) != value
        )
        ends = _("loaded anew, equal now") if one.mended else _("still differs: rebuild the facts")
        click.echo(f"{MARKS['good' if one.mended else 'bad']} {one.label}, {where}: {figures}: {ends}")
    if not found and not quiet:
        click.echo(f"{MARKS['good']} " + _("Nothing in facts differs from PostgreSQL."))


def _processes(installation: Installation) -> Iterator["Finding"]:
    """Whether those processes answer that others call: pages, tills, live notes."""
    from prilavok.administration.queries import Finding

    for process in processes.all_others(installation):
        if process.port is None:
            continue
        if answers(process.port):
            words = _("answers at port {port}").format(port=process.port)
            yield Finding(process.name, process.name, "good", words)
        else:
            words = _("does not answer at port {port}").format(port=process.port)
            remedy = _("Start the shop: prilavok up")
            yield Finding(process.name, process.name, "warn", words, remedy)
