"""A return by which the rest of the receipt is reckoned anew, where the programme says so.

What it was reckoned by is kept with the receipt (`Circumstances`): the lines, the promotions that neither the customer
nor place and time ruled out, in their versions, how much was left of their limits, and the programme's policies. With
each return the rest is reckoned by that as if only it had been bought. What was paid and not refunded yet, without
what the rest costs, is refunded: never less than nothing, never more than the goods cost before discounts, so that
all returns together bring back exactly what was paid. Points go the same way: those spent on what stays remain spent,
as many as it can bear, and what it would not have earned is taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Sum

from prilavok.loyalty import reckoning
from prilavok.loyalty.definitions import PoliciesWritten
from prilavok.loyalty.models import Circumstances, Reckoned, ReturnedAnew
from prilavok.loyalty.queries.book import promotions_as_they_were
from prilavok.loyalty.queries.rewards import given_by_series
from prilavok.loyalty.reckoning import OF_THE_GOODS, Answer, Basket, Customer, Line, Policies, Rest, Uses
from prilavok.loyalty.reckoning.spreading import CENT, floored, spread
from prilavok.orders import actions as orders
from prilavok.orders import queries as orders_queries
from prilavok.orders.actions import Back

if TYPE_CHECKING:
    from prilavok.orders.models import Receipt

ZERO, ONE = Decimal(0), Decimal(1)


# ── Kept with the sale ───────────────────────────────────────────────────────────────────────────────────


def circumstances(
    answer: Answer, basket: Basket, customer: Customer | None, local: datetime, policies: Policies
) -> dict[str, Any]:
    """What a later return must know of how a basket was reckoned, as JSON holds it."""
    fitting = [
        one for one in answer.verdicts.values() if one.refusal is None or one.refusal.reason in OF_THE_GOODS
    ]
    return {
        "local": local.isoformat(),
        "policies": {name: str(getattr(policies, name)) for name in PoliciesWritten.model_fields},
        "promotions": [(one.promotion, one.version) for one in fitting if one.promotion > 0],
        "series": [-one.promotion for one in fitting if one.promotion < 0],
        "customer": None if customer is None else {"tier": customer.tier},
        "uses": {
            one.promotion: _written(asdict(basket.uses[one.promotion]))
            for one in fitting
            if one.promotion in basket.uses
        },
        "lines": [_written(asdict(one)) for one in basket.lines],
    }


def _written(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: str(one) if isinstance(one, Decimal) else sorted(one) if isinstance(one, frozenset) else one
        for name, one in value.items()
    }


def keep_circumstances(receipt: Receipt, body: Mapping[str, Any]) -> None:
    """Keep them with the receipt that was written just now."""
    Circumstances.objects.create(receipt_id=receipt.pk, body=body)


# ── Read by a return ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Worth:
    """What a return brings: money at most, points given back, points taken back."""

    refund: Decimal
    given_back: Decimal
    taken_back: Decimal


def priced_anew(original: Receipt | None, lines: Sequence[Back]) -> Sequence[Back]:
    """The lines of a return with what is refunded for each, where the receipt is reckoned anew; else as they are.

    Raises ReceiptWrong("more_than_sold").
    """
    kept = Circumstances.objects.filter(receipt=original.pk).first() if original else None
    if original is None or kept is None:
        return lines
    written = orders.priced(original.pk, lines)
    left = _left(original)
    for one in lines:
        left[one.line] -= one.quantity or ONE
    room = [one.gross - one.reimbursed for one in written]
    below = sum((one for one in room if one < 0), ZERO)
    parts = spread(_worth(original, kept, left).refund - below, room, room, _step(room))
    return [
        replace(one, paid=min(most, ZERO) or part) for one, part, most in zip(lines, parts, room, strict=True)
    ]


def _left(original: Receipt) -> dict[int, Decimal]:
    """How much of each line has not come back; one of what has no quantity, as it is reckoned with."""
    return {
        one.number: one.quantity or (ONE if one.gross else ZERO) for one in orders.still_sold(original.pk)
    }


def _step(room: Sequence[Decimal]) -> Decimal:
    """Whole cents, unless what may be refunded isn't."""
    return CENT if all(one == floored(one) for one in room) else Decimal("0.0001")


def points_back(original: Receipt, back: Receipt) -> tuple[Decimal, Decimal] | None:
    """The points that a written return gives back, and takes back; None: its receipt isn't reckoned anew.

    Told again it is the same.
    """
    kept = Circumstances.objects.filter(receipt=original.pk).first()
    if kept is None:
        return None
    known = ReturnedAnew.objects.filter(receipt=back.pk).first()
    if known is None:
        worth = _worth(original, kept, _left(original))
        known = ReturnedAnew.objects.create(
            receipt=back, original=original, given_back=worth.given_back, taken_back=worth.taken_back
        )
    return known.given_back, known.taken_back


def _worth(original: Receipt, kept: Circumstances, left: Mapping[int, Decimal]) -> Worth:
    """What there is to bring back once only so much of the lines is `left`."""
    reckoned = Reckoned.objects.get(receipt=original.pk)
    before = ReturnedAnew.objects.filter(original=original.pk).aggregate(
        given=Sum("given_back", default=ZERO), taken=Sum("taken_back", default=ZERO)
    )
    spent, earned = reckoned.points_spent - before["given"], reckoned.points_earned - before["taken"]
    policies = PoliciesWritten.model_validate(kept.body["policies"]).made()
    stay = _points_of(reckoned, left, policies.point_step)
    rest = _rest(kept.body, left, min(spent, stay), policies)
    return Worth(
        max(original.paid - orders_queries.refunded(original.pk) - rest.total, ZERO),
        max(spent - rest.points_spent, ZERO),
        max(earned - rest.points_earned, ZERO),
    )


def _points_of(reckoned: Reckoned, left: Mapping[int, Decimal], step: Decimal) -> Decimal:
    """The points that were spent on what is left."""
    found = ZERO
    for number, line in enumerate(reckoned.lines, start=1):
        if "b" in line:
            found += Decimal(line["b"][1]) * left.get(number, ZERO) / Decimal(line["q"])
    return floored(found, step)


def _rest(body: Mapping[str, Any], left: Mapping[int, Decimal], points: Decimal, policies: Policies) -> Rest:
    versions = [(promotion, number) for promotion, number in body["promotions"]]
    return reckoning.what_is_left(
        [_line(one) for one in body["lines"]],
        left,
        promotions=[*promotions_as_they_were(versions), *given_by_series(body["series"])],
        customer=None if body["customer"] is None else Customer(tier=body["customer"]["tier"]),
        uses={int(promotion): Uses(**_figures(uses)) for promotion, uses in body["uses"].items()},
        points=points,
        local=datetime.fromisoformat(body["local"]),
        policies=policies,
    )


def _line(written: Mapping[str, Any]) -> Line:
    return Line(**_figures(written) | {"within": frozenset(written["within"])})


def _figures(written: Mapping[str, Any]) -> dict[str, Any]:
    """The sums again as sums: nothing else is kept as a text."""
    return {name: Decimal(one) if isinstance(one, str) else one for name, one in written.items()}
