"""Sales with retries while the till's server is killed: each is written once, and the books close.

`SALES_REQUESTS` makes a longer or a shorter walk: `make chaos` asks for 100,000.
"""

import os
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from benchmarks.measuring import Measured
from benchmarks.sales import TOGETHER, basket_of, lay, make_token
from benchmarks.tills import Register, till

REQUESTS = int(os.environ.get("SALES_REQUESTS", "4000"))
RETRIED = 0.1
KILLS = 3


def measure() -> Iterator[Measured]:
    lay()
    yield _killed(make_token())


def _killed(token: str) -> Measured:
    """Sales with retries, while the server is killed three times: what was sent is there once, no more, no less."""
    from prilavok.orders.models import Receipt

    before, walk = Receipt.objects.count(), _Walk(token)
    with ThreadPoolExecutor(TOGETHER) as pool:
        working = [pool.submit(walk.work, place) for place in range(TOGETHER)]
        for turn in range(KILLS + 1):
            with till() as running:
                walk.port = running.port
                while walk.done < REQUESTS * (turn + 1) // (KILLS + 1):
                    if walk.broken:
                        break
                    time.sleep(0.02)
                walk.port = 0  # from here on somebody else may answer there
                if turn < KILLS:
                    running.kill()
        for one in working:
            one.result()
    found, books = Receipt.objects.count() - before, _books_close()
    return Measured(
        f"{REQUESTS:,} sales, {RETRIED:.0%} sent twice, {KILLS} kills",
        f"{found - REQUESTS:+} receipts, books {'close' if books else 'DO NOT CLOSE'}",
        found / REQUESTS,
        f"{REQUESTS:,}",
        found == REQUESTS and books,
    )


class _Walk:
    """Registers that sell until all is sold, and send again whatever was not answered."""

    def __init__(self, token: str) -> None:
        self.token, self.port, self.done, self.broken = token, 0, 0, False
        self._lock = threading.Lock()

    def work(self, place: int) -> None:
        chance = random.Random(100 + place)
        register: Register | None = None
        for number in range(place, REQUESTS, TOGETHER):
            basket, name, calculation = basket_of(chance), f"killed-{number}", ""
            left = 2 if chance.random() < RETRIED else 1
            while left and not self.broken:
                try:
                    register = register or self._register()
                    if not calculation:
                        calculation = register.post("/api/v1/till/calculate", basket)["calculation"]
                    paid = {"calculation": calculation, "number": name}
                    register.post("/api/v1/till/commit", paid, key=str(uuid4()))
                    left -= 1
                except AssertionError as refused:
                    if b"reckon_again" not in refused.args[0]:
                        self.broken = True
                        raise
                    calculation = ""  # its points were spent at another register meanwhile
                except (OSError, ValueError):
                    register = None
                    time.sleep(0.05)
            with self._lock:
                self.done += 1

    def _register(self) -> Register:
        if not self.port:
            raise ConnectionError("There is no till now")
        return Register(self.port, self.token)


def _books_close() -> bool:
    from prilavok.ledger import queries

    return not queries.open_units() and not queries.lots_that_differ()
