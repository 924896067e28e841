"""How often something may be asked. Counted for all processes of the installation together, in memory that they share.

limits.take(f"identify {actor.kind} {actor.id}", times=600, seconds=60)
"""

import fcntl
import logging
import mmap
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from pathlib import Path
from struct import Struct

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.errors import Problem

logger = logging.getLogger(__name__)

SLOTS = 8_192
NEAR = 8  # slots in which a key may stand; of all taken the one asked for longest ago gives way
_BUCKET = Struct("<16sdd")  # which key, what is left, when that was reckoned


class TooOften(Problem):
    code = "too_often"
    status = 429
    message = _("You ask too often: at most %(times)s times in %(seconds)s seconds. Wait a little and go on.")


class Buckets:
    """Token buckets by key, in a file that processes share; without a file of this process and its children.

    What is counted is worth no disk: the file lives in the page cache, and a reboot begins anew.
    """

    def __init__(self, file: Path | None = None) -> None:
        size = SLOTS * _BUCKET.size
        self._lock = threading.Lock()
        self._file: int | None = None
        if file is not None:
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                self._file = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                os.ftruncate(self._file, size)
            except (
                OSError
            ):  # another user's, or no room: better counted by this process alone than not at all
                logger.warning("limits are counted by this process alone: %s cannot be opened", file)
                self._file = None
        self._memory = mmap.mmap(-1 if self._file is None else self._file, size)

    def take(self, key: str, *, times: int, seconds: int, moment: float) -> bool:
        """Whether there was one more of `times` in `seconds`; a bucket fills evenly."""
        name = blake2b(key.encode(), digest_size=16).digest()
        with self._held():
            place, left, since = self._find(name, float(times), moment)
            left = min(float(times), left + (moment - since) * times / seconds)
            _BUCKET.pack_into(self._memory, place, name, left - 1 if left >= 1 else left, moment)
        return left >= 1

    def _find(self, name: bytes, full: float, moment: float) -> tuple[int, float, float]:
        """Where a key stands, or is to stand, and what is left in its bucket since when."""
        first = int.from_bytes(name[:4], "little")
        oldest, oldest_since = 0, float("inf")
        for step in range(NEAR):
            place = (first + step) % SLOTS * _BUCKET.size
            known, left, since = _BUCKET.unpack_from(self._memory, place)
            if known == name and since <= moment:  # later than now: from before the machine was started anew
                return place, left, since
            if since < oldest_since or since > moment:
                oldest, oldest_since = place, since
            if known == name:
                break
        return oldest, full, moment

    def give_back(self, key: str, *, times: int) -> None:
        """What was taken once was not meant to count."""
        name = blake2b(key.encode(), digest_size=16).digest()
        with self._held():
            place, left, since = self._find(name, float(times), time.monotonic())
            _BUCKET.pack_into(self._memory, place, name, min(float(times), left + 1), since)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Alone among threads, and among processes where there is a file; the kernel frees it at any death."""
        with self._lock:
            if self._file is not None:
                fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                if self._file is not None:
                    fcntl.lockf(self._file, fcntl.LOCK_UN)

    def clear(self) -> None:
        with self._held():
            self._memory[:] = bytes(len(self._memory))


@cache
def _buckets() -> Buckets:
    return Buckets(settings.LIMITS_FILE)


def take(key: str, *, times: int, seconds: int, now: float | None = None) -> None:
    """One more time. Raises TooOften when `times` in `seconds` are used up.

    >>> for second in (0, 0, 60): take("a door", times=2, seconds=120, now=second)
    >>> take("a door", times=2, seconds=120, now=61)
    Traceback (most recent call last):
    prilavok.kernel.limits.TooOften: ...
    """
    moment = time.monotonic() if now is None else now  # the machine's: the same in every process
    if not _buckets().take(key, times=times, seconds=seconds, moment=moment):
        raise TooOften(times=times, seconds=seconds)
    if _tried.taken is not None:
        _tried.taken.append((key, times))


class _Tried(threading.local):
    taken: list[tuple[str, int]] | None = None


_tried = _Tried()


@contextmanager
def tried_first() -> Iterator[None]:
    """What is taken within is given back if it fails: for a try that is made once more in another way."""
    taken: list[tuple[str, int]] = []
    _tried.taken = taken
    try:
        yield
    except BaseException:
        for key, times in taken:
            _buckets().give_back(key, times=times)
        raise
    finally:
        _tried.taken = None


def forget() -> None:
    """Begin anew: for tests."""
    _buckets().clear()
