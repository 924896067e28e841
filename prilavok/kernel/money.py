"""Money: Decimal with four places and an ISO currency; in facts whole ten-thousandths."""

import re
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_currency, get_currency_precision, get_currency_symbol

UNIT = Decimal("0.0001")
SIGNS = {
    "RUB": "₽",
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "KZT": "₸",
    "UAH": "₴",
    "GEL": "₾",
    "AMD": "֏",
    "TRY": "₺",
}


def to_units(amount: Decimal) -> int:
    """Ten-thousandths of the currency, as facts keep money.

    >>> to_units(Decimal("12.34"))
    123400
    """
    return int((amount / UNIT).to_integral_value(ROUND_HALF_UP))


def from_units(units: int) -> Decimal:
    """The amount of so many ten-thousandths.

    >>> from_units(123400)
    Decimal('12.3400')
    """
    return units * UNIT


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Half up to the currency's own digits, as sums are shown.

    >>> rounded(Decimal("2.675"), "USD"), rounded(Decimal("2.5"), "JPY")
    (Decimal('2.68'), Decimal('3'))
    """
    return amount.quantize(Decimal(1).scaleb(-get_currency_precision(currency)), ROUND_HALF_UP)


def show(amount: Decimal, currency: str, language: str = "ru") -> str:
    """The amount as people of this language write it; a currency has one sign in every language.

    >>> show(Decimal("1234567.891"), "RUB").replace("\\xa0", " "), show(Decimal("12"), "RUB", "en")
    ('1 234 567,89 ₽', '₽12.00')
    >>> show(Decimal("-5.5"), "USD").replace("\\xa0", " "), show(Decimal("12"), "CHF", "en").replace("\\xa0", " ")
    ('-5,50 $', 'CHF 12.00')
    """
    written = str(format_currency(rounded(amount, currency), currency, locale=language))
    symbol = get_currency_symbol(currency, locale=language)
    shown = written.replace(symbol, SIGNS.get(currency, symbol))
    return re.sub(r"(?<=[A-Z])(?=\d)", "\u00a0", shown)  # A code stands apart from its figure: RUB 12.00
