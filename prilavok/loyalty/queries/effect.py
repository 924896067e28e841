"""What a promotion with a control group has brought, and what it has cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum

from prilavok.company import queries as company
from prilavok.experiments import queries as experiments
from prilavok.ledger import queries as ledger
from prilavok.loyalty import rules
from prilavok.loyalty.models import Promotion, PromotionUse, Reckoned
from prilavok.loyalty.queries.book import live_book, subject_of
from prilavok.loyalty.reckoning.spreading import rounded
from prilavok.orders import queries as orders

if TYPE_CHECKING:
    from prilavok.experiments.models import Experiment

ZERO = Decimal(0)


def experiment_of(promotion: Promotion) -> Experiment | None:
    """The experiment of a promotion that has a control group."""
    return experiments.of_subject(subject_of(promotion.pk))


@dataclass(frozen=True, slots=True)
class PromotionCost:
    """What customers known by name got by a promotion: money off and points, less what was taken back with goods that
    were returned, what became of these points, and what they are worth in money by the programme's rate of today.

    The discounts are missing from the revenue already, and so are points spent within the days of analysis
    (`points_counted`); points that lapsed cost nothing. `cost` is what is left: a debt beyond the revenue.
    """

    receipts: int = 0
    discounts: Decimal = ZERO
    points: Decimal = ZERO
    points_worth: Decimal = ZERO
    points_counted: Decimal = ZERO
    points_lapsed: Decimal = ZERO
    cost: Decimal = ZERO


def cost_of(promotion_id: int, since: date, until: date, *, at: datetime) -> PromotionCost:
    """Of the shops' days from one to another, both included; points at the value of each brand's programme."""
    used = PromotionUse.objects.filter(
        promotion=promotion_id, undone_at=None, profile__isnull=False, local_date__range=(since, until)
    )
    receipts, discounts = used.aggregate(a=Count("pk"), b=Sum("amount", default=ZERO)).values()
    given: dict[int | None, dict[UUID, Decimal]] = {}
    for brand, receipt, points, earned in used.filter(points__gt=0).values_list(
        "receipt__shop__brand", "receipt__public_id", "points", _EARNED
    ):
        if earned:
            given.setdefault(brand, {})[rules.cause_of(receipt, "earned")] = points / earned
    end = min(at, datetime.combine(until + timedelta(days=1), time(), company.zone()))
    total = PromotionCost(receipts, discounts - _taken_back(promotion_id, used))
    for brand, parts in given.items():
        now, counted = ledger.became_of_grants(parts, at=at), ledger.became_of_grants(parts, at=end).spent
        worth, beyond = point_value(brand), max(now.given - now.lapsed - counted, ZERO)
        total = replace(
            total,
            points=total.points + rounded(now.given),
            points_worth=total.points_worth + rounded(now.given * worth),
            points_counted=total.points_counted + rounded(counted),
            points_lapsed=total.points_lapsed + rounded(now.lapsed),
            cost=total.cost + rounded(beyond * worth),
        )
    return total


def _taken_back(promotion_id: int, used: QuerySet[PromotionUse]) -> Decimal:
    """What the promotion had taken off goods that came back since, by whatever door."""
    back = orders.returned_parts(used.values("receipt"))
    total = ZERO
    for receipt, lines in Reckoned.objects.filter(receipt__in=list(back)).values_list("receipt", "lines"):
        total += sum(
            (
                Decimal(amount) * back[receipt].get(number, ZERO)
                for number, line in enumerate(lines, start=1)
                for promotion, amount in line.get("d", ())
                if promotion == promotion_id
            ),
            ZERO,
        )
    return rounded(total)


# Points of a receipt come as one lot, whatever promotions gave them.
_EARNED = Subquery(Reckoned.objects.filter(receipt=OuterRef("receipt")).values("points_earned"))


def point_value(brand_id: int | None) -> Decimal:
    """What a point of a brand's programme is worth in money; nothing, where there is none."""
    programme = live_book().programme(brand_id)
    return programme.policies.point_value if programme else ZERO


def cost_beyond_revenue(subject: str, *, at: datetime) -> Decimal:
    """What the promotion of an experiment cost beyond what the revenue tells already; nought for other subjects."""
    prefix, _sep, number = subject.partition(":")
    experiment = experiments.of_subject(subject) if prefix == "promotion" else None
    return cost_of(int(number), *experiment.window, at=at).cost if experiment else ZERO
