"""Recognising who it is among a million customers, over HTTP at `prilavok till` with a kept connection.

Against a bare answer of the same server and a bare look-up in the same base. `CARD_CUSTOMERS` makes a smaller base.
"""

import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.card import CUSTOMERS, NOW, load_customers, merge_some
from benchmarks.ground import HOME, ROOT
from benchmarks.measuring import Measured, against_limit, percentile, times

ASKED = 5_000
READY_WITHIN = 60.0  # seconds


def measure() -> list[Measured]:
    load_customers()
    merge_some()
    token, chance = _token(), random.Random(2)
    with _till() as port:
        till = _Kept(port, token)
        asked = [one * 1000 for one in times(lambda: till.identify(_anybody(chance)), ASKED, warm=500)]
        bare = [one * 1000 for one in times(lambda: till.ask("GET", "/alive/"), ASKED, warm=500)]
        till.close()
    looked = [one * 1000 for one in times(_look_up(chance), ASKED, warm=500)]
    p50, p95, p99 = (percentile(asked, share) for share in (0.5, 0.95, 0.99))
    alone, floor = percentile(bare, 0.5), percentile(looked, 0.5)
    return [
        against_limit(f"identify p99, {CUSTOMERS:,} customers", f"{p99:.2f} ms", p99, 10, "ms"),
        against_limit("identify p95", f"{p95:.2f} ms", p95, 10, "ms"),
        against_limit("identify p50", f"{p50:.2f} ms", p50, 5, "ms"),
        Measured(
            "identify against a bare answer, p50", f"{p50:.2f} ms", p50 / alone, f"{alone:.2f} ms", True
        ),
        Measured(
            "identify against a bare look-up, p50", f"{p50:.2f} ms", p50 / floor, f"{floor:.2f} ms", True
        ),
    ]


def _anybody(chance: random.Random) -> list[dict[str, str]]:
    """What a till or a site knows: a card, a phone, an e-mail, several at once, or something that nobody has."""
    n = chance.randrange(CUSTOMERS)
    known = {
        "card": f"29{n:011}",
        "phone": f"8 9{n:09}",
        "email": f"C{n}@example.org",
        "external": f"crm-{n}",
        "cookie": f"nobody-{n}",
    }
    kinds = chance.choice([["card"], ["phone"], ["email"], ["cookie"], ["cookie", "external"], list(known)])
    return [{"kind": kind, "value": known[kind]} for kind in kinds]


def _token() -> str:
    from prilavok.company import actions
    from prilavok.kernel.actors import SYSTEM

    rights = ["customers.identify", "customers.see"]
    return actions.make_token(name=f"Till {time.time()}", permissions_wanted=rights, by=SYSTEM, at=NOW)


def _look_up(chance: random.Random) -> Callable[[], None]:
    """The shortest question to PostgreSQL that finds whose a card is."""
    import psycopg

    connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    statement = "SELECT profile_id FROM customers_identifier WHERE kind = %s AND value = %s AND alone"

    def ask() -> None:
        card = f"29{chance.randrange(CUSTOMERS):011}"
        assert connection.execute(statement, ["card", card], prepare=True).fetchone()

    return ask


@contextmanager
def _till() -> Iterator[int]:
    """The port of a till process of its own, as `prilavok up` starts it."""
    from prilavok.cli.home import Home
    from prilavok.cli.installation import Installation

    installation = Installation(Home(HOME))
    installation.take_ports("till")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "prilavok.config.settings",
        "PRILAVOK_IDENTIFY_PER_MINUTE": "1000000000",
    }
    process = subprocess.Popen([sys.executable, "-m", "prilavok", "till"], cwd=ROOT, env=environment)
    try:
        port = installation.port("till")
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


class _Kept:
    """A till's connection: one request after the other, as little work of our own as can be."""

    def __init__(self, port: int, token: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = self._socket.makefile("rb")
        self._head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"

    def identify(self, identifiers: list[dict[str, str]]) -> None:
        body = json.dumps({"identifiers": identifiers}).encode()
        assert b'"certainty"' in self.ask("POST", "/api/v1/customers/identify", body)

    def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        head = f"{method} {path} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n"
        self._socket.sendall(head.encode() + body)
        status, length = self._read.readline(), 0
        while (line := self._read.readline()) != b"\r\n":
            name, _colon, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        answer = self._read.read(length)
        assert status.startswith(b"HTTP/1.1 200"), status + answer
        return answer

    def close(self) -> None:
        self._read.close()
        self._socket.close()
