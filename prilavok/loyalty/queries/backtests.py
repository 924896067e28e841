"""What promotions would have come to in the past."""

from __future__ import annotations

from django.db.models import QuerySet

from prilavok.kernel.actors import Actor
from prilavok.loyalty.models import Backtest


def backtests(promotion_id: int, by: Actor) -> QuerySet[Backtest]:
    """Back-tests of a promotion over shops that the actor sees, the last one first."""
    by.must("loyalty.see")
    found = Backtest.objects.filter(promotion=promotion_id).order_by("-id")
    return found if by.shops is None else found.filter(shops__contained_by=sorted(by.shops))
