"""The ground that benchmarks stand on: a durable PostgreSQL and a facts process of their own.

In `var/bench`, or where `BENCH_HOME` says, made anew for each; or `BENCH_BASE`: the home of a base that was made by
`prilavok demo generate` or an earlier benchmark, taken as it is and not emptied (what a benchmark adds to it stays).
"""

import importlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from benchmarks.measuring import Measured
from benchmarks.memory import watched

ROOT = Path(__file__).resolve().parent.parent
GIVEN = os.environ.get("BENCH_BASE", "")
HOME = Path(GIVEN or os.environ.get("BENCH_HOME") or ROOT / "var" / "bench")
DATABASE = "bench"
LAST_DAY = date(2026, 11, 20)


def measured(name: str) -> list[Measured]:
    """What the benchmark of this name measures, on its own ground, and the memory that it took."""
    with ground() as (postmaster, facts), watched(postmaster, facts) as memory:
        found = list(importlib.import_module(f"benchmarks.{name}").measure())
    return [*found, *(replace(one, path=f"{one.path}, {name}") for one in memory)]


@contextmanager
def ground() -> Iterator[tuple[int, int]]:
    """Django set up on a fresh database with the whole schema, facts running and empty; or on the given base.

    The process ids of both servers.
    """
    from prilavok.cli.home import Home
    from prilavok.cli.postgres import Server

    server = Server(Home(HOME))
    os.environ["DATABASE_URL"] = _given_database(server.start()) if GIVEN else _fresh_database(server.start())
    os.environ |= {"DJANGO_SETTINGS_MODULE": "prilavok.config.testing", "PRILAVOK_HOME": str(HOME)}
    with _facts() as facts:
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        from prilavok.facts import loading

        settings.FACTS_URL, settings.FACTS_TOKEN = os.environ["FACTS_URL"], os.environ["FACTS_TOKEN"]

        call_command("migrate", verbosity=0)
        loading.create_tables()
        if not GIVEN:
            loading.empty()
        try:
            yield int((server.data / "postmaster.pid").read_text().split()[0]), facts
        finally:
            from django.db import connections

            connections.close_all()
            server.stop()


def base(customers: int, events: int) -> dict[str, int]:
    """A generated base of this size, receipts in facts alone, unless one is given; rows of facts by table."""
    from demo.large import making
    from demo.large.recipe import Recipe
    from prilavok.facts import client

    if not GIVEN:
        making.make(Recipe(customers=customers, events=events, until=LAST_DAY), only_facts=True)
    tables = ("profiles", "receipts", "receipt_lines", "messages")
    counted = {table: int(client.value(f"SELECT count() FROM {table}")) for table in tables}
    counted["profiles"] = client.value("SELECT count() FROM profiles FINAL")  # who was told anew counts once
    return counted


def _fresh_database(url: str) -> str:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    return _ours(url)


def _given_database(url: str) -> str:
    """The base of an earlier benchmark in this home, or what the generator made."""
    import psycopg

    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
    return url if found is None else _ours(url)


def _ours(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path="/" + quote(DATABASE)))


@contextmanager
def _facts() -> Iterator[int]:
    token, folder = secrets.token_hex(16), (HOME / "facts").resolve()
    command = [sys.executable, "-m", "prilavok.facts.server", "--dir", str(folder), "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "FACTS_TOKEN": token}, cwd=ROOT
    )
    try:
        assert process.stdout is not None
        os.environ |= {"FACTS_URL": process.stdout.readline().split()[-1], "FACTS_TOKEN": token}
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)
