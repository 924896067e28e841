"""When a task is due and when its reminder rings. Pure: no database, no clock, no Django."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

MORNING = time(9)  # when a task of a whole day is remembered


class Due(NamedTuple):
    """By when. Of a whole day `at` is its end: the next midnight of the company. Neither: without a date."""

    at: datetime | None = None
    whole_day: bool = False


UNDATED = Due()


class Band(StrEnum):
    """Where a task stands in the day of whoever has to do it."""

    OVERDUE = "overdue"
    TODAY = "today"
    LATER = "later"
    UNDATED = "undated"


def midnight_after(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of the next day.

    >>> midnight_after(date(2026, 3, 2), ZoneInfo("Europe/Moscow")).isoformat()
    '2026-03-03T00:00:00+03:00'
    """
    return datetime.combine(day + timedelta(days=1), time(), zone)


def whole(day: date, zone: ZoneInfo) -> Due:
    """Due on this day, at any hour."""
    return Due(midnight_after(day, zone), whole_day=True)


def day_of(due: Due, zone: ZoneInfo) -> date | None:
    """The day on which it is due.

    >>> moscow = ZoneInfo("Europe/Moscow")
    >>> day_of(whole(date(2026, 3, 2), moscow), moscow)
    datetime.date(2026, 3, 2)
    """
    if due.at is None:
        return None
    local = due.at.astimezone(zone)
    return (local - timedelta(microseconds=1)).date() if due.whole_day else local.date()


def band(at: datetime | None, *, now: datetime, zone: ZoneInfo) -> Band:
    """Where a task that is due then stands now.

    >>> moscow = ZoneInfo("Europe/Moscow")
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=moscow)
    >>> [str(band(noon + timedelta(hours=h), now=noon, zone=moscow)) for h in (-1, 0, 1, 12, 13)]
    ['overdue', 'overdue', 'today', 'today', 'later']
    >>> str(band(None, now=noon, zone=moscow))
    'undated'
    """
    if at is None:
        return Band.UNDATED
    if at <= now:
        return Band.OVERDUE
    return Band.TODAY if at <= midnight_after(now.astimezone(zone).date(), zone) else Band.LATER


def rings_at(due: Due, before: int | None, zone: ZoneInfo) -> datetime | None:
    """When the reminder rings, `before` in minutes: of a whole day before its morning. None: never.

    >>> moscow = ZoneInfo("Europe/Moscow")
    >>> rings_at(whole(date(2026, 3, 2), moscow), 0, moscow).isoformat()
    '2026-03-02T09:00:00+03:00'
    >>> rings_at(Due(datetime(2026, 3, 2, 12, tzinfo=moscow)), 15, moscow).isoformat()
    '2026-03-02T11:45:00+03:00'
    >>> rings_at(Due(), 15, moscow)
    """
    day = day_of(due, zone)
    if due.at is None or day is None or before is None:
        return None
    begins = datetime.combine(day, MORNING, zone) if due.whole_day else due.at
    return begins - timedelta(minutes=before)
