"""Notes to open pages: a key says what has changed, the page fetches the fragment again.

A note goes out after the commit, outside any transaction (NOTIFY inside one serialises all commits), at most
once per key and 200 ms per process.
"""

import time
from functools import partial

from django.db import connection, transaction

CHANNEL = "prilavok_live"
PAUSE = 0.2
_last: dict[str, float] = {}


def tell(key: str) -> None:
    """Say that what stands behind `key` has changed, such as `campaign:12`."""
    transaction.on_commit(partial(_tell, key), robust=True)


def _tell(key: str) -> None:
    now = time.monotonic()
    if now - _last.get(key, 0.0) < PAUSE:
        return
    _last[key] = now
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, key])
