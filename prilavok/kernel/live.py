"""Notes to open pages: a key says what has changed, the page fetches the fragment again.

A note goes out after the commit, outside any transaction (NOTIFY inside one serialises all commits), at most
once per key and 200 ms per process.
"""

import time
from functools import partial

from django.core import signing
from django.db import connection, transaction

CHANNEL = "prilavok_live"
SALT = "prilavok.live"
ADMITTED_SECONDS = 14 * 3600  # a working day: a page open for longer asks anew
PAUSE = 0.2
_last: dict[str, float] = {}


def tell(key: str, *, final: bool = False) -> None:
    """Say that what stands behind `key` has changed, such as `campaign:12`.

    A `final` word (a beginning, an end: no other follows soon) is always told.
    """
    transaction.on_commit(partial(_tell, key, final), robust=True)


def admission(employee_id: int) -> str:
    """The signed word by which the live process lets an employee's page in."""
    return signing.dumps(employee_id, salt=SALT)


def _tell(key: str, final: bool) -> None:
    now = time.monotonic()
    if now - _last.get(key, 0.0) < PAUSE and not final:
        return
    _last[key] = now
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, key])
