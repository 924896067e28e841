"""The parts of a report: figures of an arm, a comparison with the control, a cut. Values only."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

from prilavok.experiments.rules.cuts import Part
from prilavok.experiments.rules.effect import Effect
from prilavok.experiments.rules.split import Split
from prilavok.experiments.rules.verdicts import Ruling, Verdict

Costs = tuple[tuple[str | Promise, Decimal], ...]


@dataclass(frozen=True)
class Figures:
    """What an arm, or a part of it, did. Sums are of all its customers, as they were (never capped)."""

    customers: int
    buyers: int
    receipts: int
    revenue: float

    @property
    def average_receipt(self) -> float | None:
        return self.revenue / self.receipts if self.receipts else None

    @property
    def conversion(self) -> float | None:
        return self.buyers / self.customers if self.customers else None

    @property
    def per_customer(self) -> float | None:
        return self.revenue / self.customers if self.customers else None


@dataclass(frozen=True)
class ArmRow:
    """An arm with its figures; the control comes first."""

    key: str
    label: str
    is_control: bool
    planned_share: float | None
    figures: Figures


@dataclass(frozen=True)
class Comparison:
    """One arm against the control.

    `effect` is the estimate declared before the start; `unadjusted` and `uncapped` stand beside it. `always` is the
    interval per customer that holds however often one looks; `together` the one at which all arms of the experiment
    hold at once (the same as the effect's with one arm): it carries the verdict.
    """

    key: str
    label: str
    effect: Effect
    unadjusted: Effect
    uncapped: Effect | None
    always: tuple[float, float] | None
    together: tuple[float, float]
    ruling: Ruling
    control_mean: float
    costs: Costs | None = None  # what each source says; None where none speaks

    @property
    def cost(self) -> Decimal | None:
        """All that it cost beyond what the revenue tells."""
        return None if self.costs is None else sum((amount for _what, amount in self.costs), Decimal(0))

    @property
    def verdict(self) -> Verdict:
        return self.ruling.verdict

    @property
    def lift(self) -> float | None:
        """The effect as a share of what the control did."""
        return self.effect.per_customer / self.control_mean if self.control_mean else None

    @property
    def shown_total(self) -> tuple[float, float]:
        """The total's interval that may be shown now: the wider one before the horizon."""
        if self.always is None:
            return self.effect.total_low, self.effect.total_high
        return self.always[0] * self.effect.customers, self.always[1] * self.effect.customers

    @property
    def shown_half(self) -> float:
        low, high = self.shown_total
        return (high - low) / 2

    @property
    def profit(self) -> tuple[float, float, float] | None:
        """Increment less the cost, with its interval; None where the cost is unknown."""
        if self.cost is None:
            return None
        cost = float(self.cost)
        low, high = self.shown_total
        return self.effect.total - cost, low - cost, high - cost


@dataclass(frozen=True)
class CutRow:
    """A group of customers: both arms' figures and its part of the total increment."""

    key: str
    label: str
    control: Figures
    mailed: Figures
    part: Part


@dataclass(frozen=True)
class Cut:
    """The report cut by something; the parts of the rows add up to the total."""

    key: str
    label: str
    rows: tuple[CutRow, ...]

    @property
    def total(self) -> float:
        return sum(row.part.total for row in self.rows)


@dataclass(frozen=True)
class Report:
    """What an experiment has shown. Money is in `currency`; for yes-or-no outcomes effects are shares."""

    public_id: UUID
    title: str
    subject: str
    kind: str
    outcome: str
    metric: str
    currency: str
    state: str
    at: datetime
    as_of: datetime
    starts_at: datetime
    horizon_at: datetime
    mailing: tuple[date, date] | None
    analysis: tuple[date, date] | None
    days_left: int
    arms: tuple[ArmRow, ...]
    comparisons: tuple[Comparison, ...]
    split: Split
    cuts: tuple[Cut, ...]
    strata: int
    overlap: int
    cap: float | None
    capped: int
    new_revenue: float | None
    unidentified_revenue: float | None
    plan: dict[str, Any]
    planted: dict[str, Any] | None

    @property
    def is_binary(self) -> bool:
        return self.outcome == "binary"

    @property
    def is_loaded(self) -> bool:
        return self.kind == "loaded"

    @property
    def is_gradual(self) -> bool:
        """Whether people entered one by one, each when the thing tested first fitted."""
        return bool(self.plan.get("gradual"))

    @property
    def is_over(self) -> bool:
        return self.days_left == 0

    @property
    def seen_later(self) -> float | None:
        """The smallest effect per customer that was expected to show at the horizon, as it was told at the launch."""
        return self.plan.get("smallest_effect") if self.days_left else None

    @property
    def past(self) -> list[tuple[date, date]]:
        """First and last days of the periods whose purchases are taken off, fixed before the start."""
        return [
            (date.fromisoformat(first), date.fromisoformat(last)) for first, last in self.plan.get("past", [])
        ]

    @property
    def planted_sum(self) -> Decimal | None:
        """What a demo planted into the purchases of the mailed; None outside a demo."""
        return Decimal(str(self.planted["sum"])) if self.planted and "sum" in self.planted else None

    @property
    def planted_covered(self) -> bool:
        """Whether the interval that is shown holds what was planted."""
        if self.main is None or self.planted_sum is None:
            return False
        low, high = self.main.shown_total
        return low <= float(self.planted_sum) <= high

    @property
    def main(self) -> Comparison | None:
        """The comparison that the first sentence speaks of: the only one, else the one with the largest effect."""
        return max(self.comparisons, key=lambda one: one.effect.total, default=None)

    @property
    def control(self) -> ArmRow:
        return next(arm for arm in self.arms if arm.is_control)

    @property
    def customers(self) -> int:
        return sum(arm.figures.customers for arm in self.arms)

    @property
    def adjusted(self) -> bool:
        """Whether the customers' own past was taken off."""
        return bool(self.main and self.main.effect.adjusted)
