"""Moments as PostgreSQL reads them.

ISO 8601 lets a moment stand at any offset below a day, and so does Python; PostgreSQL refuses those of sixteen hours
and more, and parts of a second in one, which no place on Earth has. They are told in UTC: it is the same moment.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.types.datetime import DatetimeDumper

FARTHEST = timedelta(hours=15, minutes=59, seconds=59)


def told(moment: datetime) -> str:
    """
    >>> from datetime import timezone
    >>> far = timezone(timedelta(hours=17, minutes=22))
    >>> told(datetime(2026, 3, 1, 12, tzinfo=UTC)), told(datetime(2026, 3, 1, 12, tzinfo=far))
    ('2026-03-01T12:00:00+00:00', '2026-02-28T18:38:00+00:00')
    >>> told(datetime.min.replace(tzinfo=far))
    '0001-01-01T00:00:00+00:00'
    """
    offset = moment.utcoffset()
    if offset is None or (-FARTHEST <= offset <= FARTHEST and not offset.microseconds):
        return moment.isoformat()
    try:
        return moment.astimezone(UTC).isoformat()
    except OverflowError:  # before the first moment there is, or after the last
        last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
        return last[offset < timedelta()].isoformat()


class MomentDumper(DatetimeDumper):
    """What psycopg's cursors send."""

    def dump(self, obj: Any) -> bytes:
        return told(obj).encode()


def register() -> None:
    """Tell moments so on every connection made after this."""
    psycopg.adapters.register_dumper(datetime, MomentDumper)
