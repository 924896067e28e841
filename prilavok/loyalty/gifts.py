"""What a gift card is worth, and to whom it opens. Pure: no database, no clock, no Django."""

import hmac
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from uuid import UUID

ZERO = Decimal(0)
OWNER = "gift"  # whose wallets the money stands in, as the ledger names it
SOURCE = "gift_kind"  # who owes it
PAID_OUT = "paid_out"  # what holders got of it in money
DIGITS = 6  # of a PIN
NAMESPACE = UUID("0192a1c2-7b1e-7000-8000-676966746372")  # names the books' causes


def pin_of(number: str, secret: str) -> str:
    """The PIN of a number: six digits that follow from our secret, so that no table holds them.

    >>> pin_of("2900000012349", "secret"), pin_of("2900000012356", "secret")
    ('874191', '431318')
    """
    digest = hmac.new(secret.encode(), f"gift card {number}".encode(), sha256).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**DIGITS:0{DIGITS}}"


def seal_of(number: str, pin: str, secret: str) -> str:
    """What is kept of a PIN that a printer made: it can be checked, and not read.

    >>> seal_of("2900000012349", "12 34", "secret") == seal_of("2900000012349", "1234", "secret")
    True
    """
    told = f"gift card {number} {tidy(pin)}"
    return hmac.new(secret.encode(), told.encode(), sha256).hexdigest()


def tidy(pin: str) -> str:
    """A PIN as it is compared.

    >>> tidy(" 12 34 ")
    '1234'
    """
    return "".join(pin.split())


def opens(number: str, pin: str, secrets: Sequence[str], seal: str = "") -> bool:
    """Whether it is the PIN of this number, by our secret of today or by one of those before; `seal`: its own."""
    if seal:
        return any([hmac.compare_digest(seal, seal_of(number, pin, one)) for one in secrets])
    typed = tidy(pin).encode()
    return any([hmac.compare_digest(typed, pin_of(number, one).encode()) for one in secrets])


def shown(number: str, *, hidden: bool) -> str:
    """A number in groups of four; of a hidden one, whose number alone is money, the end.

    >>> shown("K7M3QX4R9TPA", hidden=True), shown("2900000012349", hidden=False)
    ('•••• 9TPA', '2900000012349')
    """
    return f"•••• {number[-4:]}" if hidden else number


def goes_back(paid: Decimal, by_gift: Decimal, before: Decimal, back: Decimal, step: Decimal) -> Decimal:
    """What of a return goes back to gift cards: their share of the receipt, to the step; parts make up the whole.

    `paid` of the receipt, `by_gift` of it, `before`: returned earlier, `back`: returned now.

    >>> parts = [(Decimal(0), Decimal(333)), (Decimal(333), Decimal(333)), (Decimal(666), Decimal(334))]
    >>> [str(goes_back(Decimal(1000), Decimal(500), *part, Decimal("0.01"))) for part in parts]
    ['166.50', '166.50', '167.00']
    """
    if not paid:
        return ZERO

    def upto(returned: Decimal) -> Decimal:
        return (by_gift * returned / paid).quantize(step, ROUND_HALF_UP)

    return upto(before + back) - upto(before)


def fill(amount: Decimal, places: Sequence[Decimal]) -> list[Decimal]:
    """The amount put into places that each hold so much, the first ones first.

    >>> fill(Decimal(120), [Decimal(100), Decimal(50)])
    [Decimal('100'), Decimal('20')]
    """
    parts = []
    for room in places:
        parts.append(min(room, amount))
        amount -= parts[-1]
    return parts


def state_of(value: Decimal, balance: Decimal) -> str:
    """active, partly or used: what a sold card is by what is left on it.

    >>> [state_of(Decimal(1000), Decimal(left)) for left in (1000, 1, 0)]
    ['active', 'partly', 'used']
    """
    if not balance:
        return "used"
    return "active" if balance >= value else "partly"
