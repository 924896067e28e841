"""An effect of known size: some of the mailed buy more, in receipts that say that they are simulated."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from demo.journey import ZONE
from demo.live import SIMULATED, Payload, revenue_of
from prilavok.customers import queries as customers
from prilavok.experiments import actions as experiments
from prilavok.experiments import queries as experiment_queries
from prilavok.experiments.models import Experiment
from prilavok.kernel.actors import SYSTEM

SEED = 92
BUYERS = 0.4
"""Share of the mailed who buy more."""
TIMES_THE_SMALLEST = Decimal("1.5")
MOST_ON_A_RECEIPT = 40


@dataclass(frozen=True)
class Planted:
    """What was added, per experiment."""

    payloads: list[Payload]
    total: Decimal
    per_customer: Decimal
    mailed: int
    buyers: int

    def as_document(self) -> dict[str, Any]:
        return {
            "sum": str(self.total),
            "per_customer": str(self.per_customer),
            "mailed": self.mailed,
            "buyers": self.buyers,
            "receipts": len(self.payloads),
        }


def plant(experiment: Experiment, like: list[Payload]) -> Planted:
    """Receipts worth 1.5 × the smallest effect that the launch page said these groups show, per mailed customer.

    Goods and shops are those of receipts in `like`; the same experiment gets the same receipts again.
    """
    smallest = Decimal(str(experiment.plan["smallest_effect"]))
    mailed = sorted(experiment.assignments.filter(arm__key="mailed").values_list("profile", flat=True))
    total = (smallest * TIMES_THE_SMALLEST * len(mailed)).quantize(Decimal("0.01"))
    random = Random(SEED)
    buyers = sorted(random.sample(mailed, max(1, round(len(mailed) * BUYERS))))
    cards = _cards(buyers)
    payloads = [
        payload
        for buyer, amount in zip(buyers, _shares(total, len(buyers)), strict=True)
        for payload in _receipts(random, experiment, buyer, cards[buyer], amount, like)
    ]
    planted = Planted(
        payloads, sum(map(revenue_of, payloads), Decimal(0)), total / len(mailed), len(mailed), len(buyers)
    )
    experiments.plant(experiment.pk, planted.as_document(), by=SYSTEM)
    return planted


def latest_experiment() -> Experiment | None:
    """The running experiment of a campaign that was drawn last: those of promotions are drawn at the till."""
    found = experiment_queries.experiments(SYSTEM).filter(
        state="running", kind="drawn", subject__startswith="campaign"
    )
    return found.order_by("-drawn_at", "-id").first()


def _cards(profile_ids: list[int]) -> dict[int, str]:
    found = customers.identifiers_of(profile_ids, SYSTEM)
    return {
        profile_id: next(one.value for one in identifiers if one.kind == "card")
        for profile_id, identifiers in found.items()
    }


def _shares(total: Decimal, number: int) -> list[Decimal]:
    """Equal parts in whole cents that add up to the total."""
    whole = int(total * 100)
    return [Decimal(whole * (place + 1) // number - whole * place // number) / 100 for place in range(number)]


def _receipts(
    random: Random, experiment: Experiment, buyer: int, card: str, amount: Decimal, like: list[Payload]
) -> list[Payload]:
    """The extra visits of one customer."""
    visits = max(1, -(-int(amount) // MOST_ON_A_RECEIPT))
    days = (experiment.last_day - experiment.first_day).days  # type: ignore[operator]
    return [
        _receipt(
            random,
            f"{SIMULATED}{experiment.pk}-{buyer}-{visit + 1}",
            card,
            part,
            random.choice(like),
            _moment(random, experiment, days),
        )
        for visit, part in enumerate(_shares(amount, visits))
    ]


def _moment(random: Random, experiment: Experiment, days: int) -> datetime:
    first: date = experiment.first_day  # type: ignore[assignment]
    day = first + timedelta(days=random.randint(1, days))
    return datetime.combine(day, time(random.randint(9, 20), random.randint(0, 59)), tzinfo=ZONE)


def _receipt(
    random: Random, number: str, card: str, amount: Decimal, model: Payload, at: datetime
) -> Payload:
    goods = [line["product"] for line in model["lines"][:4]]
    return {
        "shop": model["shop"],
        "till": "simulated",
        "number": number,
        "paid_at": at.isoformat(),
        "card": card,
        "lines": [
            {
                "product": product,
                "quantity": "1",
                "unit": "pcs",
                "amount": str(part),
                "gross": str(part),
                "reimbursed": "0",
                "discounts": [],
            }
            for product, part in zip(goods, _shares(amount, len(goods)), strict=True)
        ],
        "coupons": [],
        "points": None,
    }
