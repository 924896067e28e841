"""What a back-test found, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from prilavok.company import queries as company
from prilavok.loyalty.models import Backtest
from prilavok.ui import charts


@dataclass(frozen=True)
class Sums:
    """Receipts tried and those that it would have changed, their list price, what it takes off, points, gifts."""

    receipts: int
    used: int
    gross: Decimal
    amount: Decimal
    points: Decimal
    gifts: int
    customers: int
    costed: Decimal  # the list price of goods whose cost is known
    margin: Decimal
    margin_after: Decimal
    name: str = ""

    @property
    def share(self) -> float:
        return self.used / self.receipts if self.receipts else 0.0

    @property
    def of_gross(self) -> Decimal | None:
        """What it takes off, as a share of the list price of these receipts."""
        return self.amount / self.gross if self.gross else None

    @property
    def of_costed(self) -> Decimal | None:
        """The part of the list price whose cost is known."""
        return self.costed / self.gross if self.gross else None


def _sums(told: dict[str, Any], name: str = "") -> Sums:
    margin = told.get("margin", {})
    return Sums(
        receipts=told["receipts"],
        used=told["used"],
        gross=Decimal(told["gross"]),
        amount=Decimal(told["amount"]),
        points=Decimal(told["points"]),
        gifts=told["gifts"],
        customers=told["customers"],
        costed=Decimal(margin.get("gross", 0)),
        margin=Decimal(margin.get("before", 0)),
        margin_after=Decimal(margin.get("after", 0)),
        name=name,
    )


class Past:
    """The figures of a finished back-test: the whole, by shop (the dearest first), by month as a picture."""

    def __init__(self, asked: Backtest) -> None:
        told: dict[str, Any] = asked.result or {}
        self.whole = _sums(told)
        names = company.shops_by_id([int(key) for key in told["shops"]])
        shops = [_sums(sums, names[int(key)].name) for key, sums in told["shops"].items()]
        self.shops = sorted(shops, key=lambda one: (-one.amount, -one.points, one.name))
        self.chart = self._chart({key: _sums(sums) for key, sums in told["months"].items()})

    def _chart(self, months: dict[str, Sums]) -> charts.Chart | None:
        if not self.whole.used:
            return None
        points = not self.whole.amount
        values = [float(one.points if points else one.amount) for one in months.values()]
        title = _("Points given by month") if points else _("What it would have taken off by month")
        unit = "number" if points else "money"
        series = charts.Series(title, values)
        return charts.bars(title, list(months), series, unit=unit, currency=company.currency())
