"""Money: Decimal with four places and an ISO currency; in facts whole ten-thousandths."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import Locale
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
    form = _form(currency, language, amount.is_signed())
    return form.write(amount) if form else _show(amount, currency, language)


def sign(currency: str, language: str = "ru") -> str:
    """How a currency is written beside a figure.

    >>> sign("RUB"), sign("USD", "en")
    ('₽', '$')
    """
    return SIGNS.get(currency) or str(get_currency_symbol(currency, locale=language.replace("-", "_")))


def _show(amount: Decimal, currency: str, language: str) -> str:
    written = str(format_currency(rounded(amount, currency), currency, locale=language))
    symbol = get_currency_symbol(currency, locale=language)
    shown = written.replace(symbol, SIGNS.get(currency, symbol))
    return re.sub(r"(?<=[A-Z])(?=\d)", "\u00a0", shown)  # A code stands apart from its figure: RUB 12.00


@dataclass(frozen=True, slots=True)
class _Form:
    """What stands around a figure, and between its digits; all figures of one currency and sign are alike."""

    before: str
    after: str
    unit: Decimal
    marks: dict[int, str]

    def write(self, amount: Decimal) -> str:
        figure = f"{abs(amount.quantize(self.unit, ROUND_HALF_UP)):,f}".translate(self.marks)
        return f"{self.before}{figure}{self.after}"


@lru_cache(maxsize=1_000)
def _form(currency: str, language: str, below_zero: bool) -> _Form | None:
    """How Babel writes these sums, found out from two of them: asking it each time takes ten times as long. None where
    digits stand in other groups than of three."""
    sample, short = (Decimal(text) * (-1 if below_zero else 1) for text in ("1234567.8888", "1234.1111"))
    symbols = Locale.parse(language, sep="-").number_symbols["latn"]
    marks = {ord(","): symbols["group"], ord("."): symbols["decimal"]}
    unit = Decimal(1).scaleb(-get_currency_precision(currency))
    figure = _Form("", "", unit, marks).write(sample)
    before, _found, after = _show(sample, currency, language).partition(figure)
    form = _Form(before, after, unit, marks)
    alike = all(form.write(one) == _show(one, currency, language) for one in (sample, short))
    return form if alike else None
