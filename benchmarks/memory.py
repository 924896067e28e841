"""The most memory that each process of a benchmark held, as Linux tells it; elsewhere nothing is said."""

import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measuring import Measured

PROC = Path("/proc")
EVERY = 0.5  # seconds
KILOBYTES = 1024
_named: dict[str, int] = {}


@contextmanager
def watched(postmaster: int, facts: int) -> Iterator[list[Measured]]:
    """Fills the list when the work is over. PostgreSQL: all its processes together, what they share reckoned once."""
    found: list[Measured] = []
    over, most = threading.Event(), [0]

    peaks: dict[str, int] = {}

    def watch() -> None:
        while not over.wait(EVERY):
            most[0] = max(most[0], _together(postmaster))
            for name, pid in list(_named.items()):
                peaks[name] = max(peaks.get(name, 0), _status(pid).get("VmHWM", 0))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join()
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        held = {
            "PostgreSQL": most[0],
            "facts": _status(facts).get("VmHWM", 0),
            "the benchmark": own,
            **(peaks or {"its largest child": workers}),
        }
        if PROC.exists():
            told = ", ".join(f"{name} {size // KILOBYTES:,} MB" for name, size in held.items() if size)
            found.append(
                Measured("peak memory", told, sum(held.values()) / _machine(), "the machine's", True)
            )


def watch(name: str, pid: int) -> None:
    """Tell the peak of a process that the benchmark has started under this name."""
    _named[name] = pid


def _together(postmaster: int) -> int:
    """Kilobytes of the server and its children."""
    statuses = [_status(postmaster)]
    for place in PROC.glob("[0-9]*"):
        status = _status(int(place.name))
        if status.get("PPid") == postmaster:
            statuses.append(status)
    return sum(one.get("RssAnon", 0) for one in statuses) + max(one.get("RssShmem", 0) for one in statuses)


def _status(pid: int) -> dict[str, int]:
    try:
        lines = (PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return {}
    words = (line.split(":", 1) for line in lines)
    return {
        name: int(value.split()[0])
        for name, value in words
        if value.split()[:1] and value.split()[0].isdigit()
    }


def _machine() -> int:
    lines = (PROC / "meminfo").read_text().splitlines()
    return int(lines[0].split()[1])
