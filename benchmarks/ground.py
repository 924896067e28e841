"""The ground that benchmarks stand on: a durable PostgreSQL and a facts process of their own.

In `var/bench`, or where `BENCH_HOME` says; `BENCH_KEEP=1` keeps the facts that the run before has made.
"""

import importlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from benchmarks.measuring import Measured

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("BENCH_HOME") or ROOT / "var" / "bench")
DATABASE = "bench"


def measured(name: str) -> list[Measured]:
    """What the benchmark of this name measures, on its own ground."""
    with ground():
        return list(importlib.import_module(f"benchmarks.{name}").measure())


@contextmanager
def ground() -> Iterator[None]:
    """Django set up on a fresh database with the whole schema, facts running and empty."""
    from prilavok.cli.home import Home
    from prilavok.cli.postgres import Server

    server = Server(Home(HOME))
    _fresh_database(server.start())
    os.environ["DATABASE_URL"] = urlunsplit(urlsplit(server.url())._replace(path="/" + quote(DATABASE)))
    os.environ |= {"DJANGO_SETTINGS_MODULE": "prilavok.config.testing", "PRILAVOK_HOME": str(HOME)}
    with _facts():
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        from prilavok.facts import loading

        settings.FACTS_URL, settings.FACTS_TOKEN = os.environ["FACTS_URL"], os.environ["FACTS_TOKEN"]

        call_command("migrate", verbosity=0)
        loading.create_tables()
        if not os.environ.get("BENCH_KEEP"):
            loading.empty()
        try:
            yield
        finally:
            from django.db import connections

            connections.close_all()
            server.stop()


def _fresh_database(url: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")


@contextmanager
def _facts() -> Iterator[None]:
    token, folder = secrets.token_hex(16), HOME / "facts"
    command = [sys.executable, "-m", "prilavok.facts.server", "--dir", str(folder), "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "FACTS_TOKEN": token}, cwd=ROOT
    )
    try:
        assert process.stdout is not None
        os.environ |= {"FACTS_URL": process.stdout.readline().split()[-1], "FACTS_TOKEN": token}
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)
