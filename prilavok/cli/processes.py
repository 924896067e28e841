"""The processes of an installation: how each is run, and how it is seen to be ready."""

import os
import sys
from dataclasses import dataclass, field

from prilavok.cli.installation import HOST, Installation
from prilavok.cli.postgres import memory_mb


@dataclass(frozen=True)
class Process:
    """One process that the supervisor keeps alive. Ready when its port answers; without one, when it runs."""

    name: str
    command: list[str]
    port: int | None = None
    environment: dict[str, str] = field(default_factory=dict)


def facts(installation: Installation) -> Process:
    """The column store, which must be there before anything else."""
    return Process("facts", _self("facts"), installation.port("facts"))


def all_others(installation: Installation) -> list[Process]:
    """What runs beside the stores, the demo's mail catcher included."""
    processes = [
        Process("web", _self("web"), installation.port("web")),
        Process("till", _self("till"), installation.port("till")),
        Process("live", _self("live"), installation.port("live")),
        Process("worker", _self("worker")),
        Process("sender", _self("sender")),
    ]
    if installation.demo:
        processes.insert(0, Process("catcher", _self("catcher"), installation.port("smtp")))
    return processes


def granian(
    kind: str, application: str, *, host: str = HOST, port: int, workers: int, threads: int
) -> list[str]:
    """The command of a server process: WSGI for pages and API, ASGI for the live notes only."""
    options = ["--interface", kind, "--host", host, "--port", str(port), "--workers", str(workers)]
    if kind == "wsgi":
        options += ["--blocking-threads", str(threads)]
    words = ["--no-access-log", "--no-ws", "--log-level", "info"]  # where it listens, when it ends
    stay = ["--respawn-failed-workers", "--workers-kill-timeout", "10"]
    return [sys.executable, "-m", "granian", *options, *words, *stay, application]


def workers() -> int:
    """One per core, as long as there is memory for them (some 200 MB each)."""
    return max(1, min(os.cpu_count() or 1, memory_mb() // 1024))


def facts_memory() -> int:
    """Bytes for the column store: two fifths of what the machine has."""
    return memory_mb() * 1024 * 1024 * 2 // 5


def _self(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "prilavok", *arguments]
