"""Ids for the outside world: UUIDv7, sortable by time, made here because PostgreSQL 15 cannot."""

from uuid import UUID

from uuid_utils.compat import uuid7 as _uuid7


def uuid7() -> UUID:
    """A new id; later ids sort after earlier ones of the same process.

    >>> uuid7().version
    7
    """
    return _uuid7()
