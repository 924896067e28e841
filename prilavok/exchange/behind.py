"""Let PostgreSQL write one batch while Python reads the next."""

import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from types import TracebackType
from typing import Generic, ParamSpec, Self, TypeVar

from django.db import connections

Result = TypeVar("Result")
P = ParamSpec("P")
OFTEN = 0.005


class Behind(Generic[Result]):
    """Does one thing at a time in a second thread, on the connection of the thread that made it.

    The connection belongs to one of the two at a time: call `result` before using it again. So the work stands in
    the same transaction and the same test as everything else here.
    """

    def __init__(self) -> None:
        self._connection = connections["default"]
        self._thread = ThreadPoolExecutor(1, initializer=self._borrow)
        self._begun: Future[Result] | None = None

    def __enter__(self) -> Self:
        self._connection.inc_thread_sharing()
        self._switching = sys.getswitchinterval()
        sys.setswitchinterval(OFTEN)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()
        sys.setswitchinterval(self._switching)
        self._connection.dec_thread_sharing()

    def begin(self, work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> None:
        """Begin the work; what was begun before must have been asked for its result."""
        assert self._begun is None, "the work before has not been asked for its result"
        self._begun = self._thread.submit(copy_context().run, partial(work, *args, **kwargs))

    def result(self) -> Result | None:
        """Wait for what was begun; None if nothing was. Raises what the work raised."""
        begun, self._begun = self._begun, None
        return begun.result() if begun else None

    def _borrow(self) -> None:
        connections["default"] = self._connection
