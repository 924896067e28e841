"""What is left of a receipt when goods came back, reckoned as if only that had been bought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from prilavok.loyalty.reckoning.basket import Basket, Customer, Line, Policies, Uses
from prilavok.loyalty.reckoning.calculating import calculate
from prilavok.loyalty.reckoning.promotions import Book, Promotion, When, Where, Who
from prilavok.loyalty.reckoning.spreading import ZERO


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left costs so much money and so many points, and earns so many."""

    total: Decimal = ZERO
    points_spent: Decimal = ZERO
    points_earned: Decimal = ZERO


def what_is_left(
    lines: Iterable[Line],
    left: Mapping[int, Decimal],
    *,
    promotions: Sequence[Promotion],
    customer: Customer | None,
    uses: Mapping[int, Uses],
    points: Decimal,
    local: datetime,
    policies: Policies,
) -> Rest:
    """Reckon the lines with the quantities that are `left` of them, by number.

    `promotions` are those that whoever bought them, where and when, did not rule out: only the goods are looked at
    again. `points`: how many stay spent, if that many can be. Nothing left costs nothing.
    """
    kept = tuple(part for one in lines if (part := _part(one, left.get(one.number, ZERO))) is not None)
    if not kept:
        return Rest()
    anyone = [replace(one, who=Who(), where=Where(), when=When(), coupon=None) for one in promotions]
    person = replace(customer, balance=points, uses=uses) if customer else None
    answer = calculate(
        Basket(kept, points=points, uses=uses), person, local, Book(anyone), policies, explain=True
    )
    return Rest(answer.total, answer.points_spent, answer.points_earned)


def _part(line: Line, left: Decimal) -> Line | None:
    """So much of a line, at its price; None, if nothing is left.

    >>> cheese = Line(1, 7, Decimal("333.33"), Decimal("2.999"))
    >>> _part(cheese, Decimal("1.999")).gross, _part(cheese, Decimal(0))
    (Decimal('666.33'), None)
    """
    if left == line.quantity:
        return line
    return replace(line, quantity=left, amount=None) if left > 0 else None
