"""What a promotion with a control group has brought, and what it has cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Sum

from prilavok.experiments import queries as experiments
from prilavok.loyalty.models import Promotion, PromotionUse
from prilavok.loyalty.queries.book import live_book, subject_of

if TYPE_CHECKING:
    from prilavok.experiments.models import Experiment

ZERO = Decimal(0)


def experiment_of(promotion: Promotion) -> Experiment | None:
    """The experiment of a promotion that has a control group."""
    return experiments.of_subject(subject_of(promotion.pk))


@dataclass(frozen=True, slots=True)
class PromotionCost:
    """What customers known by name got by a promotion: money off, points, and what these are worth in money.

    The discounts are missing from the revenue already; the points are a debt beyond it.
    """

    receipts: int = 0
    discounts: Decimal = ZERO
    points: Decimal = ZERO
    points_worth: Decimal = ZERO


def cost_of(promotion_id: int, since: date, until: date) -> PromotionCost:
    """Of the shops' days from one to another, both included; points at the value of each brand's programme."""
    rows = (
        PromotionUse.objects.filter(
            promotion=promotion_id,
            undone_at=None,
            profile__isnull=False,
            local_date__range=(since, until),
        )
        .order_by()
        .values_list("receipt__shop__brand")
        .annotate(Count("pk"), Sum("amount"), Sum("points"))
    )
    total = PromotionCost()
    for brand, receipts, discounts, points in rows:
        total = PromotionCost(
            total.receipts + receipts,
            total.discounts + discounts,
            total.points + points,
            total.points_worth + points * point_value(brand),
        )
    return total


def point_value(brand_id: int | None) -> Decimal:
    """What a point of a brand's programme is worth in money; nothing, where there is none."""
    programme = live_book().programme(brand_id)
    return programme.policies.point_value if programme else ZERO


def cost_beyond_discounts(subject: str) -> Decimal:
    """What the promotion of an experiment cost beyond its discounts; nought for other subjects."""
    prefix, _sep, number = subject.partition(":")
    experiment = experiments.of_subject(subject) if prefix == "promotion" else None
    return cost_of(int(number), *experiment.window).points_worth if experiment else ZERO
