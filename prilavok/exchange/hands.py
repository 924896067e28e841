"""A second process that takes batches of a large file beside the first.

Both read the whole file, which is cheap, and each takes those batches that nobody has taken yet. So meaning, checking
and writing are shared between two processors, and no row has to be handed over.
"""

import multiprocessing
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

LARGE = 8 << 20
"""Bytes of a file from which a second process repays its start, which takes some two seconds."""


@dataclass
class Hands:
    """The processes at work on one file: this one and, perhaps, one more."""

    taken: "Synchronized[int] | None" = None
    answer: Connection | None = None
    first: int = 0

    def mine(self, number: int) -> bool:
        """Whether this process takes the batch of this number, from 0. Each process asks for every batch in order."""
        if self.taken is None:
            return True
        if self.first and os.getppid() != self.first:
            raise SystemExit("the process that I helped is gone")
        with self.taken.get_lock():
            if number < self.taken.value:
                return False
            self.taken.value = number + 1
            return True

    def found(self) -> Any:
        """What the other process found, once it has done; None if there is none. Raises what stopped it."""
        if self.answer is None:
            return None
        try:
            found = self.answer.recv()
        except EOFError:
            raise RuntimeError("the second process of the import was killed") from None
        if isinstance(found, BaseException):
            raise found
        return found


@contextmanager
def hands(path: Path, work: Callable[..., object], *given: Any, alone: bool = False) -> Iterator[Hands]:
    """For a large file, `work(hands, *given)` in a second process too; it must be a function of a module."""
    if alone or (os.cpu_count() or 1) < 2 or path.stat().st_size < LARGE:
        yield Hands()
        return
    context = multiprocessing.get_context("spawn")  # a fork would share our connection to the base
    taken = context.Value("q", 0)
    ours, theirs = context.Pipe(duplex=False)
    errand = pickle.dumps((work, given))
    process = context.Process(target=_lend, args=(errand, taken, theirs, os.getpid()), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Hands(taken, ours)
    finally:
        process.terminate()
        process.join()


def _lend(errand: bytes, taken: "Synchronized[int]", answer: Connection, first: int) -> None:
    import django

    django.setup()
    from prilavok.exchange.pace import at_full_speed

    work, given = pickle.loads(errand)
    try:
        with at_full_speed():
            answer.send(work(Hands(taken, first=first), *given))
    except Exception as problem:
        answer.send(problem)
