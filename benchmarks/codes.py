"""A million bearer codes of a series, durable, against a bare COPY of the same texts into a table without an index.

`CODES` makes more or fewer.
"""

import os
import time
from collections.abc import Iterator

from benchmarks.measuring import Measured, against_limit

CODES = int(os.environ.get("CODES", "1000000"))
SECONDS = 15  # for a million


def measure() -> Iterator[Measured]:
    from prilavok.kernel import clock
    from prilavok.kernel.actors import SYSTEM
    from prilavok.loyalty import actions
    from prilavok.loyalty.ports import NewSeries

    at = clock.now()
    series = actions.create_series(NewSeries(code="bench", name="bench", valid_from=at), by=SYSTEM, at=at)
    begun = time.perf_counter()
    actions.make_codes(series.pk, CODES, by=SYSTEM, at=at)
    seconds = time.perf_counter() - begun
    yield against_limit(f"{CODES:,} codes", f"{seconds:.1f} s", seconds, SECONDS * CODES / 1_000_000, "s")
    bare = _copied()
    yield Measured("codes against a bare COPY", f"{seconds:.1f} s", seconds / bare, f"{bare:.1f} s", True)


def _copied() -> float:
    """Seconds that the same texts take, made and written by themselves."""
    from django.db import connection

    from prilavok.loyalty import rules

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_codes (code text)")
        begun = time.perf_counter()
        with cursor.copy("COPY bench_codes FROM STDIN") as copy:
            copy.write("\n".join(rules.make_codes(CODES)))
        seconds = time.perf_counter() - begun
        cursor.execute("DROP TABLE bench_codes")
    return seconds
