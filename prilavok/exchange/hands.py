"""Hands that write what has been read, while the next is being read and checked.

Each hand is a thread with a connection of its own. Python works on one processor at a time; the server, which does
most of the work, is free to use another for each hand.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from django.db import connection

from prilavok.exchange.pace import not_waiting_for_the_disk

T = TypeVar("T")

LARGE = 1 << 20
"""Bytes of a file from which there is more than one batch to write."""
HANDS = 2
AHEAD = 3
"""Batches that may wait for a hand or be in its work: so much of a file is held in memory."""


@dataclass
class Hands:
    """Gives work to the hands in turn; without any does it at once."""

    hands: list[ThreadPoolExecutor] = field(default_factory=list)
    _given: "deque[tuple[Future[Any], Callable[[Any], None]]]" = field(default_factory=deque)
    _turn: int = 0

    def give(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Have the work done; what comes of it goes to `then`, in the order of giving and in the giver's thread.

        Raises what stopped this or an earlier work.
        """
        if not self.hands:
            then(work())
            return
        self._given.append((self.hands[self._turn % len(self.hands)].submit(work), then))
        self._turn += 1
        self.wait(AHEAD)

    def wait(self, left: int = 0) -> None:
        """Until no more than so much work is left."""
        while self._given and (len(self._given) > left or self._given[0][0].done()):
            work, then = self._given.popleft()
            then(work.result())


@contextmanager
def hands(path: Path, most: int = HANDS) -> Iterator[Hands]:
    """So many for a large file, none for another. What has been given is done at the end."""
    with ExitStack() as held:
        many = most if path.stat().st_size >= LARGE else 0
        all_of_them = Hands([held.enter_context(_hand()) for _ in range(many)])
        yield all_of_them
        all_of_them.wait()


@contextmanager
def _hand() -> Iterator[ThreadPoolExecutor]:
    pace = ExitStack()
    with ThreadPoolExecutor(1) as hand:
        try:
            hand.submit(pace.enter_context, not_waiting_for_the_disk()).result()
            yield hand
        finally:
            hand.submit(_put_down, pace).result()


def _put_down(pace: ExitStack) -> None:
    pace.close()
    connection.close()
