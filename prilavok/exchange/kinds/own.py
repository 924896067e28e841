"""What files tell of people and of companies alike: own fields, tags, the moment of registration."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.exchange.kinds.base import Cells, Column, Reader
from prilavok.exchange.rules.dates import read_moment
from prilavok.exchange.rules.words import read_text
from prilavok.exchange.run import Run
from prilavok.kernel.unreadable import Unreadable

OWN = "own."


def own_columns(kind: str) -> Iterable[Column]:
    """A column for each own field that people or companies have."""
    return [
        Column(f"{OWN}{one.code}", one.name, (one.name.lower(), one.code))
        for one in customer_queries.recent_own_fields()
        if one.archived_at is None and one.applies_to(kind)
    ]


def own_readers(cells: Cells, kind: str) -> dict[str, Reader]:
    """How the cells of own fields that the file has are read, by code."""
    run = cells.run
    return {
        one.code: partial(_own, one.code, kind, run)
        for one in customer_queries.seen_own_fields(run.by, kind)
        if cells.has(f"{OWN}{one.code}")
    }


def _own(code: str, kind: str, run: Run, text: str) -> Any:
    try:
        return customers.checked_own({code: text}, kind, run.by)[code]
    except customers.BadOwnValue as bad:
        raise Unreadable("own", reason=str(bad)) from bad


def read_tags(text: str) -> tuple[str, ...]:
    """
    >>> read_tags("vip; gift, vip")
    ('vip', 'gift')
    """
    found = tuple(
        dict.fromkeys(name for part in text.replace(";", ",").split(",") if (name := read_text(part.strip())))
    )
    if len(found) > 30 or any(len(name) > 50 for name in found):
        raise Unreadable("bad_tag", value=text[:40])
    return found


def read_moment_before(latest: datetime, zone: ZoneInfo, text: str) -> datetime:
    """A moment that has come; without a zone it is the company's."""
    found = read_moment(text, latest=latest)
    found = found if found.tzinfo else found.replace(tzinfo=zone)
    if found > latest:
        raise Unreadable("future", value=text[:40])
    return found
