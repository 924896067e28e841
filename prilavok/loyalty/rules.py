"""What makes a code, and whether it is good. Pure: no database, no clock, no Django."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from decimal import Decimal
from unicodedata import normalize
from uuid import UUID, uuid5

# No two of these look alike, in print or on a till's display: no 0 O, 1 I L, 2 Z, 5 S, 8 B.
ALPHABET = b"34679ACDEFGHJKMNPQRTUVWXY"
LENGTH = 12  # 25 ** 12: among a million codes a guess is good once in sixty thousand million
_FAIR = 256 - 256 % len(ALPHABET)  # bytes from here on would make some letters likelier than others
_LETTERS = bytes(ALPHABET[byte % len(ALPHABET)] for byte in range(256))
_UNFAIR = bytes(range(_FAIR, 256))

# Names receipts by their calculations, and points by receipts.
RECEIPTS = UUID("0192a1c2-7b1e-7000-8000-70726963656c")

# Cyrillic letters typed instead of Latin ones that look the same; hyphens that a letter or a phone has made longer.
_LOOKALIKES = str.maketrans("АВЕЁКМНОРСТУХЗ", "ABEEKMHOPCTYX3")
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


def make_codes(count: int, *, length: int = LENGTH) -> list[str]:
    """Codes that nobody can guess, in groups of four.

    >>> code = make_codes(3)[0]; len(code), code.count("-"), set(code) <= set(ALPHABET.decode() + "-")
    (14, 2, True)
    >>> len(make_codes(1, length=8)[0])
    9
    """
    letters = b""
    while len(letters) < count * length:
        need = count * length - len(letters)
        letters += secrets.token_bytes(need + need // 32 + 16).translate(_LETTERS, _UNFAIR)
    text = letters.decode()
    return [grouped(text[start : start + length]) for start in range(0, count * length, length)]


def grouped(code: str) -> str:
    """A code as it is printed.

    >>> grouped("K7M3QX4R9TPA")
    'K7M3-QX4R-9TPA'
    """
    return "-".join([code[place : place + 4] for place in range(0, len(code), 4)])


def code_key(typed: str) -> str:
    """A code as it is compared: case, spaces, hyphens, Cyrillic look-alikes, wide and unseen characters make no
    difference.

    >>> code_key(" spring-10 "), code_key("СОВЕТ 5") == code_key("COBET5"), code_key("spring\u201310")
    ('SPRING10', True, 'SPRING10')
    """
    return "".join(_plain(typed).upper().split()).replace("-", "").translate(_LOOKALIKES)


def _plain(typed: str) -> str:
    return normalize("NFKC", typed.translate(_HYPHENS)).translate(_UNSEEN)


def shown_code(typed: str) -> str:
    """A code that a person made up, as it is kept: upper case, Latin look-alikes, hyphens as typed.

    >>> shown_code(" Весна-10")
    'BECHA-10'
    """
    return "-".join(code_key(part) for part in _plain(typed).split("-"))


OWNER = "account"  # whose wallets points stand in, as the ledger names it


def points(programme_id: int) -> str:
    """What the books count in a programme."""
    return f"points:{programme_id}"


def lifetime(
    earned_at: datetime, zone: tzinfo, *, pending_days: int, lifetime_days: int | None
) -> tuple[datetime | None, datetime | None]:
    """From when (none: at once), and until when (none: for ever), points are good; days end at the zone's midnight.

    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> [moment.date().isoformat() for moment in lifetime(noon, UTC, pending_days=2, lifetime_days=30)]
    ['2026-03-04', '2026-04-04']
    >>> lifetime(noon, UTC, pending_days=0, lifetime_days=None)
    (None, None)
    """
    first = earned_at.astimezone(zone).date() + timedelta(days=pending_days)
    since = datetime.combine(first, time(), zone).astimezone(UTC) if pending_days else None
    if lifetime_days is None:
        return since, None
    last = first + timedelta(days=lifetime_days + 1)
    return since, datetime.combine(last, time(), zone).astimezone(UTC)


def unit(series_id: int) -> str:
    """What the books count: uses of this series' codes."""
    return f"coupon:{series_id}"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a series asks of a use. `printed`: its code is one for all, and `uses` are those of each customer."""

    valid_from: datetime
    valid_until: datetime | None
    personal: bool
    uses: int | None
    minimum: Decimal | None
    closed_at: datetime | None = None
    first_order: bool = False
    printed: bool = False


def refusal(
    terms: Terms,
    *,
    at: datetime,
    used: int,
    holder: int | None,
    person: int | None,
    basket: Decimal,
    first: bool = False,
    known: bool = True,
) -> str | None:
    """Why a code is not good on this receipt, or None when it is. `holder` and `person` are people, not profiles.

    `first`: it is known to be the customer's first purchase. `known`: it is known who buys. What each customer may have
    of a printed code cannot be counted otherwise, so nobody else may use it: as a promotion's limit for one customer.

    >>> terms = Terms(datetime(2026, 1, 1), datetime(2026, 2, 1), True, 1, Decimal(2000))
    >>> use = {"used": 0, "holder": 7, "person": 7, "basket": Decimal(2000)}
    >>> refusal(terms, at=datetime(2026, 1, 31, 23, 59), **use)
    >>> refusal(terms, at=datetime(2026, 2, 1), **use)
    'expired'
    >>> refusal(terms, at=datetime(2026, 1, 5), **{**use, "person": 8})
    'other_customer'
    """
    if out_of_time := _out_of_time(terms, at):
        return out_of_time
    if terms.personal and holder is not None and holder != person:
        return "other_customer"
    if terms.printed and terms.uses is not None and not known:
        return "customer"
    if terms.uses is not None and used >= terms.uses:
        return "used"
    if terms.first_order and not first:
        return "first_order"
    if terms.minimum is not None and basket < terms.minimum:
        return "too_little"
    return None


def _out_of_time(terms: Terms, at: datetime) -> str | None:
    if terms.closed_at is not None and at >= terms.closed_at:
        return "closed"
    if at < terms.valid_from:
        return "not_yet"
    return "expired" if terms.valid_until is not None and at >= terms.valid_until else None


def likeliest_basket(baskets: dict[int, dict[int, Decimal]], goods: set[int]) -> tuple[int, Decimal]:
    """Which basket of a day a coupon was used on, and what it took off there.

    `baskets` holds what coupons took off each product of each basket, in order of time. Most telling is a coupon
    discount on the coupon's goods, then the goods alone, then any coupon discount, then the first basket.

    >>> likeliest_basket({1: {10: Decimal(0)}, 2: {20: Decimal("0.50"), 21: Decimal(0)}}, {20})
    (2, Decimal('0.50'))
    >>> likeliest_basket({1: {10: Decimal(0)}, 2: {11: Decimal(0)}}, {99})
    (1, Decimal('0'))
    """

    def told(products: dict[int, Decimal]) -> tuple[bool, bool, bool]:
        ours = [amount for product, amount in products.items() if product in goods]
        return any(ours), bool(ours), any(products.values())

    best = max(baskets, key=lambda basket: told(baskets[basket]))
    amount = sum((off for product, off in baskets[best].items() if product in goods), Decimal(0))
    return best, amount


def series_state(
    *, valid_from: datetime, valid_until: datetime | None, closed_at: datetime | None, at: datetime
) -> str:
    """closed, waiting, over or open.

    >>> series_state(valid_from=datetime(2026, 1, 2), valid_until=None, closed_at=None, at=datetime(2026, 1, 1))
    'waiting'
    """
    if closed_at is not None:
        return "closed"
    if at < valid_from:
        return "waiting"
    return "over" if valid_until is not None and at >= valid_until else "open"


def cause_of(receipt: UUID, what: str) -> UUID:
    """The books' cause of points spent on, or earned by, a receipt: the same however often it is told."""
    return uuid5(RECEIPTS, f"{receipt}:{what}")
