"""The time. A demo's clock may stand apart from the real one; everything asks here."""

import time as _time
from datetime import UTC, datetime, timedelta

from django.conf import settings

_cached: tuple[float, timedelta] | None = None
CACHE_SECONDS = 0.5


def now() -> datetime:
    """The current moment, aware, in UTC; in a demo moved by its offset."""
    return real() + offset()


def real() -> datetime:
    """The machine's own time, also in a demo: for leases, sessions and logs."""
    return datetime.now(UTC)


def offset() -> timedelta:
    """How far the demo's clock stands from the real one; zero in every other installation."""
    global _cached
    if not settings.DEMO:
        return timedelta()
    if _cached is None or _time.monotonic() - _cached[0] > CACHE_SECONDS:
        from prilavok.kernel.models import DemoClock  # Models exist only after the apps are loaded

        stored = DemoClock.objects.first()
        _cached = (_time.monotonic(), stored.offset if stored else timedelta())
    return _cached[1]


def set_demo(moved: timedelta) -> None:
    """Move the demo's clock: `moved` is added to the real time."""
    global _cached
    if not settings.DEMO:
        raise RuntimeError("Only a demo's clock can be moved")
    from prilavok.kernel.models import DemoClock

    DemoClock.objects.update_or_create(pk=1, defaults={"offset": moved, "set_at": real()})
    _cached = None
