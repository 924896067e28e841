"""The till process as a shop has it, and a register that asks it over a kept connection."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.ground import HOME, ROOT

READY_WITHIN = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Running:
    """A till process at work on this port."""

    port: int
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """As a power cut would: the server and all that it had begun."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=30)


ATTEMPTS = 3  # somebody else may take the port between the choice and the start


@contextmanager
def till() -> Iterator[Running]:
    """A till process of its own, as `prilavok up` starts it, on a port where nobody else answers."""
    running = _started()
    try:
        yield running
    finally:
        running.process.terminate()
        running.process.wait(timeout=30)


def _started(attempts: int = ATTEMPTS) -> Running:
    from prilavok.cli.home import Home
    from prilavok.cli.installation import Installation

    installation = Installation(Home(HOME))
    installation.take_ports("till")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "prilavok.config.settings",
        "PRILAVOK_TESTING": "",  # as a shop has it: connections to PostgreSQL are kept
        "PRILAVOK_IDENTIFY_PER_MINUTE": "1000000000",
    }
    command = [sys.executable, "-m", "prilavok", "till"]
    running = Running(
        installation.port("till"),
        subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True),
    )
    deadline = time.monotonic() + READY_WITHIN
    while running.process.poll() is None and time.monotonic() < deadline:
        if listens(running.process.pid, running.port):
            return running
        time.sleep(0.1)
    if running.process.poll() is None:
        running.kill()
    if attempts == 1:
        raise ConnectionError(f"No till of ours answers at {running.port}")
    return _started(attempts - 1)


def listens(group: int, port: int) -> bool:
    """Whether it is a process of this group that answers at the port, not another installation's."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {
        f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port
    }
    return any(sockets & _open_files(one) for one in Path("/proc").glob("[0-9]*") if _is_of(group, one))


def _is_of(group: int, process: Path) -> bool:
    try:
        return os.getpgid(int(process.name)) == group
    except OSError:
        return False


def _open_files(process: Path) -> set[str]:
    found = set()
    for one in process.glob("fd/*"):
        with suppress(OSError):
            found.add(os.readlink(one))
    return found


class Register:
    """A till's connection: one request after the other, as little work of our own as can be."""

    def __init__(self, port: int, token: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = self._socket.makefile("rb")
        self._head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"

    def post(self, path: str, body: object, key: str = "") -> Any:
        """What the till answers to a body; `key` for what it writes."""
        more = f"Idempotency-Key: {key}\r\n" if key else ""
        return json.loads(self.ask("POST", path, json.dumps(body).encode(), more))

    def ask(self, method: str, path: str, body: bytes = b"", more: str = "") -> bytes:
        head = f"{method} {path} HTTP/1.1\r\n{self._head}{more}Content-Length: {len(body)}\r\n\r\n"
        self._socket.sendall(head.encode() + body)
        status, length = self._read.readline(), 0
        if not status.endswith(b"\n"):
            raise ConnectionError("The till has gone")
        while (line := self._read.readline()) != b"\r\n":
            name, _colon, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            if not line:
                raise ConnectionError("The till has gone")
        answer = self._read.read(length)
        if len(answer) < length:
            raise ConnectionError("The till has gone")
        assert status.startswith(b"HTTP/1.1 200"), status + answer
        return answer

    def close(self) -> None:
        self._read.close()
        self._socket.close()
