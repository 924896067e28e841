"""Dates and moments in every Russian and ISO form."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

from prilavok.kernel.unreadable import Unreadable

_NAMED = {
    "январь": 1, "января": 1, "янв": 1, "февраль": 2, "февраля": 2, "фев": 2, "февр": 2, "март": 3,
    "марта": 3, "мар": 3, "апрель": 4, "апреля": 4, "апр": 4, "май": 5, "мая": 5, "июнь": 6, "июня": 6,
    "июн": 6, "июль": 7, "июля": 7, "июл": 7, "август": 8, "августа": 8, "авг": 8, "сентябрь": 9,
    "сентября": 9, "сен": 9, "сент": 9, "октябрь": 10, "октября": 10, "окт": 10, "ноябрь": 11, "ноября":
    11, "ноя": 11, "нояб": 11, "декабрь": 12, "декабря": 12, "дек": 12,
}  # fmt: skip
_SPACES = re.compile(r"[\s\u00a0\u202f]+")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})$")
_ISO_BASIC = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_YEAR_FIRST = re.compile(r"(\d{4})[./](\d{1,2})[./](\d{1,2})$")
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?: ?г\.?| ?года)?$")
_IN_WORDS = re.compile(r"(\d{1,2})[ -]([а-яё]+)\.?[ -](\d{4}|\d{2})(?: ?г\.?| ?года)?$")
_TIME = re.compile(
    r"(?:(?:t|,? (?:в )?))(\d{1,2})[:.]?(\d{2})(?:[:.]?(\d{2})(?:[.,](\d{1,9}))?)?(?: ?(z|utc|[+-]\d{2}:?(?:\d{2})?))?$"
)

EARLIEST = date(1900, 1, 1)


def read_date(text: str, *, latest: date) -> date:
    """The day that the text means; a two-digit year is the last such year not after `latest`. Raises Unreadable.

    >>> [str(read_date(form, latest=date(2026, 11, 22))) for form in ("2026-11-21", "21.11.2026", "21 ноября 2026 г.")]
    ['2026-11-21', '2026-11-21', '2026-11-21']
    >>> str(read_date("05.06.58", latest=date(2026, 11, 22)))
    '1958-06-05'
    """
    clean = _SPACES.sub(" ", text.strip()).lower()
    moment = _TIME.search(clean)
    if moment and moment.start() >= 8:
        clean = clean[: moment.start()]
    found = _date(clean, latest)
    if found > latest:
        raise Unreadable("future", value=found.isoformat())
    if found < EARLIEST:
        raise Unreadable("too_old", value=found.isoformat())
    return found


def read_moment(text: str, *, latest: datetime) -> datetime:
    """The moment that the text means: aware when the text names its zone, else a wall time. Raises Unreadable.

    Whether a wall time lies in the future only the caller can say, who knows the zone.

    >>> read_moment("21.11.2026 14:05", latest=datetime(2026, 12, 1))
    datetime.datetime(2026, 11, 21, 14, 5)
    >>> read_moment("2026-11-21T14:05:33+03:00", latest=datetime(2026, 12, 1)).isoformat()
    '2026-11-21T14:05:33+03:00'
    """
    clean = _SPACES.sub(" ", text.strip()).lower()
    time = _TIME.search(clean)
    day_text = clean[: time.start()] if time and time.start() >= 6 else clean
    day = _date(day_text, latest.date())
    if day < EARLIEST:
        raise Unreadable("too_old", value=day.isoformat())
    if day_text is clean or time is None:
        return datetime(day.year, day.month, day.day)  # noqa: DTZ001
    return _with_time(day, time)


def _with_time(day: date, time: re.Match[str]) -> datetime:
    hour, minute, second, fraction, zone = time.groups()
    try:
        return datetime(
            day.year, day.month, day.day, int(hour), int(minute), int(second or 0),
            int((fraction or "0").ljust(6, "0")[:6]), tzinfo=_zone(zone),
        )  # fmt: skip
    except ValueError:
        raise Unreadable("no_such_time", value=time.group().strip()) from None


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text in ("z", "utc"):
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > 3 else 0
    shift = timedelta(hours=hours, minutes=minutes)
    return timezone(-shift if text[0] == "-" else shift)


def _date(clean: str, latest: date) -> date:
    year, month, day = _parts(clean.rstrip(" ,"))
    try:
        if len(year) == 2:
            guess = date(latest.year // 100 * 100 + int(year), month, day)
            return guess if guess <= latest else guess.replace(year=guess.year - 100)
        return date(int(year), month, day)
    except ValueError:
        raise Unreadable("no_such_day", value=clean) from None


def _parts(clean: str) -> tuple[str, int, int]:
    for pattern in (_ISO, _YEAR_FIRST, _ISO_BASIC):
        if found := pattern.match(clean):
            return found[1], int(found[2]), int(found[3])
    if found := _DAY_FIRST.match(clean):
        return found[3], int(found[2]), int(found[1])
    if (found := _IN_WORDS.match(clean)) and found[2] in _NAMED:
        return found[3], _NAMED[found[2]], int(found[1])
    raise Unreadable("not_a_date", value=clean[:40])
