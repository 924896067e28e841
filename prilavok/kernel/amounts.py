"""Sums and quantities as people write them: with a comma, with spaces, with the currency's sign. One reader for all."""

import re
from decimal import Decimal

from prilavok.kernel.unreadable import Unreadable

_SPACE = re.compile(r"[\s\u00a0\u202f\u2009'’]")
_CURRENCY = re.compile(r"(?:руб(?:лей|ля|\.)?|р\.?|₽|rub|usd|\$|eur|€|тг|₸)$|^(?:₽|\$|€|usd|rub)", re.I)
_PLAIN = re.compile(r"-?\d{1,15}(?:\.\d{1,9})?$", re.A)
_GROUPED = re.compile(r"-?\d{1,3}(?:[ \u00a0\u202f\u2009'’]\d{3})+(?:[.,]\d{1,9})?$", re.A)
_SIGNS = str.maketrans({"−": "-", "–": "-"})

ABSURD = Decimal(1_000_000_000)


def read_amount(text: str) -> Decimal:
    """A sum of money. Raises Unreadable; a lone comma before three digits may mean thousands: ambiguous.

    >>> [str(read_amount(form)) for form in ("1234.5", "1 234,50 ₽", "1,234.56", "1.234,56", "−12,3", "(5.00)")]
    ['1234.5', '1234.50', '1234.56', '1234.56', '-12.3', '-5.00']
    """
    plain = read_number(text)
    if abs(plain) >= ABSURD:
        raise Unreadable("absurd", value=text.strip()[:40])
    if -plain.as_tuple().exponent > 4 and plain != round(plain, 4):  # type: ignore[operator]
        raise Unreadable("too_precise", value=text.strip()[:40])
    return plain


def read_quantity(text: str) -> Decimal:
    """How many, or how much by weight or volume: a comma always parts the decimals.

    >>> str(read_quantity("1,250")), str(read_quantity("3"))
    ('1.250', '3')
    """
    clean = text.strip()
    if clean.count(",") == 1 and "." not in clean:
        clean = clean.replace(",", ".")
    plain = read_number(clean)
    if abs(plain) >= 10_000_000:
        raise Unreadable("absurd", value=text.strip()[:40])
    return plain


def read_number(text: str) -> Decimal:
    """Any number, of whatever size. Raises Unreadable: "not_a_number", "ambiguous"."""
    if _PLAIN.match(text):
        return Decimal(text)
    clean = _CURRENCY.sub("", text.strip().translate(_SIGNS)).strip()
    if clean.startswith("(") and clean.endswith(")"):
        clean = "-" + clean[1:-1].strip()
    if clean.startswith("+"):
        clean = clean[1:]
    if _SPACE.search(clean):
        if not _GROUPED.match(clean.replace("- ", "-")):
            raise Unreadable("not_a_number", value=text.strip()[:40])
        clean = _SPACE.sub("", clean)
    clean = _one_point(clean, text)
    if not _PLAIN.match(clean):
        raise Unreadable("not_a_number", value=text.strip()[:40])
    return Decimal(clean)


def _one_point(clean: str, text: str) -> str:
    """The number with its decimals after a point and its thousands joined."""
    comma, point = clean.rfind(","), clean.rfind(".")
    if comma < 0:
        return _joined(clean, ".", text) if clean.count(".") > 1 else clean
    if point < 0:
        if clean.count(",") > 1:
            return _joined(clean, ",", text)
        if re.match(r"-?[1-9]\d{0,2},\d{3}$", clean):
            raise Unreadable("ambiguous", value=text.strip()[:40])
        return clean.replace(",", ".")
    thousands, decimals = (",", ".") if point > comma else (".", ",")
    whole, _, part = clean.rpartition(decimals)
    return f"{_joined(whole, thousands, text) if thousands in whole else whole}.{part}"


def _joined(whole: str, separator: str, text: str) -> str:
    if not re.match(rf"-?\d{{1,3}}(?:{re.escape(separator)}\d{{3}})+$", whole):
        raise Unreadable("not_a_number", value=text.strip()[:40])
    return whole.replace(separator, "")
