"""How figures, days and moments are written: one place, both languages, no-break spaces. Pure."""

from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal

NBSP = "\u00a0"
MINUS = "\u2212"
MONTHS = {
    "ru": ("янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


def number(value: Decimal | float | int | None, places: int | None = None, language: str = "ru") -> str:
    """A figure with grouped thousands; None is a dash.

    >>> number(1234567.891, 2, "ru")
    '1\\xa0234\\xa0567,89'
    >>> number(-1234, language="en")
    '−1,234'
    >>> number(Decimal("2.50"), language="ru")
    '2,5'
    """
    if value is None or value == "":  # a template's name for nothing
        return "—"
    amount = value if isinstance(value, Decimal) else Decimal(str(value))
    if not amount.is_finite():
        return "—"
    if places is None:
        amount = amount.normalize() if amount == amount.to_integral_value() else _trimmed(amount)
        digits = f"{abs(amount):f}"
    else:
        digits = f"{abs(amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)):f}"
    whole, _, fraction = digits.partition(".")
    group, point = (NBSP, ",") if _short(language) == "ru" else (",", ".")
    whole = f"{int(whole):,}".replace(",", group)
    shown = whole + (point + fraction if fraction else "")
    return (MINUS if amount < 0 and any(c in "123456789" for c in shown) else "") + shown


def _trimmed(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP).normalize()


def signed(value: Decimal | float | int | None, places: int | None = None, language: str = "ru") -> str:
    """A change: always with its sign.

    >>> signed(412000, language="ru")
    '+412\\xa0000'
    """
    shown = number(value, places, language)
    return f"+{shown}" if value is not None and value > 0 and shown != "—" else shown


def percent(share: Decimal | float | None, places: int = 1, language: str = "ru") -> str:
    """A share (0.125) as per cent.

    >>> percent(0.125, language="ru")
    '12,5\\xa0%'
    >>> percent(0.125, language="en")
    '12.5%'
    """
    if share is None:
        return "—"
    shown = number(Decimal(str(share)) * 100, places, language)
    return shown + (f"{NBSP}%" if _short(language) == "ru" else "%")


def day(value: date | None, language: str = "ru") -> str:
    """A day.

    >>> day(date(2026, 11, 21), "ru")
    '21\\xa0ноя\\xa02026'
    >>> day(date(2026, 11, 21), "en")
    '21\\xa0Nov\\xa02026'
    """
    if value is None:
        return "—"
    return f"{value.day}{NBSP}{MONTHS[_short(language)][value.month - 1]}{NBSP}{value.year}"


def moment(value: datetime | None, language: str = "ru") -> str:
    """A moment in the zone it is already in.

    >>> moment(datetime(2026, 11, 21, 14, 5), "ru")
    '21\\xa0ноя\\xa02026, 14:05'
    """
    return "—" if value is None else f"{day(value, language)}, {value:%H:%M}"


def hour(value: datetime | time | None) -> str:
    """A time of day: 14:05."""
    return "—" if value is None else f"{value:%H:%M}"


def _short(language: str) -> str:
    return "ru" if language.startswith("ru") else "en"
