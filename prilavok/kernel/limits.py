"""How often something may be asked. Counted in this process: several processes allow as many times more.

limits.take(f"identify {actor.kind} {actor.id}", times=600, seconds=60)
"""

import time
from collections import OrderedDict
from threading import Lock

from django.utils.translation import gettext_lazy as _

from prilavok.kernel.errors import Problem

REMEMBERED = 10_000  # keys; the one that was asked for longest ago is forgotten first

_lock = Lock()
_buckets: OrderedDict[str, tuple[float, float]] = (
    OrderedDict()
)  # by key: what is left, and when that was reckoned


class TooOften(Problem):
    code = "too_often"
    status = 429
    message = _("You ask too often: at most %(times)s times in %(seconds)s seconds. Wait a little and go on.")


def take(key: str, *, times: int, seconds: int, now: float | None = None) -> None:
    """One more time; a token bucket that fills evenly. Raises TooOften when `times` in `seconds` are used up.

    >>> for second in (0, 0, 60): take("a door", times=2, seconds=120, now=second)
    >>> take("a door", times=2, seconds=120, now=61)
    Traceback (most recent call last):
    prilavok.kernel.limits.TooOften: ...
    """
    moment = time.monotonic() if now is None else now
    with _lock:
        left, since = _buckets.pop(key, (float(times), moment))
        left = min(float(times), left + (moment - since) * times / seconds)
        _buckets[key] = (max(left - 1, 0) if left >= 1 else left, moment)
        if len(_buckets) > REMEMBERED:
            _buckets.popitem(last=False)
    if left < 1:
        raise TooOften(times=times, seconds=seconds)


def forget() -> None:
    """Begin anew: for tests."""
    with _lock:
        _buckets.clear()
