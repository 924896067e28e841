"""Rounding, and spreading a sum over lines so that it comes out to the kopeck."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

ZERO, ONE = Decimal(0), Decimal(1)
CENT = Decimal("0.01")


def rounded(amount: Decimal, step: Decimal = CENT) -> Decimal:
    """To whole steps, half up.

    >>> rounded(Decimal("1.485")), rounded(Decimal("29.9997"), ONE)
    (Decimal('1.49'), Decimal('30'))
    """
    return (amount / step).quantize(ONE, ROUND_HALF_UP) * step


def floored(amount: Decimal, step: Decimal = CENT) -> Decimal:
    """To whole steps, downwards.

    >>> floored(Decimal("29.9997"), ONE)
    Decimal('29')
    """
    return amount // step * step  # of decimals “//” cuts towards nought


def spread(
    total: Decimal, weights: Sequence[Decimal], room: Sequence[Decimal] | None = None, step: Decimal = CENT
) -> list[Decimal]:
    """Parts of a total in proportion to the weights, in whole steps that add up to it exactly.

    What is left over after rounding down goes a step at a time to the largest remainders, of equal ones to the
    first (largest remainder method, Hamilton). No part exceeds its `room`; what does not fit goes to the others, and
    what fits nowhere is lost.

    >>> spread(Decimal(100), [Decimal("333.33")] * 3)
    [Decimal('33.34'), Decimal('33.33'), Decimal('33.33')]
    >>> [str(part) for part in spread(Decimal(100), [Decimal(199), Decimal(199), Decimal(102)])]
    ['39.80', '39.80', '20.40']
    >>> [str(part) for part in spread(Decimal(10), [Decimal(1), Decimal(1)], room=[Decimal(2), Decimal(20)])]
    ['2.00', '8.00']
    """
    parts = [ZERO * step for _ in weights]
    limits = list(weights if room is None else room)
    open_ = [place for place, weight in enumerate(weights) if weight > 0 and limits[place] > 0]
    left = floored(total, step)
    while open_ and left > 0:
        shares = _shares(left, [weights[place] for place in open_], step)
        full = []
        for place, share in zip(open_, shares, strict=True):
            room_left = limits[place] - parts[place]
            part = share if share <= room_left else floored(room_left, step)
            parts[place] += part
            left -= part
            if part < share or parts[place] >= limits[place]:
                full.append(place)
        if not full:
            break
        open_ = [place for place in open_ if place not in full]
    return parts


def _shares(total: Decimal, weights: Sequence[Decimal], step: Decimal) -> list[Decimal]:
    whole = sum(weights, ZERO)
    exact = [total * weight / whole for weight in weights]
    shares = [floored(share, step) for share in exact]
    over = int((total - sum(shares, ZERO)) / step)
    for place in sorted(range(len(weights)), key=lambda one: (shares[one] - exact[one], one))[:over]:
        shares[place] += step
    return shares
