"""Days that come again every year."""

from datetime import date


def in_year(month: int, day: int, year: int) -> date:
    """The day in a year; 29 February is kept on the 28th where there is none: a greeting comes rather early than late.

    >>> in_year(2, 29, 2027), in_year(2, 29, 2028), in_year(3, 8, 2027)
    (datetime.date(2027, 2, 28), datetime.date(2028, 2, 29), datetime.date(2027, 3, 8))
    """
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month, day - 1)


def next_time(month: int, day: int, today: date) -> date:
    """When the day comes next: today, if it is today.

    >>> next_time(2, 29, date(2027, 2, 28)), next_time(2, 29, date(2027, 3, 1)), next_time(1, 1, date(2026, 12, 31))
    (datetime.date(2027, 2, 28), datetime.date(2028, 2, 29), datetime.date(2027, 1, 1))
    """
    this = in_year(month, day, today.year)
    return this if this >= today else in_year(month, day, today.year + 1)


def is_day(month: int, day: int, year: int | None = None) -> bool:
    """Whether there is such a day; without a year 29 February is one.

    >>> is_day(2, 29), is_day(2, 29, 2027), is_day(2, 30), is_day(13, 1)
    (True, False, False, False)
    """
    try:
        date(year or 2000, month, day)
    except (ValueError, OverflowError):
        return False
    return True
