"""Ids for the outside world: UUIDv7, sortable by time, made here because PostgreSQL 15 cannot."""

from uuid import UUID

from uuid_utils import uuid7 as _quick_uuid7
from uuid_utils.compat import uuid7 as _uuid7


def uuid7() -> UUID:
    """A new id; later ids sort after earlier ones of the same process.

    >>> uuid7().version
    7
    """
    return _uuid7()


def uuid7_text() -> str:
    """A new id as text: several times quicker, for rows written by the thousand.

    >>> len(uuid7_text())
    36
    """
    return str(_quick_uuid7())
