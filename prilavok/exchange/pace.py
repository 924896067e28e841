"""How a process that loads a file spends neither time nor memory on what loading does not need."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import OperationalError, connection


@contextmanager
def at_full_speed() -> Iterator[None]:
    """While a file is loaded."""
    with _seldom_collected(), _quick_to_give_way(), not_waiting_for_the_disk():
        yield


@contextmanager
def not_waiting_for_the_disk() -> Iterator[None]:
    """Batches are committed without waiting for the disk. The commit that closes the import waits for all before it;
    what a power cut takes before that, the same file brings again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        try:
            yield
        finally:
            if not connection.needs_rollback:
                with suppress(OperationalError):  # a connection that is lost has lost its setting too
                    cursor.execute("SET synchronous_commit = on")


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Rows come and go by the hundred thousand and hold no circles: the collector, which would walk them and all that
    stands in memory besides over and over (nearly half of the time), looks at them rarely.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


@contextmanager
def _quick_to_give_way() -> Iterator[None]:
    """A hand that comes back from the server has little to do until it asks the server again: it is let in at once.
    By default it would wait 5 ms for whoever reads, some forty times per batch.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(0.0003)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
