"""Processes that tests kill. They come from a fork server that has Django set up and nothing of the test's own.

A fork of the test's process would share its connections: killed, it would leave a transaction open in them.
"""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import django

django.setup()  # once, in the fork server; in a test it has long been done

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__])


def started(work: Callable[..., None], *given: Any) -> BaseProcess:
    """`work`, a function of a module, in a process of its own; `kill()` is kill -9."""
    process = _context.Process(target=work, args=given, daemon=True)
    process.start()
    return process


def pipe() -> tuple[Connection, Connection]:
    """Where to hear what a process says, and what it says it by."""
    return _context.Pipe(duplex=False)
